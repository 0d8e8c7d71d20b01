"""Operations that work element by element on two operands or more: arithmetic, comparisons, choices."""

import numpy as np

from ..autograd.graph import operation
from ..dtypes import is_floating
from ..tensor import Tensor, wrap
from .declare import binary, cast, check_tensor, promoted, unary

__all__ = """
    add allclose bitwise_and bitwise_not bitwise_or bitwise_xor clamp clone div eq equal ge gt isclose le
    logical_and logical_or logical_xor lt masked_fill maximum minimum mul ne neg positive pow remainder sub where
""".split()

# -- Arithmetic ----------------------------------------------------------------------------------------------

plus = binary("add", np.add, lambda g, *_: g, lambda g, *_: g)
minus = binary("sub", np.subtract, lambda g, *_: g, lambda g, *_: -g)
mul = binary("mul", np.multiply, lambda g, _out, _x, y: g * y, lambda g, _out, x, _y: g * x)
div = binary(
    "div", np.true_divide, lambda g, _out, _x, y: g / y, lambda g, _out, x, y: -g * ((x / y) / y), floating=True
)
neg = unary("neg", np.negative, lambda g, *_: -g)
positive = unary("positive", np.positive, lambda g, *_: g)
clone = unary("clone", np.copy, lambda g, *_: g)


def add(input, other, *, alpha=1):
    """`input + alpha * other`, broadcast."""
    return plus(input, other if alpha == 1 else mul(other, alpha))


def sub(input, other, *, alpha=1):
    """`input - alpha * other`, broadcast."""
    return minus(input, other if alpha == 1 else mul(other, alpha))


def _power_rule_exponent(g, out, x, y):
    flat = (x == 0) * (y >= 0)  # 0 ** y has no slope there; the logarithm must not make a NaN of it
    return g * np.where(flat, 0, out * np.log(np.where(flat, 1, x)))


remainder = binary("remainder", np.remainder, lambda g, *_: g, lambda g, _out, x, y: -g * np.floor(x / y))

_power = binary(
    "pow",
    np.power,
    lambda g, _out, x, y: g * y * np.power(x, np.where(y == 0, 1, y) - 1),
    _power_rule_exponent,
)


@operation(
    lambda g, _out, x, exponent: g * (exponent * _power_of_number(x, exponent=exponent - 1)) if exponent else g * 0
)
def _power_of_number(x, exponent):
    return x**exponent


def pow(input, exponent):
    """`input` to the power of `exponent`, of which one may be a number; broadcast.

    The slope of `x ** 0` is 0 everywhere, and that of `0 ** y` in y is 0 for y >= 0, as in PyTorch.
    Raises RuntimeError for an integer tensor and a negative integer exponent.
    """
    if not isinstance(exponent, Tensor) and isinstance(input, Tensor) and isinstance(exponent, (int, float)):
        if is_floating(input.dtype):
            return _power_of_number(input, exponent=exponent.item() if isinstance(exponent, np.generic) else exponent)
        if isinstance(exponent, int) and exponent < 0:
            raise RuntimeError(f"pow(): an integer tensor has no negative integer powers (got {exponent})")
    return _power(*promoted("pow", input, exponent))


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


def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |input - other| <= atol + rtol * |other|, element by element."""
    x, y = promoted("isclose", input, other)
    return wrap(np.isclose(x._array, y._array, rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether `isclose` holds for all elements, as a Python bool."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


def equal(input, other):
    """Whether both have the same shape and the same elements, as a Python bool."""
    for operand in (input, other):
        check_tensor("equal", operand)
    return input.shape == other.shape and bool(np.all(input._array == other._array))


# -- Choices -------------------------------------------------------------------------------------------------

maximum = binary(
    "maximum",
    np.maximum,
    # a tie shares the gradient equally
    lambda g, _out, x, y: np.where(x > y, g, np.where(x == y, g / 2, 0)),
    lambda g, _out, x, y: np.where(x > y, 0, np.where(x == y, g / 2, g)),
)
minimum = binary(
    "minimum",
    np.minimum,
    lambda g, _out, x, y: np.where(x < y, g, np.where(x == y, g / 2, 0)),
    lambda g, _out, x, y: np.where(x < y, 0, np.where(x == y, g / 2, g)),
)


@operation(
    None,
    lambda g, _out, condition, _x, _y: np.where(condition, g, 0),
    lambda g, _out, condition, _x, _y: np.where(condition, 0, g),
    broadcasts=True,
)
def _where(condition, x, y):
    return np.where(condition, x, y)


def where(condition, input, other):
    """`input` where the boolean tensor `condition` is true, else `other`; all three broadcast.

    TypeError unless `condition` is a Tensor; RuntimeError unless it is boolean and the shapes broadcast.
    """
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): condition must be a boolean Tensor, not {type(condition).__name__}")
    if condition.dtype != bool:
        raise RuntimeError(f"where(): condition must be boolean, not {condition.dtype}")
    x, y = promoted("where", input, other)
    try:
        return _where(condition, x, y)
    except ValueError:
        raise RuntimeError(f"where(): shapes {condition.shape}, {x.shape} and {y.shape} do not broadcast") from None


def clamp(input, min=None, max=None):
    """The elements below `min` replaced by it, those above `max` by that; numbers or tensors, of which one may be None.

    The gradient goes to what was taken; an element on a bound counts as the input's. RuntimeError without a bound.
    """
    if min is None and max is None:
        raise RuntimeError("clamp(): at least one of min and max must be given")
    check_tensor("clamp", input)
    if min is not None:
        input = where(input < min, min, input)
    return input if max is None else where(input > max, max, input)


def masked_fill(input, mask, value):
    """`value`, a number or a 0-d tensor, where the boolean `mask` is true, elsewhere `input`; the shapes broadcast.

    RuntimeError unless the mask is boolean and the value has no axes.
    """
    check_tensor("masked_fill", input)
    check_tensor("masked_fill", mask)
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(f"masked_fill(): value must be a number or a 0-d tensor, not of shape {value.shape}")
    if mask.dtype != bool:
        raise RuntimeError(f"masked_fill(): mask must be boolean, not {mask.dtype}")
    value = cast(value, dtype=input.dtype) if isinstance(value, Tensor) else wrap(np.asarray(value, input.dtype))
    return where(mask, value, input)
