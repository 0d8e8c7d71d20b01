"""Random tensors, all drawn from one generator that `manual_seed` makes repeatable.

The numbers are NumPy's (PCG64), not PyTorch's: the same seed gives the same run here, not the same run there.
"""

import json
import os
import threading

import numpy as np

from . import dtypes
from .ops.creation import made, sized, zeros
from .ops.inplace import copy
from .quiet import quiet
from .tensor import Tensor, wrap

__all__ = """
    Generator bernoulli default_generator get_rng_state initial_seed manual_seed multinomial normal rand rand_like
    randint randn randn_like randperm seed set_rng_state
""".split()


_making = threading.Lock()  # held while a generator's source of numbers is made or dropped


class Generator:
    """A source of random numbers with a state of its own.

    Threads may share it: no two of them get the same numbers.

    >>> import minigrad as mg
    >>> g = mg.Generator().manual_seed(0)
    >>> first = mg.rand(3, generator=g).tolist()
    >>> first == mg.rand(3, generator=g.manual_seed(0)).tolist()
    True
    """

    def __init__(self, device="cpu"):
        self.device = device
        self.seed()

    def manual_seed(self, seed):
        """Start over from `seed`, an integer; returns the generator."""
        with _making:
            self._seed, self._numpy = int(seed), None
        return self

    @property
    def numpy(self):
        """The NumPy generator that gives the numbers; made when it is first asked for, for loading it takes a while."""
        with _making:
            if self._numpy is None:
                self._numpy = np.random.Generator(np.random.PCG64(self._seed % 2**64))
            return self._numpy

    def seed(self):
        """Start over from a seed that the operating system gives; returns the seed."""
        self.manual_seed(int.from_bytes(os.urandom(8)) % 2**63)
        return self._seed

    def initial_seed(self):
        """The seed that this generator last started from."""
        return self._seed

    def get_state(self):
        """The state as a uint8 tensor, for `set_state`."""
        state = {"seed": self._seed, **self.numpy.bit_generator.state}
        return wrap(np.frombuffer(json.dumps(state).encode(), np.uint8).copy())

    def set_state(self, new_state):
        """Continue from what `get_state` gave. TypeError or RuntimeError for anything else."""
        if not isinstance(new_state, Tensor) or new_state.dtype != dtypes.uint8:
            raise TypeError("set_state(): expected the uint8 tensor that get_state() gives")
        try:
            state = json.loads(new_state.detach().numpy().tobytes())
            self.manual_seed(state.pop("seed")).numpy.bit_generator.state = state
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RuntimeError("set_state(): the tensor holds no state that get_state() gave") from None
        return self


default_generator = Generator()
manual_seed, seed, initial_seed = default_generator.manual_seed, default_generator.seed, default_generator.initial_seed
get_rng_state, set_rng_state = default_generator.get_state, default_generator.set_state


def _numpy(generator):
    return (generator or default_generator).numpy


def _floating(dtype, name):
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.supported(dtype, name)
    if not dtypes.is_floating(dtype):
        raise RuntimeError(f"{name} draws floating-point numbers; dtype {dtype} is not one of their types")
    return dtype


@sized
def rand(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1), of shape `size`."""
    array = _numpy(generator).random(size, _floating(dtype, "rand()"))
    return made(np.asarray(array), device, requires_grad)


@sized
def randn(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal numbers (mean 0, variance 1), of shape `size`."""
    array = _numpy(generator).standard_normal(size, _floating(dtype, "randn()"))
    return made(np.asarray(array), device, requires_grad)


def rand_like(input, *, dtype=None, device=None, requires_grad=False):
    """As `rand`, in the shape and, unless given, the dtype of `input`."""
    return rand(input.shape, dtype=input.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad)


def randn_like(input, *, dtype=None, device=None, requires_grad=False):
    """As `randn`, in the shape and, unless given, the dtype of `input`."""
    return randn(input.shape, dtype=input.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, device=None):
    """Integers from `low` up to but without `high`, of shape `size`; `randint(high, size)` starts from 0.

    RuntimeError if there is no integer in the range.
    """
    if size is None:
        low, high, size = 0, low, high
    if not low < high:
        raise RuntimeError(f"randint(): there is no integer from {low} up to but without {high}")
    dtype = dtypes.int64 if dtype is None else dtypes.supported(dtype, "randint()")
    return made(_numpy(generator).integers(low, high, tuple(size)).astype(dtype), device, False)


