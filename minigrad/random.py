"""Random tensors, all drawn from one generator that `manual_seed` makes repeatable.

The numbers are NumPy's (PCG64), not PyTorch's: a seed gives the same run every time, but not the
run that it gives in PyTorch.
"""

import os
import threading

import numpy as np

from . import dtypes
from .device import CPU, checked_device
from .ops.arguments import count, number, size_of, whole
from .ops.creation import dtype_or, from_zero, made, sized
from .ops.promotion import check_tensor
from .ops.inplace import copy
from .quiet import quiet
from .core.tensor import Tensor, wrap

__all__ = """
    Generator bernoulli default_generator get_rng_state initial_seed manual_seed multinomial normal
    rand rand_like randint randn randn_like randperm seed set_rng_state
""".split()


_making = threading.Lock()  # held while a generator's source of numbers is made or dropped


class Generator:
    """A source of random numbers with its own state.

    Threads may share it: no two of them get the same numbers.

    >>> import minigrad as mg
    >>> g = mg.Generator().manual_seed(0)
    >>> first = mg.rand(3, generator=g).tolist()
    >>> first == mg.rand(3, generator=g.manual_seed(0)).tolist()
    True
    """

    def __init__(self, device="cpu"):
        checked_device("Generator", device)
        self.device = CPU
        self.seed()

    def manual_seed(self, seed):
        """Start over from `seed`, an integer; returns the generator.

        A negative one counts from 2**64 down. RuntimeError for another type, ValueError beyond 64
        bits.
        """
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise RuntimeError(
                f"manual_seed(): the seed of a generator must be an int, not {seed!r}; use "
                "int(seed)"
            )
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"manual_seed(): the seed must fit into 64 bits, got {seed}")
        with _making:
            self._seed = seed % 2**64
            self._numpy = None
        return self

    @property
    def numpy(self):
        """The NumPy generator of the numbers, made at its first use: loading it takes time."""
        with _making:
            if self._numpy is None:
                self._numpy = np.random.Generator(np.random.PCG64(self._seed))
            return self._numpy

    def seed(self):
        """Start over from a seed that the operating system gives; return the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8)) % 2**63)
        return self._seed

    def initial_seed(self):
        """Return the seed that the generator last started from."""
        return self._seed

    def get_state(self):
        """Return the generator's state as a uint8 tensor."""
        import json  # here: its import takes a tenth of the time of `import minigrad`

        state = {"seed": self._seed, **self.numpy.bit_generator.state}
        return wrap(np.frombuffer(json.dumps(state).encode(), np.uint8).copy())

    def set_state(self, new_state):
        """Continue from a state that a generator gave; TypeError or RuntimeError for all else."""
        if not isinstance(new_state, Tensor) or new_state.dtype != dtypes.uint8:
            raise TypeError("set_state(): expected the uint8 tensor that get_state() gives")
        import json

        try:
            state = json.loads(new_state.detach().numpy().tobytes())
            self.manual_seed(state.pop("seed")).numpy.bit_generator.state = state
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RuntimeError(
                "set_state(): the tensor holds no state that get_state() gave"
            ) from None
        return self


default_generator = Generator()
seed = default_generator.seed
initial_seed = default_generator.initial_seed
get_rng_state = default_generator.get_state
set_rng_state = default_generator.set_state


def manual_seed(seed):
    """Make all later draws repeatable: the default generator starts over from `seed`.

    Returns the generator. Accepts anything that `int(seed)` accepts. ValueError for an integer of
    more than 64 bits.
    """
    try:
        number = int(seed)
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"manual_seed(): the seed must be an integer, not {seed!r}") from None
    return default_generator.manual_seed(number)


def _numpy(name, generator):
    if not isinstance(generator, (Generator, type(None))):
        raise TypeError(
            f"{name}(): generator must be a minigrad.Generator, not {generator!r}; see "
            "manual_seed()"
        )
    return (default_generator if generator is None else generator).numpy


def _floating(name, dtype):
    dtype = dtype_or(dtypes.get_default_dtype(), name, dtype)
    if not dtypes.is_floating(dtype):
        raise NotImplementedError(
            f"{name}(): draws floating-point numbers; dtype {dtype} is not one of their types"
        )
    return dtype


def _uniform_numbers(name, size, generator, dtype, device, requires_grad):
    draw = _numpy(name, generator).random
    return made(name, device, requires_grad, draw, size, _floating(name, dtype))


def _normal_numbers(name, size, generator, dtype, device, requires_grad):
    draw = _numpy(name, generator).standard_normal
    return made(name, device, requires_grad, draw, size, _floating(name, dtype))


