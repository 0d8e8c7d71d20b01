"""Activations, element by element, and dropout. With `inplace` the input's own values are replaced."""

import functools
import math

import numpy as np

from ... import ops
from ...autograd.graph import operation
from ...ops import functions
from ...ops.inplace import in_place
from ...random import rand
from ...tensor import Tensor, wrap
from .checks import check_floating, check_kind


def _applied(name, function, input, inplace=False):
    check_floating(name, input)
    function.__name__ = name
    return in_place(function)(input) if inplace else function(input)


def relu(input, inplace=False):
    """max(x, 0)."""
    return in_place(functions.relu)(input) if inplace else functions.relu(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where it is positive, else negative_slope * x (Maas et al. 2013)."""
    check_kind("leaky_relu", float, negative_slope=negative_slope)
    return _applied("leaky_relu", lambda x: ops.where(x > 0, x, x * negative_slope), input, inplace)


def elu(input, alpha=1.0, inplace=False):
    """x where it is positive, else alpha * (exp(x) - 1) (Clevert et al. 2016)."""
    check_kind("elu", float, alpha=alpha)
    return _applied("elu", lambda x: ops.where(x > 0, x, ops.expm1(ops.where(x > 0, 0, x)) * alpha), input, inplace)


def silu(input, inplace=False):
    """x * sigmoid(x), also known as swish (Elfwing et al. 2018)."""
    return _applied("silu", lambda x: x * ops.sigmoid(x), input, inplace)


def gelu(input, *, approximate="none"):
    """x * P(Z <= x) for a standard normal Z, or its approximation by "tanh" (Hendrycks and Gimpel 2016)."""
    if not isinstance(approximate, str):
        raise TypeError(f"gelu(): approximate must be 'none' or 'tanh', not {approximate!r}")
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"gelu(): approximate must be 'none' or 'tanh', not {approximate!r}")
    if approximate == "none":
        single = isinstance(input, Tensor) and input.dtype == np.float32
        return _gelu_of_singles(input, saved={}) if single else _applied("gelu", _gelu, input)
    slope = math.sqrt(2 / math.pi)
    return _applied("gelu", lambda x: x * 0.5 * (ops.tanh(x * (x * x * 0.044715 + 1) * slope) + 1), input)


def _gelu(x):
    return x * 0.5 * (ops.erf(x * math.sqrt(0.5)) + 1)


@functools.cache
def _half_logit_series(degree=6, furthest=5.5):
    """The coefficients p of P(Z <= x) = (1 + tanh(x * p(x * x))) / 2, good to 4e-8, highest first.

    Fitted here, to the probabilities of Python's own math.erfc; a positive leading one makes it good for all x.
    """
    squares = (np.polynomial.chebyshev.chebpts1(200) + 1) / 2 * furthest**2
    x = np.sqrt(squares)
    above, below = (np.array([math.erfc(v) / 2 for v in sign * x * math.sqrt(0.5)]) for sign in (1, -1))
    series, weights = np.log(below / above) / (2 * x), x * above * below  # the weights: how far an error moves P
    fit = np.polynomial.Polynomial.fit(squares, series, degree, w=weights, domain=[0, furthest**2])
    return fit.convert().coef.astype(np.float32)[::-1]


# Value and slope in place, by stretches that stay in the cache: 3 times as fast as the composition, whose error
# function is exact to more digits than float32 has.
@operation(lambda g, _out, _x, saved: g * saved["slope"], composition=lambda x, saved: _gelu(x))
def _gelu_of_singles(x, saved):
    flat, out, slope = x.ravel(), np.empty(x.size, np.float32), np.empty(x.size, np.float32)
    for start in range(0, x.size, _STRETCH):
        stretch = slice(start, start + _STRETCH)
        _gelu_of_stretch(flat[stretch], out[stretch], slope[stretch])
    saved["slope"] = slope.reshape(x.shape)
    return out.reshape(x.shape)


_STRETCH = 32768


def _gelu_of_stretch(x, out, slope):
    square = x * x
    leading, *rest = _half_logit_series()
    below = np.multiply(square, leading, out=out)
    below += rest[0]
    for coefficient in rest[1:]:
        below *= square
        below += coefficient
    below *= x
    np.tanh(below, out=below)
    below *= np.float32(0.5)
    below += np.float32(0.5)
    square *= np.float32(-0.5)
    density = np.exp(square, out=slope)
    density *= np.float32(1 / math.sqrt(2 * math.pi))
    density *= x
    slope += below
    out *= x


@operation(lambda g, _out, x: g * np.exp(-log_1_plus_exp(-x)))
def log_1_plus_exp(x):
    """Its slope is the sigmoid, whose logarithm is -log_1_plus_exp(-x); no exponential overflows."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def logsigmoid(input):
    """log(sigmoid(x)), exact for any finite x."""
    return _applied("logsigmoid", lambda x: -log_1_plus_exp(-x), input)


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta, or x itself where beta * x exceeds `threshold` (Dugas et al. 2001)."""
    check_kind("softplus", float, beta=beta, threshold=threshold)
    return _applied("softplus", lambda x: ops.where(x * beta > threshold, x, log_1_plus_exp(x * beta) / beta), input)


def check_probability(name, p):
    """TypeError for what is no number, ValueError for one outside [0, 1]."""
    check_kind(name, float, p=p)
    if not 0 <= p <= 1:
        raise ValueError(f"{name}(): the probability must lie in [0, 1], not be {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    """Each element 0 with probability `p`, else scaled by 1 / (1 - p); unless `training`, the input itself.

    Srivastava et al. 2014. ValueError for a `p` outside [0, 1].
    """
    check_probability("dropout", p)
    check_floating("dropout", input)
    if not training:
        return input
    kept = rand(input.shape, dtype=input.dtype)._array < 1 - p
    return _applied("dropout", lambda x: x * wrap(kept / x.dtype.type(1 - p or 1)), input, inplace)
