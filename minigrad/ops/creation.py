"""Tensors made from data or filled with a pattern."""

import functools
import inspect
import math
import warnings
from collections.abc import Sequence

import numpy as np

from .. import dtypes
from ..device import checked_device
from ..quiet import quiet
from ..core.tensor import Tensor, wrap
from .arguments import count, number, size_of, whole
from .promotion import array_of_number, check_tensor
from .shape import broadcast_to, reshape, transpose

__all__ = """
    BoolTensor ByteTensor DoubleTensor FloatTensor IntTensor LongTensor
    arange as_tensor empty empty_like eye from_numpy full full_like linspace
    meshgrid ones ones_like tensor tril_indices triu_indices zeros zeros_like
""".split()


@quiet
def made(name, device, requires_grad, compute, *arguments):
    """Return the result of the function `name`: a tensor over the array `compute(*arguments)`.

    The device is checked before anything is computed. RuntimeError if memory runs out.
    """
    checked_device(name, device)
    if not isinstance(requires_grad, (bool, type(None))):
        raise TypeError(f"{name}(): requires_grad must be True or False, not {requires_grad!r}")
    try:
        tensor = wrap(compute(*arguments))
    except MemoryError:
        raise RuntimeError(f"{name}(): there is not enough memory for so large a tensor") from None
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def dtype_or(default, name, dtype):
    """Return `dtype` as one of the supported ones, or `default` if it is None."""
    return default if dtype is None else dtypes.supported(dtype, f"{name}()")


