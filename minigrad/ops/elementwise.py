"""Operations that work element by element: arithmetic, comparisons, and the functions of one number."""

import numpy as np

from ..autograd.graph import operation
from ..dtypes import is_floating
from ..tensor import Tensor
from .declare import binary, promoted, unary

# -- Arithmetic ----------------------------------------------------------------------------------------------

plus = binary("add", np.add, lambda g, *_: g, lambda g, *_: g)
minus = binary("sub", np.subtract, lambda g, *_: g, lambda g, *_: -g)
mul = binary("mul", np.multiply, lambda g, _out, _x, y: g * y, lambda g, _out, x, _y: g * x)
div = binary("div", np.true_divide, lambda g, _out, _x, y: g / y, lambda g, out, _x, y: -g * (out / y), floating=True)
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


# -- Functions of one number ---------------------------------------------------------------------------------

exp = unary("exp", np.exp, lambda g, out, _x: g * out, floating=True)
log = unary("log", np.log, lambda g, _out, x: g / x, floating=True)
sqrt = unary("sqrt", np.sqrt, lambda g, out, _x: g / (2 * out), floating=True)
abs = unary("abs", np.abs, lambda g, _out, x: g * np.sign(x))
sign = unary("sign", np.sign, lambda g, *_: g * 0)
tanh = unary("tanh", np.tanh, lambda g, out, _x: g * (1 - out * out), floating=True)
relu = unary("relu", lambda x: np.maximum(x, 0), lambda g, out, _x: g * (out > 0))


def _stable_sigmoid(x):
    z = np.exp(-np.abs(x))  # never overflows
    return np.where(x >= 0, 1, z) / (1 + z)


sigmoid = unary("sigmoid", _stable_sigmoid, lambda g, out, _x: g * out * (1 - out), floating=True)

# -- Comparisons ---------------------------------------------------------------------------------------------

eq = binary("eq", np.equal, None, None)
ne = binary("ne", np.not_equal, None, None)
lt = binary("lt", np.less, None, None)
le = binary("le", np.less_equal, None, None)
gt = binary("gt", np.greater, None, None)
ge = binary("ge", np.greater_equal, None, None)

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
