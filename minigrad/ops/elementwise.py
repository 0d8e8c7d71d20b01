"""Operations that work element by element on two operands or more: arithmetic, comparisons, choices."""

import numpy as np

from ..autograd.graph import operation
from ..dtypes import float32, float64, is_floating
from ..quiet import quiet
from ..tensor import Tensor, wrap
from .declare import (
    array_of_number,
    binary,
    cast,
    check_held,
    check_tensor,
    is_boolean,
    is_number,
    promoted,
    refuse_bools,
    unary,
)

__all__ = """
    add addcdiv addcmul allclose bitwise_and bitwise_not bitwise_or bitwise_xor clamp clone div eq equal
    floor_divide ge gt isclose le lerp logical_and logical_or logical_xor lt masked_fill maximum minimum mul ne neg
    positive pow remainder sub true_divide where
""".split()

# -- Arithmetic ----------------------------------------------------------------------------------------------

plus = binary("add", np.add, lambda g, *_: g, lambda g, *_: g)
minus = binary("sub", np.subtract, lambda g, *_: g, lambda g, *_: -g, bools=False)
mul = binary("mul", np.multiply, lambda g, _out, _x, y: g * y, lambda g, _out, x, _y: g * x)
true_divide = binary(
    "div", np.true_divide, lambda g, _out, _x, y: g / y, lambda g, _out, x, y: -g * ((x / y) / y), floating=True
)
neg = unary("neg", np.negative, lambda g, *_: -g, bools=False)
positive = unary("positive", np.positive, lambda g, *_: g, bools=False)
_in_order = unary("contiguous", lambda x: np.array(x, order="C"), lambda g, *_: g)
clone = unary("clone", np.copy, lambda g, *_: g)


def contiguous(input):
    """Itself if its elements lie in memory in their order, otherwise a copy in which they do."""
    return input if input._array.flags.c_contiguous else _in_order(input)


def add(input, other, *, alpha=1):
    """`input + alpha * other`, broadcast.

    RuntimeError for an `alpha` of a higher kind than the result, or a bool.
    """
    return plus(*_scaled("add", input, other, alpha))


def sub(input, other, *, alpha=1):
    """`input - alpha * other`, broadcast; `alpha` as for `add`."""
    if is_boolean(input) or is_boolean(other):
        raise NotImplementedError("sub(): is not defined for booleans; use .long() or .float()")
    return minus(*_scaled("sub", input, other, alpha))


def _scaled(name, input, other, alpha):
    if type(alpha) is int and alpha == 1:
        return input, other
    x, y = promoted(name, input, other)
    return x, mul(y, factor(name, "alpha", alpha, x.dtype, bools=False))


def factor(name, role, value, dtype, bools=True):
    """The number `value`. TypeError for anything else, RuntimeError if `dtype` cannot hold it."""
    if not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"{name}(): {role} must be a number, not {type(value).__name__}")
    kind = np.asarray(value).dtype.kind
    higher = "biuf".index(kind) > "biuf".index(dtype.kind)
    if higher or (kind == "b" and not bools and dtype != bool):
        raise RuntimeError(f"{name}(): {role}={value} does not multiply {dtype}")
    return value.item() if isinstance(value, np.generic) else value


@operation(
    lambda g, *_, value: g,
    lambda g, _out, _x, _y, z, value: g * (z * value),
    lambda g, _out, _x, y, _z, value: g * (y * value),
    broadcasts=True,
)
def _addcmul(x, y, z, value):
    return x + value * y * z


@operation(
    lambda g, *_, value: g,
    lambda g, _out, _x, _y, z, value: g * (value / z),
    lambda g, _out, _x, y, z, value: -g * (value * y / (z * z)),
    broadcasts=True,
)
def _addcdiv(x, y, z, value):
    return x + value * y / z


