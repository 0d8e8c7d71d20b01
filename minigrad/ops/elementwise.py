"""Operations element by element on two operands or more: arithmetic, comparisons, choices."""

import numpy as np

from ..core import rules
from ..core.record import operation
from ..dtypes import is_floating
from ..quiet import quiet
from ..core.tensor import Tensor, wrap
from .promotion import (
    array_of_number,
    binary,
    cast,
    check_held,
    check_tensor,
    is_boolean,
    is_number,
    of_one,
    of_two,
    promoted,
    refuse_bools,
    unary,
)

__all__ = """
    add addcdiv addcmul allclose bitwise_and bitwise_not bitwise_or bitwise_xor clamp clip clone div
    eq equal floor_divide fmod ge gt isclose le lerp logaddexp logical_and logical_or logical_xor lt
    masked_fill maximum minimum mul ne neg positive pow remainder sub true_divide where
""".split()

# -- Arithmetic ------------------------------------------------------------------------------------

plus = of_two(rules.add)
minus = of_two(rules.sub, bools=False)
mul = of_two(rules.mul)
true_divide = of_two(rules.div, floating=True)
neg = of_one(rules.neg, bools=False)
positive = unary("positive", np.positive, lambda g: g, bools=False)
_contiguous_copy = unary("contiguous", lambda x: np.array(x, order="C"), lambda g: g)
clone = unary("clone", np.copy, lambda g: g)


def contiguous(input):
    """Return `input` if it is C-contiguous, else a contiguous copy."""
    return input if input._array.flags.c_contiguous else _contiguous_copy(input)


def add(input, other, *, alpha=1):
    """Return `input + alpha * other`, broadcast.

    RuntimeError for an `alpha` of a higher kind than the result, or a bool.
    """
    return plus(*_scaled("add", input, other, alpha))


def sub(input, other, *, alpha=1):
    """Return `input - alpha * other`, broadcast; `alpha` as for `add`."""
    if is_boolean(input) or is_boolean(other):
        raise NotImplementedError("sub(): is not defined for booleans; use .long() or .float()")
    return minus(*_scaled("sub", input, other, alpha))


def _scaled(name, input, other, alpha):
    """Return `input` and `alpha * other`."""
    if type(alpha) is int and alpha == 1:
        return input, other
    x, y = promoted(name, input, other)
    return x, mul(y, factor(name, "alpha", alpha, x.dtype, bools=False))


def factor(name, role, value, dtype, bools=True):
    """Return the number `value`; TypeError for all else, RuntimeError if `dtype` cannot hold it."""
    if not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"{name}(): {role} must be a number, not {type(value).__name__}")
    kind = np.asarray(value).dtype.kind
    higher = "biuf".index(kind) > "biuf".index(dtype.kind)
    if higher or (kind == "b" and not bools and dtype != bool):
        raise RuntimeError(f"{name}(): {role}={value} does not multiply {dtype}")
    return value.item() if isinstance(value, np.generic) else value


@operation(
    lambda g: g,
    lambda g, z, value: g * (z * value),
    lambda g, y, value: g * (y * value),
    broadcasts=True,
)
def _addcmul(x, y, z, value):
    return x + value * y * z


@operation(
    lambda g: g,
    lambda g, z, value: g * (value / z),
    lambda g, y, z, value: -g * (value * y / (z * z)),
    broadcasts=True,
)
def _addcdiv(x, y, z, value):
    return x + value * y / z


def addcmul(input, tensor1, tensor2, *, value=1):
    """Return `input + value * tensor1 * tensor2`, broadcast.

    RuntimeError for a floating `value` of integers.
    """
    check_tensor("addcmul", input, tensor1, tensor2)
    operands = promoted("addcmul", input, tensor1, tensor2)
    refuse_bools("addcmul", operands[0])
    value = factor("addcmul", "value", value, operands[0].dtype)
    return broadcasting(_addcmul, *operands, value=value)


def addcdiv(input, tensor1, tensor2, *, value=1):
    """Return `input + value * tensor1 / tensor2`, broadcast.

    RuntimeError for a quotient of integers.
    """
    check_tensor("addcdiv", input, tensor1, tensor2)
    if not is_floating(tensor1.dtype) and not is_floating(tensor2.dtype):
        raise RuntimeError(
            f"addcdiv(): does not divide {tensor1.dtype} by {tensor2.dtype}; use .float()"
        )
    operands = promoted("addcdiv", input, tensor1, tensor2)
    value = factor("addcdiv", "value", value, operands[0].dtype)
    return broadcasting(_addcdiv, *operands, value=value)


@operation(
    lambda g, weight: g * (1 - weight),
    lambda g, weight: g * weight,
    lambda g, x, end: g * (end - x),
    broadcasts=True,
)
def _lerp(x, end, weight):
    near = np.abs(weight) < 0.5  # from the nearer end, so that both ends are reached exactly
    return np.where(near, x, end) + np.where(near, weight, weight - 1) * (end - x)


