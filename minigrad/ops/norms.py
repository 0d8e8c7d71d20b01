"""The p-norms: where one is 0, or a power of its elements overflows, the gradient is no NaN."""

import math

import numpy as np

from ..autograd.accumulate import add_up
from ..autograd.graph import operation
from .functions import direction
from .reductions import floating
from .shape import count_over, reduced_axes, restored

__all__ = ["norm"]


def _of_norm(g, out, x, p, axis, keepdims):
    g, out = restored(g, x.shape, axis), restored(out, x.shape, axis)
    if p == 0:
        return np.zeros_like(x)
    if p == 1:
        return g * direction(x)
    if p in (math.inf, -math.inf):
        tied = (np.abs(x) == out) | (np.isnan(x) & np.isnan(out))
        return direction(x) * tied * (g / np.sum(tied, axis=axis, keepdims=True, dtype=g.dtype))
    divisor = np.where(out == 0, 1, out)
    slope = x / divisor
    if p != 2:
        size, power = np.where(x == 0, 1, np.abs(x)), p - 1
        if abs(power) <= 1:
            steep = np.power(size, power) / np.power(divisor, power)
        else:  # powers of both might overflow
            steep = np.power(size / divisor, power)
        slope = np.where(x == 0, slope * 0, np.sign(x) * steep)
    return g * np.where(out == 0, 0, slope)


@operation(_of_norm)
def _norm(x, p, axis, keepdims):
    size = np.abs(x)
    if p in (math.inf, -math.inf):
        return (np.max if p > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if p == 0:
        return np.sum(size != 0, axis=axis, keepdims=keepdims, dtype=x.dtype)
    if p == 1 or (count_over(x, axis) == 1 and p == p):  # of one element, whatever p is
        return add_up(size, axis, keepdims)
    if p == 2:
        return np.sqrt(add_up(x * x, axis, keepdims))
    return add_up(size**p, axis, keepdims) ** (1 / p)


def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None):
    """The vector norm (sum |x|**p)**(1/p) over `dim`.

    `p` may be inf, -inf, 0 (counts what is not 0) or "fro" (2). Where a norm is 0 its gradient is 0.
    RuntimeError for an integer tensor, another word for `p`, a negative or infinite `p` of no
    elements, and a `dtype` of fewer digits.
    """
    x = floating("norm", floating("norm", input), dtype)
    if x.dtype.itemsize < input.dtype.itemsize:
        raise RuntimeError(f"norm(): dtype {x.dtype} has fewer digits than {input.dtype}; use .to()")
    return vector_norm("norm", x, 2 if p == "fro" else p, dim, keepdim)


def vector_norm(name, x, p, dim, keepdim):
    """`norm` of a floating tensor, for the function `name`."""
    axis = reduced_axes(name, x, dim, keepdim)
    if not isinstance(p, (int, float, np.number)):
        raise RuntimeError(f"{name}(): p must be a number, not {p!r}")
    if (p < 0 or p == math.inf) and not count_over(x, axis):
        raise RuntimeError(f"{name}(): there is no {p}-norm over axes {axis} of {x.shape}: no elements")
    return _norm(x, p=float(p), axis=axis, keepdims=keepdim)