# -- From data -------------------------------------------------------------------------------------


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """Return a tensor with a copy of `data`: a number, nested lists, an ndarray or a tensor.

    Python floats give the default dtype (float32), integers int64, booleans bool. NumPy's numbers
    and arrays, and tensors, keep their own dtype; a list of several dtypes gives the smallest that
    holds all. Tensors within lists must have one element. ValueError for ragged lists and integers
    of more than 64 bits, TypeError for lists that mix numbers with lists, RuntimeError for data
    that are no numbers or do not fit into `dtype`.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    if dtype is not None:
        dtype = dtypes.supported(dtype, "tensor()")
    if isinstance(data, Tensor):
        data = data._array
    if isinstance(data, (np.ndarray, np.generic)):
        array = _checked_array("tensor", np.asarray(data))
        dtype = dtypes.supported(array.dtype, "tensor()") if dtype is None else dtype
        return made("tensor", device, requires_grad, array.astype, dtype)
    return made("tensor", device, requires_grad, _array_of_numbers, data, dtype)


def _array_of_numbers(data, dtype):
    """Return the array of a Python number or of nested sequences of numbers."""
    found = set()
    numbers = _plain(data, dtype, found)
    if dtype is None:
        candidates = [dtypes.supported(each, "tensor()") for each in found]
        dtype = functools.reduce(dtypes.promote_types, candidates or [dtypes.get_default_dtype()])
    exact = not any(dtypes.is_floating(each) for each in (dtype, *found))
    try:
        array = np.array(numbers, np.int64 if exact else np.float64)
    except OverflowError:
        if exact:
            raise ValueError(
                "tensor(): an integer has more than 64 bits; use dtype=minigrad.float64"
            ) from None
        raise OverflowError("tensor(): an integer is larger than float64 holds") from None
    except ValueError:
        raise ValueError(
            "tensor(): the nested lists have different lengths; each axis needs a single one"
        ) from None
    if dtype.kind in "iu" and array.size:
        for extreme in (array.min(), array.max()):
            array_of_number("tensor", extreme, dtype)
    return array.astype(dtype)


def _plain(data, dtype, found):
    """Return `data` as lists and numbers for NumPy, and add the dtype of each number to `found`.

    `dtype` is the one that was asked for, or None.
    """
    if isinstance(data, Tensor):
        return _plain_tensor(data, dtype, found)
    if isinstance(data, (np.ndarray, np.generic)):
        found.add(_checked_array("tensor", np.asarray(data)).dtype)
        if data.dtype != np.float64:  # its numbers are also Python floats
            _refuse_truncation(data, dtype)
        return data
    if isinstance(data, (int, float)):
        found.add(dtypes.of_scalar(data))
        return data
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _plain_list(data, dtype, found)
    text_or_complex = isinstance(data, (str, bytes, complex))
    error = TypeError if dtype is not None or text_or_complex else RuntimeError
    raise error(f"tensor(): data must be numbers, got {type(data).__name__}")


def _plain_tensor(data, dtype, found):
    """Return the only element of a tensor within a list."""
    if data.numel() != 1:
        error = ValueError if dtypes.is_floating(dtype or data.dtype) else TypeError
        raise error(
            "tensor(): a list of tensors must hold tensors of one element, "
            f"not of shape {data.shape}; use minigrad.stack()"
        )
    _refuse_truncation(data, dtype)
    found.add(data.dtype)
    return data._array.item()


def _plain_list(data, dtype, found):
    """Return a sequence as a list of numbers, or of lists of one depth."""
    kinds = set(map(type, data))
    if kinds <= {float, int, bool}:
        found.update(dtypes.of_scalar(kind()) for kind in kinds)
        return list(data)
    parts = [_plain(part, dtype, found) for part in data]
    if len(set(map(_depth, parts))) > 1:
        raise TypeError("tensor(): a list must hold either numbers or lists of one depth, not both")
    return parts


def _refuse_truncation(element, dtype):
    """Raise TypeError for a floating number that would become an integer."""
    if dtype is not None and dtype.kind in "iu" and dtypes.is_floating(element.dtype):
        raise TypeError(
            f"tensor(): {element.dtype} within a list does not become {dtype}; use .long() or int()"
        )


def _depth(part):
    """Return how many axes a number, a list or an array has."""
    depth = 0
    while isinstance(part, list):
        depth += 1
        part = part[0] if part else 0
    return depth + np.ndim(part)


def _checked_array(name, array):
    """Return the array itself; TypeError or ValueError if it cannot become a tensor."""
    if not array.dtype.isnative:
        raise ValueError(
            f"{name}(): {array.dtype} is not in this machine's byte order; use "
            f"array.astype({array.dtype.name!r})"
        )
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}(): data must be numbers, got an array of {array.dtype}")
    if min(array.strides, default=0) < 0:
        raise ValueError(
            f"{name}(): an array with negative strides cannot be a tensor; use array.copy()"
        )
    return array


def from_numpy(ndarray):
    """Return a tensor over the memory of an ndarray: a change of one changes the other.

    TypeError for anything else or a dtype that tensors do not have, ValueError for negative
    strides.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy(): expected an ndarray, not {type(ndarray).__name__}")
    dtypes.supported(_checked_array("from_numpy", ndarray).dtype, "from_numpy()")
    return wrap(ndarray)


def as_tensor(data, *, dtype=None, device=None):
    """Return `tensor(data)`, but do not copy a tensor or ndarray that already has the dtype."""
    checked_device("as_tensor", device)
    if isinstance(data, np.ndarray):
        data = from_numpy(data)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


# -- Filled with one number ------------------------------------------------------------------------


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """Return a tensor of shape `size` filled with `fill_value`.

    The type of the value decides the dtype unless it is given. RuntimeError if the dtype cannot
    hold the value, or for an invalid size.
    """
    return _filled("full", size, fill_value, dtype, device, requires_grad)


def _filled(name, size, value, dtype, device, requires_grad):
    value = number(name, "fill_value", value)
    dtype = dtype_or(dtypes.of_scalar(value), name, dtype)
    element = array_of_number(name, value, dtype)
    return made(name, device, requires_grad, np.full, size_of(name, size), element)


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """Return `fill_value` in the shape and, unless given, the dtype of `input`."""
    check_tensor("full_like", input)
    dtype = input.dtype if dtype is None else dtype
    return _filled("full_like", input.shape, fill_value, dtype, device, requires_grad)