def lerp(input, end, weight):
    """Return `input + weight * (end - input)`, exactly `end` for a `weight` of 1.

    `weight` is a number or a tensor. RuntimeError unless the tensors have one dtype (except a 0-d
    weight), NotImplementedError unless it is floating.
    """
    check_tensor("lerp", input, end)
    if not isinstance(weight, Tensor):
        weight = wrap(array_of_number("lerp", weight, input.dtype))
    elif not weight.ndim and weight.dtype != input.dtype:
        weight = cast(weight, dtype=input.dtype)
    for role, tensor in (("end", end), ("weight", weight)):
        if tensor.dtype != input.dtype:
            raise RuntimeError(
                f"lerp(): {role} is {tensor.dtype} but input is {input.dtype}; use .to()"
            )
    if not is_floating(input.dtype):
        raise NotImplementedError(
            f"lerp(): needs a floating dtype, not {input.dtype}; use .float()"
        )
    return broadcasting(_lerp, input, end, weight)


def broadcasting(operation, *operands, **params):
    """Apply the operation to several operands; RuntimeError if their shapes do not broadcast."""
    try:
        return operation(*operands, **params)
    except ValueError:
        shapes = ", ".join(str(x.shape) for x in operands)
        raise RuntimeError(f"{operation.__name__}(): shapes {shapes} do not broadcast") from None


def _refusing_zero(divide):
    """Return `divide` with PyTorch's errors: for integers divided by 0, and for booleans."""

    def forward(x, y):
        dtype = np.result_type(x, y)
        if dtype.kind == "b":
            raise TypeError
        if not is_floating(dtype) and not np.all(y):
            raise RuntimeError("ZeroDivisionError: an integer division by 0")
        return divide(x, y)

    return forward


def _truncated(x, y):
    if is_floating(np.result_type(x, y)):
        return np.trunc(x / y)
    return np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))


def flat(g):
    """Return the gradient of a function of slope 0: 0, even if `g` is infinite or NaN."""
    return np.zeros_like(g)


floor_divide = binary("floor_divide", _refusing_zero(np.floor_divide), flat, flat)
remainder = binary(
    "remainder",
    _refusing_zero(np.remainder),
    lambda g: g,
    lambda g, x, y: -g * np.floor_divide(x, y),
)
_fmod = binary(
    "fmod",
    _refusing_zero(np.fmod),
    lambda g: g,
    lambda g, out, x, y: g * ((out - x) / y),  # minus the whole number that x / y was cut to
)


def fmod(input, other):
    """Return `remainder` with the sign of `input`."""
    check_tensor("fmod", input)
    return _fmod(input, other)


_DIVISIONS = {
    None: true_divide,
    "floor": floor_divide,
    "trunc": binary("div", _refusing_zero(_truncated), flat, flat),
}


def div(input, other, *, rounding_mode=None):
    """Return `input / other`, broadcast.

    With `rounding_mode` "floor" it is rounded down, with "trunc" towards 0. RuntimeError for
    another mode, and where integers are divided by 0 and rounded.
    """
    if rounding_mode not in _DIVISIONS:
        raise RuntimeError(
            f'div(): rounding_mode must be None, "floor" or "trunc", not {rounding_mode!r}'
        )
    return _DIVISIONS[rounding_mode](input, other)


def _power_rule_exponent(g, out, x, y):
    # There the slope of 0 ** y is 0, and the logarithm must not turn it into NaN.
    level = (x == 0) * (y >= 0)
    return g * np.where(level, 0, out * np.log(np.where(level, 1, x)))


_power = binary(
    "pow",
    np.power,
    lambda g, x, y: np.where(y == 0, 0, g * y * np.power(x, np.where(y == 0, 1, y) - 1)),
    _power_rule_exponent,
)


@operation(
    lambda g, x, exponent: (
        g * (exponent * _power_of_number(x, exponent=exponent - 1)) if exponent else flat(g)
    )
)
def _power_of_number(x, exponent):
    return 1 / np.sqrt(x) if exponent == -0.5 else x**exponent


def pow(input, exponent):
    """Return `input ** exponent`, broadcast; one of the two may be a number.

    The slope of `x ** 0` is 0 everywhere, and that of `0 ** y` in y is 0 for y >= 0. RuntimeError
    for booleans and for negative powers of integers.
    """
    is_constant = isinstance(exponent, float) or is_number(exponent)
    if is_constant and isinstance(input, (int, float)):
        check_tensor("pow", input)
    if is_constant and isinstance(input, Tensor) and is_floating(input.dtype):
        constant = exponent.item() if isinstance(exponent, np.generic) else exponent
        return _power_of_number(input, exponent=constant)
    check_held("pow", input, exponent)
    x, y = promoted("pow", input, exponent)
    negative = exponent < 0 if isinstance(exponent, (int, float)) else np.any(y._array < 0)
    if x.dtype == bool or (negative and not is_floating(x.dtype)):
        raise NotImplementedError(
            f"pow(): {x.dtype} has no such powers (negative integer or boolean); use .float()"
        )
    return _power(x, y)


