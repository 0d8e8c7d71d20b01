"""Functions of one number, applied to every element: a table of the forward beside the gradient rule.

An integer tensor is first made a floating one wherever the function's values are no integers.
"""

import functools
import math

import numpy as np

from ..autograd.graph import operation
from ..dtypes import is_floating
from .declare import check_tensor, unary
from .elementwise import flat, only_where, pow

__all__ = """
    abs ceil cos erf exp expm1 floor isfinite isinf isnan log log1p log2 logical_not reciprocal relu round rsqrt
    sigmoid sign sin sqrt square tanh
""".split()

# -- Exponentials, logarithms, roots -------------------------------------------------------------------------

exp = unary("exp", np.exp, lambda g, out, _x: g * out, floating=True)
expm1 = unary("expm1", np.expm1, lambda g, _out, x: g * np.exp(x), floating=True)
log = unary("log", np.log, lambda g, _out, x: g / x, floating=True)
log1p = unary("log1p", np.log1p, lambda g, _out, x: g / (x + 1), floating=True)
log2 = unary("log2", np.log2, lambda g, _out, x: g / (x * math.log(2)), floating=True)
sqrt = unary("sqrt", np.sqrt, lambda g, out, _x: g / (2 * out), floating=True)
rsqrt = unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out, _x: g * (-0.5 * out * out * out), floating=True)
reciprocal = unary("reciprocal", lambda x: 1 / x, lambda g, out, _x: -g * out * out, floating=True)


def square(input):
    """`input ** 2`."""
    check_tensor("square", input)
    return pow(input, 2)


# The root of a sum of squares: at 0, where its slope is undefined, the gradient is 0, as in PyTorch.
root_of_squares = unary(
    "root_of_squares", np.sqrt, lambda g, out, _x: np.where(out == 0, 0, g / (2 * np.where(out == 0, 1, out)))
)

# -- Trigonometric, hyperbolic, and the error function -------------------------------------------------------

sin = unary("sin", np.sin, lambda g, _out, x: g * np.cos(x), floating=True)
cos = unary("cos", np.cos, lambda g, _out, x: -g * np.sin(x), floating=True)
tanh = unary("tanh", np.tanh, lambda g, out, _x: g * (1 - out * out), floating=True)


def _sigmoid(x):
    out = np.negative(x)
    np.exp(out, out=out)
    out += 1
    return np.reciprocal(out, out=out)


sigmoid = unary(
    "sigmoid",
    lambda x: _sigmoid(x) if x.ndim else _sigmoid(np.atleast_1d(x))[0],
    lambda g, out, _x: g * out * (1 - out),
    floating=True,
)

# NumPy has no error function. erf(x) / x is smooth in x * x, so one Chebyshev series serves up to `_ERF_END`, from
# where on erf is 1 to the last digit. Its coefficients are computed here, from Python's own math.erf.
_ERF_END = {4: 4.0, 8: 6.0}  # by the bytes of the dtype
_ERF_DEGREE = {4: 18, 8: 44}


def _erf_over_x(u, end):
    x = np.sqrt((u + 1) / 2) * end
    return [math.erf(v) / v for v in x]


@functools.cache
def _erf_series(size):
    return np.polynomial.chebyshev.chebinterpolate(_erf_over_x, _ERF_DEGREE[size], (_ERF_END[size],))


def _erf(x):
    size = x.dtype.itemsize
    end = _ERF_END[size]
    x = np.clip(x, -end, end)
    series = _erf_series(size).astype(x.dtype)
    return np.clip(x * np.polynomial.chebyshev.chebval(x * x * (2 / end**2) - 1, series), -1, 1)


erf = unary("erf", _erf, lambda g, _out, x: g * ((2 / math.sqrt(math.pi)) * np.exp(-x * x)), floating=True)

# -- Pieces of straight lines --------------------------------------------------------------------------------


def _of_floats(rounded):
    """The rounding function, which leaves integers as they are."""
    return lambda x: rounded(x) if is_floating(x.dtype) else x.copy()


def direction(x):
    """-1, 0 or 1, and 0 for NaN."""
    return np.where(x == x, np.sign(x), 0)


abs = unary("abs", np.abs, lambda g, _out, x: g * direction(x), bools=False)
sign = unary("sign", lambda x: x.copy() if x.dtype == bool else direction(x), flat)
relu = unary("relu", lambda x: np.maximum(x, 0), lambda g, out, _x: only_where(out != 0, g), bools=False)
floor = unary("floor", _of_floats(np.floor), flat, bools=False)
ceil = unary("ceil", _of_floats(np.ceil), flat, bools=False)


@operation(lambda g, *_, decimals: np.zeros_like(g))
def _round(x, decimals):
    return np.round(x, decimals)


def round(input, *, decimals=0):
    """`input` rounded to `decimals` places (tens for -1), halves to the even neighbour."""
    check_tensor("round", input)
    if input.dtype == bool or (decimals and not is_floating(input.dtype)):
        raise NotImplementedError(f"round(): is not defined for {input.dtype} and {decimals} decimals")
    return _round(input, decimals=decimals)


# -- Questions -----------------------------------------------------------------------------------------------

isnan = unary("isnan", np.isnan, None)
isinf = unary("isinf", np.isinf, None)
isfinite = unary("isfinite", np.isfinite, None)
logical_not = unary("logical_not", np.logical_not, None)
