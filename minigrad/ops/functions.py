"""Functions of one number, applied to every element: each forward next to its gradient rule.

Where the values of a function are no integers, an integer tensor is first converted to a float one.
"""

import functools
import math

import numpy as np

from ..core.record import operation
from ..core import rules
from ..dtypes import is_floating
from .promotion import check_tensor, of_one, unary
from .elementwise import flat, pow

__all__ = """
    abs acos asin atan ceil cos cosh erf exp expm1 floor isfinite isinf isnan log log10 log1p log2
    logical_not reciprocal relu round rsqrt sigmoid sign sin sinh sqrt square tan tanh
""".split()

# -- Exponentials, logarithms, roots ---------------------------------------------------------------

exp = of_one(rules.exp, floating=True)
log = of_one(rules.log, floating=True)
expm1 = unary("expm1", np.expm1, lambda g, x: g * np.exp(x), floating=True)
log1p = unary("log1p", np.log1p, lambda g, x: g / (x + 1), floating=True)
log2 = unary("log2", np.log2, lambda g, x: g / (x * math.log(2)), floating=True)
log10 = unary("log10", np.log10, lambda g, x: g / (x * math.log(10)), floating=True)
sqrt = unary("sqrt", np.sqrt, lambda g, out: g / (2 * out), floating=True)
rsqrt = unary(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (-0.5 * out * out * out), floating=True
)
reciprocal = unary("reciprocal", lambda x: 1 / x, lambda g, out: -g * out * out, floating=True)


def square(input):
    """Return `input ** 2`."""
    check_tensor("square", input)
    return pow(input, 2)


# The root of a sum of squares. At 0 its slope is undefined; the gradient is 0, as in PyTorch.
root_of_squares = unary(
    "root_of_squares",
    np.sqrt,
    lambda g, out: np.where(out == 0, 0, g / (2 * np.where(out == 0, 1, out))),
)

# -- Trigonometric, hyperbolic, and the error function ---------------------------------------------

sin = unary("sin", np.sin, lambda g, x: g * np.cos(x), floating=True)
cos = unary("cos", np.cos, lambda g, x: -g * np.sin(x), floating=True)
tan = unary("tan", np.tan, lambda g, out: g * (1 + out * out), floating=True)
asin = unary("asin", np.arcsin, lambda g, x: g / np.sqrt(1 - x * x), floating=True)
acos = unary("acos", np.arccos, lambda g, x: -g / np.sqrt(1 - x * x), floating=True)
atan = unary("atan", np.arctan, lambda g, x: g / (1 + x * x), floating=True)
sinh = unary("sinh", np.sinh, lambda g, x: g * np.cosh(x), floating=True)
cosh = unary("cosh", np.cosh, lambda g, x: g * np.sinh(x), floating=True)
tanh = unary("tanh", np.tanh, lambda g, out: g * (1 - out * out), floating=True)
sigmoid = unary(
    "sigmoid",
    lambda x: 1 / (1 + np.exp(-x)),
    lambda g, out: (1 - out) * out * g,  # so ordered, one new array serves all
    floating=True,
)

# NumPy has no error function. erf(x) / x is smooth in x * x, so one Chebyshev series serves up to
# `_ERF_END`; beyond it erf is 1 to the last digit. The coefficients are computed here from Python's
# math.erf.
_ERF_END = {4: 4.0, 8: 6.0}  # by the bytes of the dtype
_ERF_DEGREE = {4: 18, 8: 44}


def _erf_over_x(u, end):
    x = np.sqrt((u + 1) / 2) * end
    return [math.erf(v) / v for v in x]


@functools.cache
def _erf_series(size):
    return np.polynomial.chebyshev.chebinterpolate(
        _erf_over_x, _ERF_DEGREE[size], (_ERF_END[size],)
    )


def _erf(x):
    size = x.dtype.itemsize
    end = _ERF_END[size]
    near = np.clip(x, -end, end)
    series = _erf_series(size).astype(x.dtype)
    out = near * np.polynomial.chebyshev.chebval(near * near * (2 / end**2) - 1, series)
    return np.where(np.abs(x) < end, np.clip(out, -1, 1), np.sign(x))


erf = unary(
    "erf", _erf, lambda g, x: g * ((2 / math.sqrt(math.pi)) * np.exp(-x * x)), floating=True
)

# -- Piecewise linear functions --------------------------------------------------------------------


def _leaving_integers(rounded):
    """Return the rounding function that only copies integers."""
    return lambda x: rounded(x) if is_floating(x.dtype) else x.copy()


def direction(x):
    """Return the sign, -1, 0 or 1, and 0 for NaN."""
    return np.where(x == x, np.sign(x), 0)


relu = of_one(rules.relu, bools=False)
abs = unary("abs", np.abs, lambda g, x: g * direction(x), bools=False)
sign = unary("sign", lambda x: x.copy() if x.dtype == bool else direction(x), flat)
floor = unary("floor", _leaving_integers(np.floor), flat, bools=False)
ceil = unary("ceil", _leaving_integers(np.ceil), flat, bools=False)


@operation(flat)
def _round(x, decimals):
    return np.round(x, decimals)


def round(input, *, decimals=0):
    """Round `input` to `decimals` places (tens for -1), halves to the even neighbour."""
    check_tensor("round", input)
    if input.dtype == bool or (decimals and not is_floating(input.dtype)):
        raise NotImplementedError(
            f"round(): is not defined for {input.dtype} and {decimals} decimals"
        )
    return _round(input, decimals=decimals)


# -- Tests of each element -------------------------------------------------------------------------

isnan = unary("isnan", np.isnan, None)
isinf = unary("isinf", np.isinf, None)
isfinite = unary("isfinite", np.isfinite, None)
logical_not = unary("logical_not", np.logical_not, None)