def sized(function):
    """Decorate a function of integers `*size` to take f(2, 3), f((2, 3)) and f(size=(2, 3))."""
    name = function.__name__

    @functools.wraps(function)
    def taking_any_size(*numbers, size=None, **options):
        if (size is None) == (not numbers):
            raise TypeError(f"{name}(): the size must be given once, got {numbers} and size={size}")
        if size is None:
            together = len(numbers) == 1 and isinstance(numbers[0], (tuple, list))
            size = numbers[0] if together else numbers
        return function(*size_of(name, size), **options)

    return taking_any_size


def _filled_with(value, name, told):
    """Return the function `name(2, 3)`, and its twin that takes shape and dtype from a tensor."""

    def filled(*size, dtype=None, device=None, requires_grad=False):
        dtype = dtypes.get_default_dtype() if dtype is None else dtype
        return _filled(name, size, value, dtype, device, requires_grad)

    def filled_like(input, *, dtype=None, device=None, requires_grad=False):
        check_tensor(f"{name}_like", input)
        dtype = input.dtype if dtype is None else dtype
        return _filled(f"{name}_like", input.shape, value, dtype, device, requires_grad)

    _set_name_and_doc(filled, name, f"Return a tensor of shape `size`, {told}.")
    _set_name_and_doc(
        filled_like, f"{name}_like", f"Return `{name}` of the shape and dtype of `input`."
    )
    return sized(filled), filled_like


def _set_name_and_doc(function, name, doc):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc


zeros, zeros_like = _filled_with(0, "zeros", "filled with zeros")
ones, ones_like = _filled_with(1, "ones", "filled with ones")
empty, empty_like = _filled_with(0, "empty", "whose values are not set")


# -- Patterns --------------------------------------------------------------------------------------


def from_zero(given):
    """Return a decorator: the first argument is 0 where only `given` others are passed.

    So arange(3) is arange(0, 3), and randint(10, (2,)) is randint(0, 10, (2,)).
    """

    def decorate(function):
        parameters = inspect.signature(function).parameters.values()
        first, *others = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]

        @functools.wraps(function)
        def taking_short_forms(*numbers, **named):
            if first not in named and len(numbers) + len(named.keys() & set(others)) == given:
                numbers = (0, *numbers)
            return function(*numbers, **named)

        return taking_short_forms

    return decorate


