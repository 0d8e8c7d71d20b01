"""The p-norms, with a gradient that is finite at a norm of 0 and where powers would overflow."""

import math

import numpy as np

from ..core import rules
from ..core.record import operation
from ..core.rules import restored
from .elementwise import minus
from .functions import direction
from .promotion import check_tensor
from .reductions import floating
from .shape import count_over, reduced_axes

__all__ = ["dist", "norm"]


def _norm_rule(g, out, x, p, axis):
    g = restored(g, x.shape, axis)
    out = restored(out, x.shape, axis)
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
        size = np.where(x == 0, 1, np.abs(x))
        power = p - 1
        if abs(power) <= 1:
            steepness = np.power(size, power) / np.power(divisor, power)
        else:  # powers of both might overflow
            steepness = np.power(size / divisor, power)
        slope = np.where(x == 0, slope * 0, np.sign(x) * steepness)
    return g * np.where(out == 0, 0, slope)


@operation(_norm_rule)
def _norm(x, p, axis, keepdims):
    size = np.abs(x)
    if p == math.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if p == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if p == 0:
        return np.sum(size != 0, axis=axis, keepdims=keepdims, dtype=x.dtype)
    if p == 1 or (count_over(x, axis) == 1 and p == p):  # one element, for any p but NaN
        return rules.add_up(size, axis, keepdims)
    if p == 2:
        return np.sqrt(rules.add_up(x * x, axis, keepdims))
    return rules.add_up(size**p, axis, keepdims) ** (1 / p)


def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None):
    """Return the vector norm (sum |x|**p)**(1/p) over `dim`.

    `p` may be inf, -inf, 0 (counts the nonzero elements) or "fro" (2). Where a norm is 0 its
    gradient is 0. RuntimeError for an integer tensor, another string for `p`, a negative or
    infinite `p` over no elements, and a `dtype` of fewer digits.
    """
    x = floating("norm", floating("norm", input), dtype)
    if x.dtype.itemsize < input.dtype.itemsize:
        raise RuntimeError(
            f"norm(): dtype {x.dtype} has fewer digits than {input.dtype}; use .to()"
        )
    return vector_norm("norm", x, 2 if p == "fro" else p, dim, keepdim)


def dist(input, other, p=2):
    """Return the p-norm of `input - other`, which broadcast."""
    check_tensor("dist", input, other)
    return vector_norm("dist", floating("dist", minus(input, other)), p, None, False)


def vector_norm(name, x, p, dim, keepdim):
    """Return the `norm` of a floating tensor, for the function `name`."""
    axis = reduced_axes(name, x, dim, keepdim)
    if not isinstance(p, (int, float, np.number)):
        raise RuntimeError(f"{name}(): p must be a number, not {p!r}")
    if (p < 0 or p == math.inf) and not count_over(x, axis):
        raise RuntimeError(
            f"{name}(): there is no {p}-norm over axes {axis} of {x.shape}: no elements"
        )
    return _norm(x, p=float(p), axis=axis, keepdims=keepdim)