def addcmul(input, tensor1, tensor2, *, value=1):
    """`input + value * tensor1 * tensor2`, broadcast. RuntimeError for a floating `value` of integers."""
    check_tensor("addcmul", input, tensor1, tensor2)
    operands = promoted("addcmul", input, tensor1, tensor2)
    refuse_bools("addcmul", operands[0])
    value = factor("addcmul", "value", value, operands[0].dtype)
    return _broadcasting(_addcmul, *operands, value=value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    """`input + value * tensor1 / tensor2`, broadcast. RuntimeError for a quotient of integers."""
    check_tensor("addcdiv", input, tensor1, tensor2)
    if not is_floating(tensor1.dtype) and not is_floating(tensor2.dtype):
        raise RuntimeError(f"addcdiv(): does not divide {tensor1.dtype} by {tensor2.dtype}; use .float()")
    operands = promoted("addcdiv", input, tensor1, tensor2)
    value = factor("addcdiv", "value", value, operands[0].dtype)
    return _broadcasting(_addcdiv, *operands, value=value)


@operation(
    lambda g, _out, _x, _end, weight: g * (1 - weight),
    lambda g, _out, _x, _end, weight: g * weight,
    lambda g, _out, x, end, _weight: g * (end - x),
    broadcasts=True,
)
def _lerp(x, end, weight):
    near = np.abs(weight) < 0.5  # from the nearer end, so that both ends are reached exactly
    return np.where(near, x, end) + np.where(near, weight, weight - 1) * (end - x)


def lerp(input, end, weight):
    """`input + weight * (end - input)`, exactly `end` for the weight 1, a number or a tensor.

    RuntimeError unless the tensors have one dtype (but for a 0-d weight), NotImplementedError
    unless it is floating.
    """
    check_tensor("lerp", input, end)
    if not isinstance(weight, Tensor):
        weight = wrap(array_of_number("lerp", weight, input.dtype))
    elif not weight.ndim and weight.dtype != input.dtype:
        weight = cast(weight, dtype=input.dtype)
    for role, tensor in (("end", end), ("weight", weight)):
        if tensor.dtype != input.dtype:
            raise RuntimeError(f"lerp(): {role} is {tensor.dtype} but input is {input.dtype}; use .to()")
    if not is_floating(input.dtype):
        raise NotImplementedError(f"lerp(): needs a floating dtype, not {input.dtype}; use .float()")
    return _broadcasting(_lerp, input, end, weight)


def _broadcasting(operation, *operands, **params):
    """What the operation of several operands gives; RuntimeError if their shapes do not broadcast."""
    try:
        return operation(*operands, **params)
    except ValueError:
        shapes = ", ".join(str(x.shape) for x in operands)
        raise RuntimeError(f"{operation.__name__}(): shapes {shapes} do not broadcast") from None


def _whole(divide):
    """`divide` as PyTorch has it: an error for integers by 0, and for booleans."""

    def forward(x, y):
        dtype = np.result_type(x, y)
        if dtype.kind == "b":
            raise TypeError
        if not is_floating(dtype) and not np.all(y):
            raise RuntimeError("ZeroDivisionError: an integer division by 0")
        return divide(x, y)

    return forward


def _truncated(x, y):
    return np.trunc(x / y) if is_floating(np.result_type(x, y)) else np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))


def flat(g, *_):
    """The rule of a function without slope: 0, even if the gradient is infinite or NaN."""
    return np.zeros_like(g)


def only_where(mask, g):
    """`np.where(mask, g, 0)`, which takes up to ten times as long; a product of numbers would make NaN of infinity."""
    if isinstance(g, Tensor):
        return np.where(mask, g, 0)
    return (g.view(_BITS[g.dtype]) * mask).view(g.dtype)


_BITS = {float32: np.dtype(np.int32), float64: np.dtype(np.int64)}

floor_divide = binary("floor_divide", _whole(np.floor_divide), flat, flat)
remainder = binary(
    "remainder", _whole(np.remainder), lambda g, *_: g, lambda g, _out, x, y: -g * np.floor_divide(x, y)
)
_DIVISIONS = {None: true_divide, "floor": floor_divide, "trunc": binary("div", _whole(_truncated), flat, flat)}


def div(input, other, *, rounding_mode=None):
    """`input / other`, broadcast; with `rounding_mode` "floor" rounded down, with "trunc" towards 0.

    RuntimeError for another mode, and where integers are divided by 0 and rounded.
    """
    if rounding_mode not in _DIVISIONS:
        raise RuntimeError(f'div(): rounding_mode must be None, "floor" or "trunc", not {rounding_mode!r}')
    return _DIVISIONS[rounding_mode](input, other)


def _power_rule_exponent(g, out, x, y):
    level = (x == 0) * (y >= 0)  # 0 ** y has no slope there; the logarithm must not make a NaN of it
    return g * np.where(level, 0, out * np.log(np.where(level, 1, x)))


_power = binary(
    "pow",
    np.power,
    lambda g, _out, x, y: np.where(y == 0, 0, g * y * np.power(x, np.where(y == 0, 1, y) - 1)),
    _power_rule_exponent,
)


@operation(
    lambda g, _out, x, exponent: (
        g * (exponent * _power_of_number(x, exponent=exponent - 1)) if exponent else flat(g)
    )
)
def _power_of_number(x, exponent):
    return 1 / np.sqrt(x) if exponent == -0.5 else x**exponent


def pow(input, exponent):
    """`input` to the power of `exponent`, of which one may be a number; broadcast.

    The slope of `x ** 0` is 0 everywhere, and that of `0 ** y` in y is 0 for y >= 0. RuntimeError for booleans and for
    negative powers of integers.
    """
    known = isinstance(exponent, float) or is_number(exponent)
    if known and isinstance(input, Tensor) and is_floating(input.dtype):
        return _power_of_number(input, exponent=exponent.item() if isinstance(exponent, np.generic) else exponent)
    check_held("pow", input, exponent)
    x, y = promoted("pow", input, exponent)
    negative = exponent < 0 if isinstance(exponent, (int, float)) else np.any(y._array < 0)
    if x.dtype == bool or (negative and not is_floating(x.dtype)):
        raise NotImplementedError(f"pow(): {x.dtype} has no such powers (negative integer or boolean); use .float()")
    return _power(x, y)


# -- Comparisons ---------------------------------------------------------------------------------------------