def _log_of_sum(x, y):
    if np.result_type(x, y).kind != "f":
        raise TypeError("as in PyTorch")
    return np.logaddexp(x, y)


logaddexp = binary(
    "logaddexp",
    _log_of_sum,
    lambda g, x, y: g / (1 + np.exp(y - x)),
    lambda g, x, y: g / (1 + np.exp(x - y)),
)


# -- Comparisons -----------------------------------------------------------------------------------

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
    """Return whether |input - other| <= atol + rtol * |other|, element by element."""
    check_tensor("isclose", input, other)
    if input.dtype != other.dtype:
        raise RuntimeError(
            f"isclose(): both must be of one dtype, not {input.dtype} and {other.dtype}; use .to()"
        )
    if not (rtol >= 0 and atol >= 0):
        raise RuntimeError(f"isclose(): rtol={rtol} and atol={atol} must not be negative")
    return wrap(np.isclose(input._array, other._array, rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Return whether `isclose` holds for all elements, as a Python bool."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


def equal(input, other):
    """Return whether both have the same shape and the same elements, as a Python bool."""
    check_tensor("equal", input, other)
    return input.shape == other.shape and bool(np.all(input._array == other._array))


# -- Choices ---------------------------------------------------------------------------------------


def _extreme(name, ufunc, worse):
    """Return `maximum` or `minimum`: a tie shares the gradient, both get it where one is NaN."""
    return binary(
        name,
        ufunc,
        lambda g, x, y: np.where(worse(x, y), 0, np.where(x == y, g / 2, g)),
        lambda g, x, y: np.where(worse(y, x), 0, np.where(x == y, g / 2, g)),
    )


maximum = _extreme("maximum", np.maximum, np.less)
minimum = _extreme("minimum", np.minimum, np.greater)


def where(condition, input=None, other=None):
    """Return `input` where the boolean tensor `condition` is true, else `other`.

    Without both, return the indices of what is not 0 in `condition`, a tensor for each axis.

    All three broadcast. TypeError unless `condition` is a Tensor; RuntimeError unless it is boolean
    and the shapes broadcast.
    """
    check_tensor("where", condition)
    if input is None and other is None:
        return tuple([wrap(indices) for indices in np.nonzero(np.atleast_1d(condition._array))])
    if condition.dtype != bool:
        raise RuntimeError(f"where(): condition must be boolean, not {condition.dtype}")
    return broadcasting(rules.where, condition, *promoted("where", input, other))


# NumPy's extremes are the second of equal operands: so 0.0 and -0.0 stay what they are on a bound.
_clamp_min = binary(
    "clamp",
    lambda x, y: np.maximum(y, x),
    lambda g, x, y: rules.only_where(x >= y, g),
    lambda g, x, y: rules.only_where(x < y, g),
)
_clamp_max = binary(
    "clamp",
    lambda x, y: np.minimum(y, x),
    lambda g, x, y: rules.only_where(x <= y, g),
    lambda g, x, y: rules.only_where(x > y, g),
)


@operation(
    lambda g, x, low, high: rules.only_where((x >= low) & (x <= high), g),
    lambda g, x, low, high: rules.only_where((x < low) & (low < high), g),
    lambda g, x, low, high: rules.only_where((x > high) | (low > high), g),
    broadcasts=True,
)
def _clamp(x, low, high):
    return np.minimum(high, np.maximum(low, x))


def clamp(input, min=None, max=None):
    """Replace the elements below `min` by `min`, and those above `max` by `max`.

    The bounds are numbers or tensors; one may be None. The gradient goes to the operand that was
    taken: to the input for an element on a bound, to none for NaN. RuntimeError without a bound.
    """
    if min is None and max is None:
        raise RuntimeError("clamp(): at least one of min and max must be given")
    refuse_bools("clamp", input)
    check_held("clamp", input, min)
    check_held("clamp", input, max)
    if isinstance(min, Tensor) and isinstance(max, Tensor):
        return broadcasting(_clamp, *promoted("clamp", input, min, max))
    if min is not None:
        input = _clamp_min(input, min)
    return input if max is None else _clamp_max(input, max)


clip = clamp


def masked_fill(input, mask, value):
    """Return `value` where the boolean `mask` is true, else `input`; the shapes broadcast.

    RuntimeError unless the mask is boolean, and the value a number or a 0-d tensor.
    """
    check_tensor("masked_fill", input, mask)
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill(): mask must be boolean, not {mask.dtype}")
    return where(mask, filling("masked_fill", value, input), input)


def filling(name, value, input):
    """Return `value`, a number or a 0-d tensor, as a 0-d tensor of `input`'s dtype.

    RuntimeError if it has axes or does not fit.
    """
    if not isinstance(value, Tensor):
        return wrap(array_of_number(name, value, input.dtype))
    if value.ndim:
        raise RuntimeError(
            f"{name}(): value must be a number or a 0-d tensor, not of shape {value.shape}"
        )
    array_of_number(name, value.item(), input.dtype)
    return cast(value, dtype=input.dtype)
