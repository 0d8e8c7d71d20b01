"""Tensors made from data or filled with a pattern."""

import functools
import math
import operator

import numpy as np

from .. import dtypes
from ..device import checked_device
from ..quiet import quiet
from ..tensor import Tensor, wrap
from .declare import array_of_number, check_tensor
from .shape import broadcast_to, reshape, sizes_of, transpose

__all__ = """
    FloatTensor LongTensor arange as_tensor empty empty_like eye from_numpy full full_like linspace meshgrid ones
    ones_like tensor tril_indices triu_indices zeros zeros_like
""".split()


def made(array, device, requires_grad):
    """The tensor over a new `array` that a creation function gives back."""
    checked_device(device)
    tensor = wrap(array)
    if requires_grad:
        tensor.requires_grad = True
    return tensor


@quiet
def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A tensor with a copy of `data`: a number, nested lists of them, an ndarray or a tensor.

    Python floats give the default dtype (float32), integers int64, booleans bool; NumPy data and tensors keep their
    dtype. Raises ValueError for ragged lists and TypeError for what are no numbers.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    if isinstance(data, Tensor):
        data = data._array
    try:
        array = np.array(data)
    except ValueError:
        raise ValueError("tensor(): the nested lists have different lengths; each axis needs a single one") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"tensor(): data must be numbers, got {type(data).__name__} of {array.dtype}")
    own = _has_own_dtype(data)
    if dtype is None:
        dtype = array.dtype if own else _of_python_numbers(array)
    dtype = dtypes.supported(dtype, "tensor()")
    if not own and dtype.kind in "iu" and array.size and array.dtype != bool:
        for extreme in (array.min(), array.max()):
            array_of_number("tensor", extreme, dtype)
    return made(array.astype(dtype), device, requires_grad)


def _has_own_dtype(data):
    while isinstance(data, (list, tuple)) and len(data):
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic, Tensor))


def _of_python_numbers(array):
    return dtypes.get_default_dtype() if array.dtype.kind == "f" else array.dtype


def from_numpy(ndarray):
    """A tensor over the memory of an ndarray: a change of one is a change of the other.

    TypeError for anything else or for a dtype that tensors do not have.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy(): expected an ndarray, not {type(ndarray).__name__}")
    dtypes.supported(ndarray.dtype, "from_numpy()")
    return wrap(ndarray)


def as_tensor(data, *, dtype=None, device=None):
    """As `tensor`, but a tensor or an ndarray that already has the dtype is used itself, not copied."""
    checked_device(device)
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """A tensor of shape `size` with every element `fill_value`, whose type decides the dtype unless given."""
    dtype = dtypes.of_scalar(fill_value) if dtype is None else dtypes.supported(dtype, "full()")
    return made(np.full(tuple(size), array_of_number("full", fill_value, dtype)), device, requires_grad)


def sized(function):
    """A function of `*size` that takes f(2, 3), f((2, 3)) and f(size=(2, 3)) alike."""

    @functools.wraps(function)
    def taking_any_size(*numbers, size=None, **options):
        if (size is None) == (not numbers):
            raise TypeError(f"{function.__name__}(): the size must be given once, got {numbers} and size={size}")
        return function(*(sizes_of(numbers) if size is None else size), **options)

    return taking_any_size


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """`fill_value` in the shape and, unless given, the dtype of `input`."""
    check_tensor("full_like", input)
    return full(
        input.shape,
        fill_value,
        dtype=input.dtype if dtype is None else dtype,
        device=device,
        requires_grad=requires_grad,
    )


def _filled_with(value, name):
    """The function `name(2, 3)`, or `name((2, 3))`, and its twin that takes shape and dtype from a tensor."""

    def filled(*size, dtype=None, device=None, requires_grad=False):
        return full(
            size,
            value,
            dtype=dtypes.get_default_dtype() if dtype is None else dtype,
            device=device,
            requires_grad=requires_grad,
        )

    def filled_like(input, *, dtype=None, device=None, requires_grad=False):
        return full_like(input, value, dtype=dtype, device=device, requires_grad=requires_grad)

    filled.__name__, filled.__doc__ = name, f"A tensor of shape `size`, filled with {name}."
    filled_like.__name__, filled_like.__doc__ = f"{name}_like", f"`{name}` of the shape and dtype of `input`."
    return sized(filled), filled_like


zeros, zeros_like = _filled_with(0, "zeros")
ones, ones_like = _filled_with(1, "ones")
empty, empty_like = _filled_with(0, "empty")


@quiet
def arange(start=0, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """start, start + step, ... up to but without `end`; with one argument, from 0 up to it.

    RuntimeError if the step is 0 or leads away from `end`.
    """
    start, end = (0, start) if end is None else (start, end)
    if step == 0 or (end - start) / step < 0:
        raise RuntimeError(f"arange(): a step of {step} does not lead from {start} to {end}")
    dtype = dtypes.result_type(start, end, step) if dtype is None else dtypes.supported(dtype, "arange()")
    if not dtypes.is_floating(dtype) and any(x != int(x) for x in (start, end, step)):
        raise NotImplementedError(f"arange(): {start}, {end} and {step} must be whole numbers for dtype {dtype}")
    array = start + np.arange(math.ceil((end - start) / step)) * step
    return made(array.astype(dtype), device, requires_grad)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """Ones on the diagonal of an n x m matrix (m defaults to n), zeros elsewhere."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.supported(dtype, "eye()")
    return made(np.eye(n, m, dtype=dtype), device, requires_grad)