eq = binary("eq", np.equal, None, None)
ne = binary("ne", np.not_equal, None, None)
lt = binary("lt", np.less, None, None)
le = binary("le", np.less_equal, None, None)
gt = binary("gt", np.greater, None, None)
ge = binary("ge", np.greater_equal, None, None)

logical_and = binary("logical_and", np.logical_and, None, None)
logical_or = binary("logical_or", np.logical_or, None, None)
logical_xor = binary("logical_xor", np.logical_xor, None, None)

bitwise_and = binary("bitwise_and", np.bitwise_and, None, None)
bitwise_or = binary("bitwise_or", np.bitwise_or, None, None)
bitwise_xor = binary("bitwise_xor", np.bitwise_xor, None, None)
bitwise_not = unary("bitwise_not", np.invert, None)


@quiet
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol * |other|, element by element."""
    check_tensor("isclose", input, other)
    if input.dtype != other.dtype:
        raise RuntimeError(f"isclose(): both must be of one dtype, not {input.dtype} and {other.dtype}; use .to()")
    if not (rtol >= 0 and atol >= 0):
        raise RuntimeError(f"isclose(): rtol={rtol} and atol={atol} must not be negative")
    return wrap(np.isclose(input._array, other._array, rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether `isclose` holds for all elements, as a Python bool."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


def equal(input, other):
    """Whether both have the same shape and the same elements, as a Python bool."""
    check_tensor("equal", input, other)
    return input.shape == other.shape and bool(np.all(input._array == other._array))


# -- Choices -------------------------------------------------------------------------------------------------


def _extreme(name, ufunc, worse):
    """A tie shares the gradient equally; where one is NaN, and so the result, both get it."""
    return binary(
        name,
        ufunc,
        lambda g, _out, x, y: np.where(worse(x, y), 0, np.where(x == y, g / 2, g)),
        lambda g, _out, x, y: np.where(worse(y, x), 0, np.where(x == y, g / 2, g)),
    )


maximum, minimum = _extreme("maximum", np.maximum, np.less), _extreme("minimum", np.minimum, np.greater)


@operation(
    None,
    lambda g, _out, condition, _x, _y: only_where(condition, g),
    lambda g, _out, condition, _x, _y: only_where(np.logical_not(condition), g),
    broadcasts=True,
)
def _where(condition, x, y):
    return np.where(condition, x, y)


def where(condition, input, other):
    """`input` where the boolean tensor `condition` is true, else `other`; all three broadcast.

    TypeError unless `condition` is a Tensor; RuntimeError unless it is boolean and the shapes broadcast.
    """
    check_tensor("where", condition)
    if condition.dtype != bool:
        raise RuntimeError(f"where(): condition must be boolean, not {condition.dtype}")
    return _broadcasting(_where, condition, *promoted("where", input, other))


_clamp_min = binary(
    "clamp",
    np.maximum,
    lambda g, _out, x, low: only_where(x >= low, g),
    lambda g, _out, x, low: only_where(x < low, g),
)
_clamp_max = binary(
    "clamp",
    np.minimum,
    lambda g, _out, x, high: only_where(x <= high, g),
    lambda g, _out, x, high: only_where(x > high, g),
)


@operation(
    lambda g, _out, x, low, high: only_where((x >= low) & (x <= high), g),
    lambda g, _out, x, low, high: only_where((x < low) & (low < high), g),
    lambda g, _out, x, low, high: only_where((x > high) | (low > high), g),
    broadcasts=True,
)
def _clamp(x, low, high):
    return np.minimum(np.maximum(x, low), high)


def clamp(input, min=None, max=None):
    """The elements below `min` replaced by it, those above `max` by that; numbers or tensors, of which one may be None.

    The gradient goes to what was taken; an element on a bound counts as the input's, and a NaN as nobody's.
    RuntimeError without a bound.
    """
    if min is None and max is None:
        raise RuntimeError("clamp(): at least one of min and max must be given")
    refuse_bools("clamp", input)
    check_held("clamp", input, min)
    check_held("clamp", input, max)
    if isinstance(min, Tensor) and isinstance(max, Tensor):
        return _broadcasting(_clamp, *promoted("clamp", input, min, max))
    if min is not None:
        input = _clamp_min(input, min)
    return input if max is None else _clamp_max(input, max)


def masked_fill(input, mask, value):
    """`value`, a number or a 0-d tensor, where the boolean `mask` is true, elsewhere `input`; the shapes broadcast.

    RuntimeError unless the mask is boolean and the value has no axes.
    """
    check_tensor("masked_fill", input, mask)
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill(): mask must be boolean, not {mask.dtype}")
    return where(mask, filling("masked_fill", value, input), input)


def filling(name, value, input):
    """`value`, a number or a 0-d tensor, as one of `input`'s dtype; RuntimeError if it has axes or does not fit."""
    if not isinstance(value, Tensor):
        return wrap(array_of_number(name, value, input.dtype))
    if value.ndim:
        raise RuntimeError(f"{name}(): value must be a number or a 0-d tensor, not of shape {value.shape}")
    array_of_number(name, value.item(), input.dtype)
    return cast(value, dtype=input.dtype)
