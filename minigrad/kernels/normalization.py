"""Normalisation to mean 0 and variance 1."""

import math

import numpy as np

from ..core.record import operation
from . import kernel
from .dense import as_matrix, fast_sum


def mean_over(x, axis):
    """Return the mean over the tuple `axis`, whose axes are kept with length 1."""
    return fast_sum(x, axis, keepdims=True) / math.prod([x.shape[i] for i in axis])


def moments(x, axis):
    """Return the deviations from the mean over `axis`, that mean, and the variance."""
    mean = mean_over(x, axis)
    deviation = x - mean
    return deviation, mean, mean_over(deviation * deviation, axis)


@operation(
    lambda g, out, x, axis, eps: (
        (g - mean_over(g, axis) - out * mean_over(g * out, axis))
        / np.sqrt(moments(x, axis)[2] + eps)
    )
)
def normalized(x, axis, eps):
    """Return `x` with mean 0 and variance 1 over the tuple `axis`."""
    deviation, _, variance = moments(x, axis)
    return deviation / np.sqrt(variance + eps)


# In place, and with what the forward has computed: 3 times as fast as the seven operations.
@kernel(
    lambda x, weight, bias, eps: normalized(x, axis=(x.ndim - 1,), eps=eps) * weight + bias,
    reads="weight",
    name="layer_norm",
)
def layer_norm_of_rows(x, weight, bias, eps):
    """Normalize over the last axis alone."""
    rows = as_matrix(x)
    n = x.dtype.type(len(weight))
    standardized = rows - fast_sum(rows, (1,), keepdims=True) / n
    variance = fast_sum(standardized * standardized, (1,), keepdims=True) / n
    inverse_std = 1 / np.sqrt(variance + x.dtype.type(eps))
    standardized *= inverse_std
    out = standardized * weight
    out += bias

    def rule_of_x(g):
        gx = as_matrix(g) * weight
        along = fast_sum(gx * standardized, (1,), keepdims=True) / n
        gx -= fast_sum(gx, (1,), keepdims=True) / n
        gx -= standardized * along
        gx *= inverse_std
        return gx.reshape(x.shape)

    return (
        out.reshape(x.shape),
        rule_of_x,
        lambda g: fast_sum(as_matrix(g) * standardized, (0,)),
        lambda g: fast_sum(as_matrix(g), (0,)),
    )
