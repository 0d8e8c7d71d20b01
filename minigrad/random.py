"""Random tensors, all drawn from one generator that `manual_seed` makes repeatable.

The numbers are NumPy's (PCG64), not PyTorch's: the same seed gives the same run here, not the same run there.
"""

import numpy as np

from . import dtypes
from .ops.creation import made
from .ops.shape import sizes_of
from .tensor import wrap

_STATE_BYTES = 16 + 16 + 1 + 4 + 8  # PCG64's state and increment, its half-used word, and the seed


class Generator:
    """A source of random numbers with a state of its own.

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
        self._seed = int(seed)
        self.numpy = np.random.Generator(np.random.PCG64(self._seed % 2**64))
        return self

    def seed(self):
        """Start over from a seed that the operating system gives; returns the seed."""
        self.manual_seed(np.random.SeedSequence().entropy % 2**63)
        return self._seed

    def initial_seed(self):
        """The seed that this generator last started from."""
        return self._seed

    def get_state(self):
        """The state as a uint8 tensor, for `set_state`."""
        state = self.numpy.bit_generator.state
        packed = (
            state["state"]["state"].to_bytes(16, "little")
            + state["state"]["inc"].to_bytes(16, "little")
            + state["has_uint32"].to_bytes(1, "little")
            + state["uinteger"].to_bytes(4, "little")
            + (self._seed % 2**64).to_bytes(8, "little")
        )
        return wrap(np.frombuffer(packed, np.uint8).copy())

    def set_state(self, new_state):
        """Continue from what `get_state` gave. TypeError or RuntimeError for anything else."""
        if new_state.dtype != dtypes.uint8:
            raise TypeError(f"set_state(): expected a uint8 tensor from get_state(), got {new_state.dtype}")
        if new_state.shape != (_STATE_BYTES,):
            raise RuntimeError(f"set_state(): expected shape ({_STATE_BYTES},), got {new_state.shape}")
        packed = new_state.detach().numpy().tobytes()
        self.manual_seed(int.from_bytes(packed[37:], "little"))
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": int.from_bytes(packed[:16], "little"), "inc": int.from_bytes(packed[16:32], "little")},
            "has_uint32": packed[32],
            "uinteger": int.from_bytes(packed[33:37], "little"),
        }
        return self


default_generator = Generator()


def manual_seed(seed):
    """Make all that follows repeatable; returns the default generator."""
    return default_generator.manual_seed(seed)


def initial_seed():
    """The seed that the default generator last started from."""
    return default_generator.initial_seed()


def get_rng_state():
    """The state of the default generator as a uint8 tensor."""
    return default_generator.get_state()


def set_rng_state(new_state):
    """Continue the default generator from what `get_rng_state` gave."""
    default_generator.set_state(new_state)


def _numpy(generator):
    return (generator or default_generator).numpy


def _floating(dtype, name):
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.supported(dtype, name)
    if not dtypes.is_floating(dtype):
        raise RuntimeError(f"{name} draws floating-point numbers; dtype {dtype} is not one of their types")
    return dtype


def rand(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1), of shape `size`."""
    array = _numpy(generator).random(sizes_of(size), _floating(dtype, "rand()"))
    return made(np.asarray(array), device, requires_grad)


def randn(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal numbers (mean 0, variance 1), of shape `size`."""
    array = _numpy(generator).standard_normal(sizes_of(size), _floating(dtype, "randn()"))
    return made(np.asarray(array), device, requires_grad)


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