def randperm(n, *, generator=None, dtype=None, device=None):
    """The integers 0 to n - 1 in random order."""
    dtype = dtypes.int64 if dtype is None else dtypes.supported(dtype, "randperm()")
    return made(_numpy(generator).permutation(n).astype(dtype), device, False)


def _refuse_gradient(name, *parameters):
    if any(isinstance(x, Tensor) and x.requires_grad for x in parameters):
        raise RuntimeError(
            f"{name}(): no gradient reaches its parameters; use detach(), or mean + std * randn_like(mean)"
        )


@quiet
def normal(mean=0.0, std=1.0, size=None, *, generator=None):
    """Normal numbers, of shape `size` or of the shape to which the tensors `mean` and `std` broadcast."""
    _refuse_gradient("normal", mean, std)
    shape = size if size is not None else (zeros(()) + mean + std).shape
    if (std < 0) if isinstance(std, (int, float)) else (std < 0).any():
        raise RuntimeError("normal(): std must not be negative")
    return randn(shape, generator=generator) * std + mean


def bernoulli(input, *, generator=None):
    """1 with the probability that each element of `input` is, else 0, in its dtype. RuntimeError outside [0, 1]."""
    _refuse_gradient("bernoulli", input)
    p = input._array
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError("bernoulli(): every probability must lie in [0, 1]")
    return wrap((_numpy(generator).random(p.shape) < p).astype(p.dtype))


@quiet
def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Indices drawn with probabilities in proportion to the weights in each row of `input` (1-d or 2-d), int64.

    RuntimeError for negative or no weights, or more samples without replacement than there are positive weights.
    """
    rows = np.atleast_2d(input._array.astype(np.float64))
    enough = num_samples > 0 and (replacement or ((rows > 0).sum(axis=1) >= num_samples).all())
    if input.ndim not in (1, 2) or not (rows >= 0).all() or not (rows.sum(axis=1) > 0).all() or not enough:
        raise RuntimeError(f"multinomial(): cannot draw {num_samples} from weights of shape {input.shape}: {input}")
    choice = _numpy(generator).choice
    drawn = [choice(rows.shape[1], num_samples, replacement, row / row.sum()) for row in rows]
    return wrap(np.array(drawn).reshape(*input.shape[:-1], num_samples))


# -- Drawn anew: what `x.uniform_()` and its like put in the place of the elements ----------------------------


def _drawn_anew(input, array):
    return copy(input, wrap(np.asarray(array)))


@quiet
def _uniform(input, low=0.0, high=1.0, *, generator=None):
    """`input` with every element drawn uniformly from [low, high). RuntimeError if the bounds are swapped."""
    if low > high:
        raise RuntimeError(f"uniform_(): the bounds {low} and {high} are swapped")
    return _drawn_anew(
        input, low + (high - low) * _numpy(generator).random(input.shape, _floating(input.dtype, "uniform_()"))
    )


@quiet
def _normal(input, mean=0.0, std=1.0, *, generator=None):
    """`input` with every element drawn from a normal distribution. RuntimeError for a negative `std`."""
    return _drawn_anew(input, normal(mean, std, input.shape, generator=generator)._array)


def _bernoulli(input, p=0.5, *, generator=None):
    """`input` with every element 1 with probability `p`, a number or a tensor, else 0. RuntimeError outside [0, 1]."""
    p = p if isinstance(p, Tensor) else wrap(np.full(input.shape, p, np.float64))
    return _drawn_anew(input, bernoulli(p, generator=generator)._array)


@quiet
def _exponential(input, lambd=1.0, *, generator=None):
    """`input` with every element drawn from an exponential distribution of rate `lambd`, which must be positive."""
    if not lambd > 0:
        raise RuntimeError(f"exponential_(): the rate must be positive, not {lambd}")
    return _drawn_anew(input, _numpy(generator).standard_exponential(input.shape, input.dtype) / lambd)


REDRAWING = (_uniform, _normal, _bernoulli, _exponential)