@from_zero(1)
def arange(start, end, step=1, *, dtype=None, device=None, requires_grad=False):
    """Return start, start + step, ... up to but without `end`; one argument is `end`, from 0.

    The dtype is int64, unless a bound or the step is a float. RuntimeError if the step is 0 or
    leads away from `end`, and for bounds that are not finite.
    """
    bounds = {"start": start, "end": end, "step": step}
    start, end, step = [number("arange", name, value) for name, value in bounds.items()]
    default = dtypes.get_default_dtype() if float in map(type, (start, end, step)) else dtypes.int64
    dtype = dtype_or(default, "arange", dtype)
    if dtype == bool:
        raise NotImplementedError("arange(): is not defined for booleans; use an integer dtype")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"arange(): the bounds must be finite, got {start} and {end}")
    if step == 0 or step != step or (start < end and step < 0) or (start > end and step > 0):
        raise RuntimeError(f"arange(): a step of {step} does not lead from {start} to {end}")
    if not dtypes.is_floating(dtype):
        _check_whole(start, end, step, dtype)
    are_integers = default == dtypes.int64
    steps = -((start - end) // step) if are_integers else (end - start) / step
    if steps > np.iinfo(np.int64).max:
        raise RuntimeError(
            f"arange(): no memory holds {steps:g} elements; the step {step} is too small"
        )
    size = size_of("arange", (math.ceil(steps),))

    def compute():
        return (start + np.arange(*size) * step).astype(dtype)

    return made("arange", device, requires_grad, compute)


def _check_whole(start, end, step, dtype):
    """Raise an error unless the numbers of an `arange` of integers are whole and fit into int64."""
    if any(x != int(x) for x in (start, end, step) if math.isfinite(x)):
        raise NotImplementedError(
            f"arange(): {start}, {end} and {step} must be whole numbers for dtype {dtype}"
        )
    for bound in (start, end):
        array_of_number("arange", bound, dtypes.int64)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """Return an n x m matrix (m defaults to n) of ones on the diagonal and zeros elsewhere."""
    n = count("eye", "n", n)
    size = size_of("eye", (n, n if m is None else count("eye", "m", m)))
    dtype = dtype_or(dtypes.get_default_dtype(), "eye", dtype)
    return made("eye", device, requires_grad, lambda: np.eye(*size, dtype=dtype))


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """Return `steps` numbers at equal distances from `start` to `end`, both included."""
    for role, bound in (("start", start), ("end", end)):
        if isinstance(bound, Tensor) and bound.ndim:
            raise RuntimeError(f"linspace(): {role} must have no axes, its shape is {bound.shape}")
    start = float(number("linspace", "start", start))
    end = float(number("linspace", "end", end))
    size = size_of("linspace", (count("linspace", "steps", steps),))
    dtype = dtype_or(dtypes.get_default_dtype(), "linspace", dtype)
    if not dtypes.is_floating(dtype):
        raise NotImplementedError(
            f"linspace(): needs a floating dtype, not {dtype}; round and convert its result"
        )
    return made("linspace", device, requires_grad, _spaced, start, end, *size, dtype)


def _spaced(start, end, steps, dtype):
    """Count from both ends to the middle, so that the last number is `end` itself."""
    if steps == 1:
        return np.array([start], dtype)
    i = np.arange(steps)
    step = np.float64(end - start) / (steps - 1)
    return np.where(i < steps // 2, start + step * i, end - step * (steps - 1 - i)).astype(dtype)


def meshgrid(*tensors, indexing="ij"):
    """Repeat vectors (or numbers) of lengths n, m, ... to the shape (n, m, ...), each on its axis.

    With `indexing` "xy" the first two axes are swapped. RuntimeError for tensors of more axes or
    another indexing.
    """
    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    check_tensor("meshgrid", *tensors)
    _check_meshgrid(tensors, indexing)
    shape = tuple(x.numel() for x in tensors)
    grids = []
    for i, x in enumerate(tensors):
        along = reshape(x, tuple(n if axis == i else 1 for axis, n in enumerate(shape)))
        grids.append(broadcast_to(along, shape=shape))
    if indexing == "xy" and len(shape) > 1:
        grids = [transpose(grid, 0, 1) for grid in grids]
    return tuple(grids)


def _check_meshgrid(tensors, indexing):
    """Raise RuntimeError for arguments that `meshgrid` does not take."""
    if not tensors:
        raise RuntimeError("meshgrid(): expected at least one tensor")
    if indexing not in ("ij", "xy") or any(x.ndim > 1 for x in tensors):
        shapes = [x.shape for x in tensors]
        raise RuntimeError(
            f"meshgrid(): needs vectors and indexing 'ij' or 'xy', got shapes {shapes} and "
            f"{indexing!r}"
        )
    if len({x.dtype for x in tensors}) > 1:
        raise RuntimeError(
            f"meshgrid(): all tensors must be of one dtype, got {[str(x.dtype) for x in tensors]}"
        )


def _indices_of(triangle):
    """Return the function that lists the indices of np.tril's or np.triu's triangle."""
    name = f"{triangle.__name__}_indices"

    def indices(row, col, offset=0, *, dtype=dtypes.int64, device=None, requires_grad=False):
        dtype = dtype_or(dtypes.int64, name, dtype)
        if dtype not in (dtypes.int64, dtypes.int32):
            raise NotImplementedError(f"{name}(): dtype must be int64 or int32, not {dtype}")
        size = size_of(name, (count(name, "row", row), count(name, "col", col)))
        offset = whole(name, "offset", offset)
        offset = min(max(offset, -size[0]), size[1])  # NumPy takes no larger one

        def compute():
            return np.stack(np.nonzero(triangle(np.ones(size, bool), offset))).astype(dtype)

        return made(name, device, requires_grad, compute)

    kept = f"the elements of a (row, col) matrix that `{triangle.__name__}` keeps"
    _set_name_and_doc(indices, name, f"Return the rows and columns, (2, n), of {kept}.")
    return indices


tril_indices = _indices_of(np.tril)
triu_indices = _indices_of(np.triu)

# -- PyTorch's older constructors ------------------------------------------------------------------


def initialize(self, *data, device=None, dtype=None):
    """Initialize `Tensor(2, 3)` with zeros, or with the values of a list, an array or a tensor.

    The dtype is the default one. A tensor shares its memory. TypeError for all else. That includes
    tuples of integers, which may be meant as a shape or as values: use `zeros` or `tensor`.
    """
    dtype = dtype or dtypes.get_default_dtype()
    given = data[0] if len(data) == 1 else None
    checked_device("Tensor", device)
    if all(isinstance(n, (int, np.integer)) for n in data):
        array = np.zeros(size_of("Tensor", data or (0,)), dtype)
    elif isinstance(given, Tensor) and given.dtype == dtype:
        array = given._array
    elif isinstance(given, (list, np.ndarray)) or _holds_values(given):
        array = tensor(given, dtype=dtype)._array
    else:
        raise TypeError(
            f"Tensor(): takes a shape in integers, a list, an ndarray or a tensor of {dtype}, not "
            f"{data}; use minigrad.tensor(values) or minigrad.zeros(shape)"
        )
    self._array = array
    self._node = None
    self._grad = None


def _holds_values(data):
    """Return whether it is a tuple that is no shape."""
    return isinstance(data, tuple) and not all(isinstance(n, (int, np.integer)) for n in data)


class _OfDtype(type):
    """A class of the tensors of one dtype, which it makes as `Tensor` does those of the default."""

    def __call__(cls, *data):
        if cls.dtype.kind != "f" and len(data) == 1 and isinstance(data[0], tuple):
            data = (list(data[0]),)
        return Tensor(*data, dtype=cls.dtype)

    def __instancecheck__(cls, instance):
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype


def _of_dtype(name, dtype):
    text = f"The tensors of dtype {dtype}; `{name}(...)` makes one, as `Tensor(...)`."
    return _OfDtype(name, (), {"dtype": dtype, "__doc__": text, "__module__": __name__})


FloatTensor = _of_dtype("FloatTensor", dtypes.float32)
DoubleTensor = _of_dtype("DoubleTensor", dtypes.float64)
LongTensor = _of_dtype("LongTensor", dtypes.int64)
IntTensor = _of_dtype("IntTensor", dtypes.int32)
ByteTensor = _of_dtype("ByteTensor", dtypes.uint8)
BoolTensor = _of_dtype("BoolTensor", dtypes.bool)
TENSOR_TYPES = (FloatTensor, DoubleTensor, LongTensor, IntTensor, ByteTensor, BoolTensor)


def set_default_tensor_type(t, /):
    """Make the dtype of FloatTensor or DoubleTensor, or of its name, the default, and warn."""
    text = "torch.set_default_tensor_type() is deprecated, please use torch.set_default_dtype()"
    warnings.warn(text, stacklevel=3)
    names = {f"torch.{kind.__name__}": kind for kind in TENSOR_TYPES}
    found = names.get(t) if isinstance(t, str) else t
    if found not in (FloatTensor, DoubleTensor):
        raise TypeError(f"set_default_tensor_type(): needs FloatTensor or DoubleTensor, not {t!r}")
    dtypes.set_default_dtype(found.dtype)
