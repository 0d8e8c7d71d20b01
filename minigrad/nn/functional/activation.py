"""Activations, element by element, and dropout. With `inplace` the input's own values are replaced."""

import functools
import math

import numpy as np

from ... import ops
from ...autograd.graph import operation
from ...ops.inplace import in_place
from ...random import rand
from ...tensor import Tensor, wrap
from .checks import check_floating


def _applied(name, function, input, inplace=False):
    check_floating(name, input)
    function.__name__ = name
    return in_place(function)(input) if inplace else function(input)


def relu(input, inplace=False):
    """max(x, 0)."""
    return in_place(ops.relu)(input) if inplace else ops.relu(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where it is positive, else negative_slope * x (Maas et al. 2013)."""
    return _applied("leaky_relu", lambda x: ops.where(x > 0, x, x * negative_slope), input, inplace)


def elu(input, alpha=1.0, inplace=False):
    """x where it is positive, else alpha * (exp(x) - 1) (Clevert et al. 2016)."""
    return _applied("elu", lambda x: ops.where(x > 0, x, ops.expm1(ops.clamp(x, max=0)) * alpha), input, inplace)


def silu(input, inplace=False):
    """x * sigmoid(x), also known as swish (Elfwing et al. 2018)."""
    return _applied("silu", lambda x: x * ops.sigmoid(x), input, inplace)


def gelu(input, *, approximate="none"):
    """x * P(Z <= x) for a standard normal Z, or its approximation by "tanh" (Hendrycks and Gimpel 2016)."""
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
def _tail_series(rate=0.3, degree=8, furthest=10):
    """The coefficients of erfc(z) * exp(z * z) / t as a polynomial in t = 1 / (1 + rate * z), good to 3e-8."""
    span = np.array([1 / (1 + rate * furthest), 1.0])

    def tail(points):
        z = [(1 / t - 1) / rate for t in points]
        return [math.erfc(v) * math.exp(v * v) * (1 + rate * v) for v in z]

    points = np.polynomial.chebyshev.chebpts1(degree + 1) * (span[1] - span[0]) / 2 + span.mean()
    return np.polynomial.Polynomial.fit(points, tail(points), degree, domain=span).convert().coef.astype(np.float32)


# Its value and its slope from one exponential, in place, by stretches that stay in the cache: 10 times as fast as the
# composition, whose error function is exact to more digits than float32 has.
@operation(lambda g, _out, _x, saved: g * saved["slope"], composition=lambda x, saved: _gelu(x))
def _gelu_of_singles(x, saved):
    flat, out, slope = x.ravel(), np.empty(x.size, np.float32), np.empty(x.size, np.float32)
    for start in range(0, x.size, _STRETCH):
        stretch = slice(start, start + _STRETCH)
        _gelu_of_stretch(flat[stretch], out[stretch], slope[stretch])
    saved["slope"] = slope.reshape(x.shape)
    return out.reshape(x.shape)


_STRETCH = 16384


def _gelu_of_stretch(x, out, slope):
    z = np.abs(x)
    z *= np.float32(math.sqrt(0.5))
    t = z * np.float32(0.3)
    t += 1
    np.reciprocal(t, out=t)
    *rest, leading = _tail_series()
    tail = np.multiply(t, leading, out=out)
    for coefficient in reversed(rest):
        tail += coefficient
        tail *= t
    z *= z
    density = np.exp(np.negative(z, out=z), out=slope)
    tail *= density
    tail *= np.float32(0.5)  # the probability of more than abs(x)
    below = np.copysign(np.subtract(np.float32(0.5), tail, out=tail), x, out=tail)
    below += np.float32(0.5)
    density *= np.float32(1 / math.sqrt(2 * math.pi))
    density *= x
    slope += below
    out *= x


@operation(lambda g, out, x: g * np.exp(x - out))
def log_1_plus_exp(x):
    """Its slope is the sigmoid; no exponential overflows."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def logsigmoid(input):
    """log(sigmoid(x)), exact for any finite x."""
    return _applied("logsigmoid", lambda x: -log_1_plus_exp(-x), input)


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta, or x itself where beta * x exceeds `threshold` (Dugas et al. 2001)."""
    return _applied("softplus", lambda x: ops.where(x * beta > threshold, x, log_1_plus_exp(x * beta) / beta), input)


def dropout(input, p=0.5, training=True, inplace=False):
    """Each element 0 with probability `p`, else scaled by 1 / (1 - p); unless `training`, the input itself.

    Srivastava et al. 2014. ValueError for a `p` outside [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout(): the probability must lie in [0, 1], not be {p}")
    check_floating("dropout", input)
    if not training:
        return input
    kept = rand(input.shape, dtype=input.dtype)._array < 1 - p
    return _applied("dropout", lambda x: x * wrap(kept / x.dtype.type(1 - p or 1)), input, inplace)
