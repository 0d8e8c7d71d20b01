"""Checks and conversion of operands, by PyTorch's type promotion rules.

The core's elementwise operations take floating tensors of one dtype. `of_one` and `of_two` wrap
them to convert all other operands first: numbers, arrays, integers, booleans and different dtypes.
"""

import numpy as np

from ..core import record
from ..core.quiet import restore, silence
from ..quiet import quiet
from ..core.tensor import Tensor, wrap
from ..dtypes import get_default_dtype, is_floating, result_type, supported
from .meanings import MEANINGS

_NUMPYS_NUMBERS = (np.integer, np.floating, np.bool_)
_LEAST = -(2**63)  # the smallest and the largest integer that PyTorch takes for a number
_MOST = 2**64 - 1


def check_tensor(name, *operands):
    """Raise TypeError unless all are Tensors."""
    for operand in operands:
        if not isinstance(operand, Tensor):
            raise TypeError(
                f"{name}(): expected a Tensor, not {type(operand).__name__}; see minigrad.tensor()"
            )


def refuse_bools(name, input):
    """Return the tensor itself; NotImplementedError if it is boolean."""
    check_tensor(name, input)
    if input.dtype == bool:
        raise NotImplementedError(f"{name}(): is not defined for booleans; use .long() or .float()")
    return input


@quiet
def array_of_number(name, value, dtype):
    """Return a 0-d array of `value`.

    TypeError unless it is a number, RuntimeError unless the dtype can hold it, OverflowError for an
    integer beyond 64 bits.
    """
    if not isinstance(value, (int, float, *_NUMPYS_NUMBERS)):
        raise TypeError(f"{name}(): expected a number, not {type(value).__name__}")
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        raise OverflowError(f"{name}(): a number must fit into 64 bits, got {value}")
    if not _holds(dtype, value):
        raise RuntimeError(f"{name}(): {value} is outside of what {dtype} holds")
    return np.asarray(value).astype(dtype)


def check_held(name, tensor, number):
    """Raise RuntimeError if an integer tensor's dtype cannot hold the integer `number`.

    A negative number that wraps around in an unsigned dtype is accepted, as in PyTorch.
    """
    if not isinstance(tensor, Tensor) or not isinstance(number, int):
        return
    if tensor.dtype.kind not in "iu":
        return
    most = np.iinfo(tensor.dtype).max
    if not -most - 1 <= number <= most:
        raise RuntimeError(f"{name}(): {number} is outside of what {tensor.dtype} holds")


def _holds(dtype, value):
    if dtype.kind == "f":
        return not np.finfo(dtype).max < abs(value) < np.inf
    return dtype.kind == "b" or np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def is_boolean(value):
    """Return whether it is a boolean, or an array or tensor of booleans."""
    if isinstance(value, (Tensor, np.ndarray)):
        return value.dtype == bool
    return isinstance(value, (bool, np.bool_))


# -- Elementwise operations ------------------------------------------------------------------------


def unary(name, forward, rule, floating=False, bools=True):
    """Return a function of one tensor `x`, element by element; a rule of None gives no gradient.

    With `floating`, an integer tensor is first converted to a float one. With `bools` false it is
    not defined for boolean tensors.
    """
    return of_one(record.elementwise(name, forward, rule), floating, bools)


def binary(name, forward, rule_x, rule_y, floating=False, bools=True):
    """Return a function of tensors `x` and `y` that broadcast; one may be a number. See `unary`."""
    return of_two(record.elementwise(name, forward, rule_x, rule_y), floating, bools)


def of_one(operation, floating=False, bools=True):
    """Return the function of one tensor, of any dtype, for an elementwise operation."""
    forward = operation.__wrapped__
    differentiable = operation.rules[0] is not None

    def function(input):
        if not isinstance(input, Tensor) or input._array.dtype.kind != "f":
            (input,) = convert(operation, input)
        x = input._array
        alarms = silence()
        try:
            out = forward(x)
        except TypeError:
            raise NotImplementedError(
                f"{operation.__name__}(): is not defined for {x.dtype}"
            ) from None
        finally:
            restore(alarms)
        parents = (input._node if differentiable else None,)
        return record.recorded(operation, out, (x,), parents, NO_PARAMS)

    return _declared(function, operation, floating, bools)


