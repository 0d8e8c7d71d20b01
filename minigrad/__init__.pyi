"""Stub of minigrad, written by `python -m tests.stubs`: not to be edited."""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from typing import Any, Literal, overload

import numpy as np

from . import autograd as autograd
from . import core as core
from . import nn as nn
from . import ops as ops
from . import optim as optim
from . import utils as utils
from .autograd.grad_mode import enable_grad as enable_grad
from .autograd.grad_mode import inference_mode as inference_mode
from .autograd.grad_mode import is_grad_enabled as is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .autograd.grad_mode import no_grad as no_grad
from .autograd.grad_mode import set_grad_enabled as set_grad_enabled
from .compiling import compile as compile
from .core.tensor import Tensor as Tensor
from .core.tensor import _Device, _DType, _Size
from .device import accelerator as accelerator
from .device import backends as backends
from .device import cuda as cuda
from .device import device as device
from .device import get_default_device as get_default_device
from .device import set_default_device as set_default_device
from .device import set_float32_matmul_precision as set_float32_matmul_precision
from .dtypes import bool as bool
from .dtypes import finfo as finfo
from .dtypes import float32 as float32
from .dtypes import float64 as float64
from .dtypes import get_default_dtype as get_default_dtype
from .dtypes import iinfo as iinfo
from .dtypes import int32 as int32
from .dtypes import int64 as int64
from .dtypes import promote_types as promote_types
from .dtypes import set_default_dtype as set_default_dtype
from .dtypes import uint8 as uint8
from .ops import *
from .printing import set_printoptions as set_printoptions
from .random import Generator as Generator
from .serialization import load as load
from .serialization import save as save
from .size import Size as Size

__version__: str
default_generator: Generator
double: np.dtype[Any]
e: _float
float: np.dtype[Any]
inf: _float
int: np.dtype[Any]
long: np.dtype[Any]
nan: _float
pi: _float

def bernoulli(
    input: Tensor, p: _float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Draw 1 with the probability given by each element of `input`, or by the number `p`, else
    0.
    """

def get_rng_state() -> Tensor:
    """Return the generator's state as a uint8 tensor."""

def initial_seed() -> _int:
    """Return the seed that the generator last started from."""

def is_floating_point(input: Tensor) -> _bool:
    """Return whether the dtype is float32 or float64."""

def is_tensor(obj: Any) -> _bool:
    """Return whether `obj` is a Tensor."""

def manual_seed(seed: _int) -> Generator:
    """Make all later draws repeatable: the default generator starts over from `seed`."""

def multinomial(
    input: Tensor,
    num_samples: _int,
    replacement: _bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw indices, int64, with probabilities proportional to the weights in each row of
    `input`.
    """

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor:
    """Return the indices of the nonzero elements (int64)."""

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
def normal(
    mean: Tensor | _float = 0.0,
    std: Tensor | _float = 1.0,
    size: _Size | None = None,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return normal numbers of shape `size`, or of the shape to which `mean` and `std`
    broadcast.
    """

def numel(input: Tensor) -> _int:
    """Return the number of elements."""

@overload
def rand(
    *size: _int,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return uniform numbers in [0, 1), of shape `size`."""

@overload
def rand(
    size: _Size,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor: ...
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return the same as `rand`, in the shape and, unless given, the dtype of `input`."""

@overload
def randint(
    high: _int,
    size: _Size,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return integers from `low` to `high` - 1; `randint(high, size)` starts from 0."""

@overload
def randint(
    low: _int,
    high: _int,
    size: _Size,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor: ...
@overload
def randn(
    *size: _int,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return standard normal numbers (mean 0, variance 1), of shape `size`."""

@overload
def randn(
    size: _Size,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor: ...
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return the same as `randn`, in the shape and, unless given, the dtype of `input`."""

def randperm(
    n: _int,
    *,
    generator: Generator | None = None,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: _bool = False,
) -> Tensor:
    """Return the integers 0 to n - 1 in random order."""

def seed() -> _int:
    """Start over from a seed that the operating system gives; return the seed."""

def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of FloatTensor or DoubleTensor, or of its name, the default, and warn."""

def set_rng_state(new_state: Tensor) -> Generator:
    """Continue from a state that a generator gave; TypeError or RuntimeError for all else."""