@quiet
def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.supported(dtype, "linspace()")
    if not dtypes.is_floating(dtype):
        raise NotImplementedError(f"linspace(): needs a floating dtype, not {dtype}; round and convert its result")
    return made(np.linspace(float(start), float(end), steps).astype(dtype), device, requires_grad)


def meshgrid(*tensors, indexing="ij"):
    """Vectors (or numbers) of lengths n, m, ..., each repeated along the axes of the others to the shape (n, m, ...).

    With `indexing` "xy" the first two axes change places. RuntimeError for more axes or another indexing.
    """
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    check_tensor("meshgrid", *tensors)
    if not tensors:
        raise RuntimeError("meshgrid(): expected at least one tensor")
    if indexing not in ("ij", "xy") or any(x.ndim > 1 for x in tensors):
        shapes = [x.shape for x in tensors]
        raise RuntimeError(f"meshgrid(): needs vectors and indexing 'ij' or 'xy', got shapes {shapes} and {indexing!r}")
    if len({x.dtype for x in tensors}) > 1:
        raise RuntimeError(f"meshgrid(): all tensors must be of one dtype, got {[str(x.dtype) for x in tensors]}")
    shape = tuple(x.numel() for x in tensors)
    grids = []
    for i, x in enumerate(tensors):
        along = reshape(x, tuple(n if axis == i else 1 for axis, n in enumerate(shape)))
        grids.append(broadcast_to(along, shape=shape))
    return tuple([transpose(grid, 0, 1) if indexing == "xy" and len(shape) > 1 else grid for grid in grids])


def _indices_of(triangle):
    def indices(row, col, offset=0, *, dtype=dtypes.int64, device=None):
        if dtype not in (dtypes.int64, dtypes.int32):
            raise RuntimeError(f"{triangle.__name__}_indices(): dtype must be int64 or int32, not {dtype}")
        found = np.nonzero(triangle(np.ones((row, col), bool), operator.index(offset)))
        return made(np.stack(found).astype(dtype), device, False)

    indices.__name__ = f"{triangle.__name__}_indices"
    indices.__doc__ = (
        f"Rows and columns, (2, n), of the elements of a (row, col) matrix that `{triangle.__name__}` keeps."
    )
    return indices


tril_indices, triu_indices = _indices_of(np.tril), _indices_of(np.triu)

# -- The constructors of older programs ----------------------------------------------------------------------


@quiet
def initialize(self, *data, device=None, dtype=None):
    """Tensor.__init__: zeros of the shape (2, 3) for `Tensor(2, 3)`, the values of a list, an array or a tensor.

    In the default dtype, and for a tensor over its memory. TypeError for all else, tuples included, which may be meant
    as a shape or as values: `tensor` and `zeros` say which.
    """
    dtype, given = dtype or dtypes.get_default_dtype(), data[0] if len(data) == 1 else None
    checked_device(device)
    if all(isinstance(n, (int, np.integer)) for n in data):
        array = np.zeros(data if data else (0,), dtype)
    elif isinstance(given, Tensor) and given.dtype == dtype:
        array = given._array
    elif isinstance(given, (list, np.ndarray)):
        array = tensor(given, dtype=dtype)._array
    else:
        raise TypeError(
            f"Tensor(): takes a shape in integers, a list, an ndarray or a tensor of {dtype}, not {data}; "
            "use minigrad.tensor(values) or minigrad.zeros(shape)"
        )
    self._array, self._node, self._grad = array, None, None


def FloatTensor(*data):
    """As `Tensor(...)` with float32, whatever the default dtype."""
    return Tensor(*data, dtype=dtypes.float32)


def LongTensor(*data):
    """As `Tensor(...)` with int64."""
    return Tensor(*data, dtype=dtypes.int64)