def of_two(operation, floating=False, bools=True):
    """Return the function of two tensors or numbers, of any dtype, for an elementwise operation."""
    forward = operation.__wrapped__
    differentiable = operation.rules[0] is not None

    def function(input, other):
        x = input._array if isinstance(input, Tensor) else input
        y = other._array if isinstance(other, Tensor) else other
        if not fit_together(x, y):
            input, other = convert(operation, input, other)
            x = input._array
            y = other._array
        alarms = silence()
        try:
            out = forward(x, y)
        except ValueError:
            raise RuntimeError(
                f"{operation.__name__}(): shapes {np.shape(x)} and {np.shape(y)} do not broadcast; "
                "counted from the last, two axes must be equal or one of them 1"
            ) from None
        except TypeError:
            raise NotImplementedError(
                f"{operation.__name__}(): is not defined for {np.result_type(x, y)}"
            ) from None
        finally:
            restore(alarms)
        parents = (input._node if x is not input else None, other._node if y is not other else None)
        return record.recorded(
            operation, out, (x, y), parents if differentiable else NO_PARENTS, NO_PARAMS
        )

    return _declared(function, operation, floating, bools)


def _declared(function, operation, floating, bools):
    function.__name__ = function.__qualname__ = operation.__name__
    function.__doc__ = MEANINGS.get(operation.__name__)
    operation.floating = floating
    operation.bools = bools
    return function


NO_PARAMS = {}
NO_PARENTS = (None, None)


def fit_together(x, y):
    """Return whether no conversion is needed: floats of one dtype, or one and a Python number."""
    if type(x) is np.ndarray:
        if x.dtype.kind != "f":
            return False
        return y.dtype is x.dtype if type(y) is np.ndarray else is_number(y)
    return type(y) is np.ndarray and y.dtype.kind == "f" and is_number(x)


def is_number(value):
    """Return whether it is a Python float, or a Python int that fits into 64 bits."""
    return type(value) is float or (type(value) is int and _LEAST <= value <= _MOST)


def convert(operation, *operands):
    """Return the operands of an elementwise operation as tensors of their common dtype.

    TypeError for an operand that is neither tensor nor number, NotImplementedError for booleans
    where the operation is not defined for them.
    """
    name = operation.__name__
    if len(operands) == 1:
        check_tensor(name, *operands)
    dtypes = {x._array.dtype if isinstance(x, Tensor) else None for x in operands}
    if None not in dtypes and len(dtypes) == 1:
        return [_of_accepted_dtype(operation, x) for x in operands]
    if not operation.bools and any(map(is_boolean, operands)):
        raise NotImplementedError(f"{name}(): is not defined for booleans; use .long() or .float()")
    return promoted(name, *operands, floating=operation.floating)


def _of_accepted_dtype(operation, x):
    """Return the tensor in a dtype that the operation takes; errors as of `convert`."""
    if operation.floating and not is_floating(x.dtype):
        return wrap(x._array.astype(get_default_dtype()))
    if not operation.bools and x.dtype == bool:
        advice = "; use .long() or .float()" if len(operation.names) > 1 else ""
        raise NotImplementedError(f"{operation.__name__}(): is not defined for {x.dtype}{advice}")
    return x


def promoted(name, *operands, floating=False):
    """Return tensors or numbers as tensors of their common dtype by PyTorch's promotion rules.

    With `floating`, that dtype is a floating one. TypeError for an operand of another type,
    OverflowError for an integer beyond 64 bits.
    """
    operands = [_tensor_or_number(name, operand) for operand in operands]
    dtype = result_type(*[x._array if isinstance(x, Tensor) else x for x in operands])
    if floating and not is_floating(dtype):
        dtype = get_default_dtype()
    return [_as_dtype(x, dtype) for x in operands]


def _tensor_or_number(name, operand):
    """Return the operand as a Tensor or a Python number; errors as of `promoted`."""
    if isinstance(operand, _NUMPYS_NUMBERS):
        # NumPy's scalars are as weak as Python's: float32 * np.sqrt(2) is float32
        operand = operand.item()
    if not isinstance(operand, (Tensor, np.ndarray, float, int)):
        raise TypeError(f"{name}(): expected a Tensor or a number, not {type(operand).__name__}")
    if isinstance(operand, np.ndarray):
        supported(operand.dtype, f"{name}()")
        return wrap(operand)
    if isinstance(operand, int) and not _LEAST <= operand <= _MOST:
        raise OverflowError(f"{name}(): a number must fit into 64 bits, got {operand}")
    return operand


def _as_dtype(x, dtype):
    if not isinstance(x, Tensor):
        return wrap(np.array(x).astype(dtype))
    return x if x.dtype == dtype else cast(x, dtype=dtype)


@record.operation(lambda g, x_dtype: cast(g, dtype=x_dtype))
def cast(x, dtype):
    """Return a copy of `x` in another dtype."""
    return x.astype(dtype)