@sized
def rand(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Return uniform numbers in [0, 1), of shape `size`."""
    return _uniform_numbers("rand", size, generator, dtype, device, requires_grad)


@sized
def randn(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Return standard normal numbers (mean 0, variance 1), of shape `size`."""
    return _normal_numbers("randn", size, generator, dtype, device, requires_grad)


def rand_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Return the same as `rand`, in the shape and, unless given, the dtype of `input`."""
    check_tensor("rand_like", input)
    dtype = input.dtype if dtype is None else dtype
    return _uniform_numbers("rand_like", input.shape, generator, dtype, device, requires_grad)


def randn_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Return the same as `randn`, in the shape and, unless given, the dtype of `input`."""
    check_tensor("randn_like", input)
    dtype = input.dtype if dtype is None else dtype
    return _normal_numbers("randn_like", input.shape, generator, dtype, device, requires_grad)


@from_zero(2)
def randint(low, high, size, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Return integers from `low` to `high` - 1; `randint(high, size)` starts from 0.

    RuntimeError if there is no integer in the range, or if the dtype cannot hold it.
    """
    low = whole("randint", "low", low)
    high = whole("randint", "high", high)
    size = size_of("randint", size)
    if not low < high:
        raise RuntimeError(f"randint(): there is no integer from {low} up to but without {high}")
    dtype = _integer_range_dtype("randint", dtype, low, high - 1)
    draw = _numpy("randint", generator).integers

    def compute():
        return np.asarray(draw(low, high, size)).astype(dtype)

    return made("randint", device, requires_grad, compute)


def randperm(n, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Return the integers 0 to n - 1 in random order."""
    (n,) = size_of("randperm", (count("randperm", "n", n),))
    if dtype is not None and dtype == bool:
        raise NotImplementedError("randperm(): is not defined for booleans")
    dtype = _integer_range_dtype("randperm", dtype, 0, n - 1)
    permute = _numpy("randperm", generator).permutation
    return made("randperm", device, requires_grad, lambda: permute(n).astype(dtype))


def _integer_range_dtype(name, dtype, least, most):
    """Return `dtype`, int64 if None; RuntimeError unless it holds `least` to `most`."""
    dtype = dtype_or(dtypes.int64, name, dtype)
    if not dtypes.is_floating(dtype):
        low, high = (0, 1) if dtype == bool else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        if least < low or most > high:
            raise RuntimeError(
                f"{name}(): {dtype} does not hold all integers from {least} to {most}"
            )
    return dtype


def _refuse_gradient(name, *parameters):
    if any(isinstance(x, Tensor) and x.requires_grad for x in parameters):
        raise RuntimeError(
            f"{name}(): no gradient reaches its parameters; use detach(), or "
            "mean + std * randn_like(mean)"
        )


@quiet
def normal(
    mean=0.0, std=1.0, size=None, *, generator=None, dtype=None, device=None, requires_grad=False
):
    """Return normal numbers of shape `size`, or of the shape to which `mean` and `std` broadcast.

    Without `size` the dtype is that of `mean`, or of `std` where `mean` is a number. RuntimeError
    for a negative `std`.
    """
    _refuse_gradient("normal", mean, std)
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    if size is None and not tensors:
        raise TypeError(
            f"normal(): needs a size where mean and std are numbers, got {mean!r} and {std!r}"
        )
    if size is not None:
        mean = number("normal", "mean", mean)
        std = number("normal", "std", std)
        size = size_of("normal", size)
    else:
        dtype = tensors[0].dtype if dtype is None else dtype
        mean = _array_or_number(mean)
        std = _array_or_number(std)
        size = _broadcast_shape(np.shape(mean), np.shape(std))
    if not np.all(np.greater_equal(std, 0)):
        raise RuntimeError("normal(): std must not be negative or NaN")
    dtype = _floating("normal", dtype)
    draw = _numpy("normal", generator).standard_normal

    def compute():
        return np.asarray(draw(size, dtype) * std + mean).astype(dtype)

    return made("normal", device, requires_grad, compute)


def _array_or_number(x):
    return x._array if isinstance(x, Tensor) else number("normal", "mean and std", x)


def _broadcast_shape(mean, std):
    try:
        return np.broadcast_shapes(mean, std)
    except ValueError:
        raise RuntimeError(
            f"normal(): the shapes {mean} and {std} of mean and std do not broadcast"
        ) from None


def bernoulli(input, p=None, *, generator=None):
    """Draw 1 with the probability given by each element of `input`, or by the number `p`, else 0.

    The dtype is that of `input`. RuntimeError for a probability outside [0, 1].
    """
    check_tensor("bernoulli", input)
    if p is None:
        _floating("bernoulli", input.dtype)
    else:
        p = number("bernoulli", "p", p)
    coins = _coins("bernoulli", input if p is None else p, input.shape, generator)
    return wrap(coins.astype(input.dtype))


@quiet
def _coins(name, p, shape, generator):
    """Draw True with the probability `p`, a number or a tensor, else False."""
    _refuse_gradient(name, p)
    p = p._array if isinstance(p, Tensor) else p
    if not np.all(np.greater_equal(p, 0) & np.less_equal(p, 1)):
        raise RuntimeError(f"{name}(): every probability must lie in [0, 1]")
    try:
        return np.asarray(_numpy(name, generator).random(shape) < np.broadcast_to(p, shape))
    except ValueError:
        raise RuntimeError(
            f"{name}(): probabilities of shape {np.shape(p)} do not fit {shape}"
        ) from None


@quiet
def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Draw indices, int64, with probabilities proportional to the weights in each row of `input`.

    `input` is 1-d or 2-d. RuntimeError for negative weights or none, for weights that are not
    finite or not floating, and for more samples without replacement than there are positive
    weights.
    """
    check_tensor("multinomial", input)
    num_samples = whole("multinomial", "num_samples", num_samples)
    if not isinstance(replacement, bool):
        raise TypeError(f"multinomial(): replacement must be True or False, not {replacement!r}")
    if not dtypes.is_floating(input.dtype) or input.ndim not in (1, 2):
        raise RuntimeError(
            "multinomial(): needs floating weights with one or two axes, "
            f"got {input.dtype} of shape {input.shape}"
        )
    size = size_of("multinomial", (*input.shape[:-1], max(num_samples, 0)))
    rows = np.atleast_2d(input._array.astype(np.float64))
    possible = np.isfinite(rows).all() and (rows >= 0).all() and (rows.sum(axis=1) > 0).all()
    most = num_samples if replacement else min([rows.shape[1], *(rows > 0).sum(axis=1)])
    enough = 0 < num_samples <= most
    if not possible or not enough:
        raise RuntimeError(
            f"multinomial(): cannot draw {num_samples} from weights of shape {input.shape}: {input}"
        )
    choice = _numpy("multinomial", generator).choice
    drawn = [choice(rows.shape[1], num_samples, replacement, row / row.sum()) for row in rows]
    return wrap(np.array(drawn, np.int64).reshape(size))


# -- In place: `x.uniform_()`, `x.normal_()`, and so on --------------------------------------------


def _with_values(input, array):
    return copy(input, wrap(np.asarray(array)))


@quiet
def _uniform(input, low=0.0, high=1.0, *, generator=None):
    """Return `input` with every element drawn uniformly from [low, high).

    RuntimeError if the bounds are swapped, not finite or too far apart for the dtype.
    """
    dtype = _floating("uniform_", input.dtype)
    low = number("uniform_", "from", low)
    high = number("uniform_", "to", high)
    if not 0 <= high - low <= np.finfo(dtype).max:
        raise RuntimeError(
            f"uniform_(): the bounds {low} and {high} must be finite, in order and within {dtype}"
        )
    drawn = _numpy("uniform_", generator).random(input.shape, dtype)
    return _with_values(input, low + (high - low) * drawn)


def _normal(input, mean=0.0, std=1.0, *, generator=None):
    """Return `input` with every element drawn from a normal distribution.

    RuntimeError for a negative `std`.
    """
    dtype = _floating("normal_", input.dtype)
    drawn = normal(mean, std, input.shape, generator=generator, dtype=dtype)
    return _with_values(input, drawn._array)


def _bernoulli(input, p=0.5, *, generator=None):
    """Return `input` with every element 1 with probability `p`, a number or a tensor, else 0.

    RuntimeError outside [0, 1].
    """
    if isinstance(p, Tensor):
        _floating("bernoulli_", p.dtype)
    else:
        p = number("bernoulli_", "p", p)
    return _with_values(input, _coins("bernoulli_", p, input.shape, generator))


@quiet
def _exponential(input, lambd=1.0, *, generator=None):
    """Return `input` with every element drawn from an exponential distribution of rate `lambd`.

    RuntimeError unless the rate is positive.
    """
    dtype = _floating("exponential_", input.dtype)
    lambd = number("exponential_", "lambd", lambd)
    if not lambd > 0:
        raise RuntimeError(f"exponential_(): the rate must be positive, not {lambd}")
    drawn = _numpy("exponential_", generator).standard_exponential(input.shape, dtype)
    return _with_values(input, drawn / lambd)


_BITS = {"float32": 24, "float64": 53, "int64": 63, "int32": 31, "uint8": 8, "bool": 1}


def _random(input, *bounds, generator=None):
    """Return `input` with every element an integer of at least `from` (default 0) and below `to`.

    They are given as (to) or (from, to). RuntimeError if the dtype does not hold them.
    """
    if len(bounds) > 2:
        raise TypeError(f"random_(): takes at most two bounds, got {bounds}")
    low, to = (0, *bounds)[-2:] if bounds else (0, None)
    to = min(2 ** _BITS[input.dtype.name], 2**63 - 1) if to is None else to
    drawn = randint(low, to, input.shape, generator=generator, dtype=input.dtype)
    return _with_values(input, drawn._array)


REDRAWING = (_uniform, _normal, _bernoulli, _exponential, _random)
