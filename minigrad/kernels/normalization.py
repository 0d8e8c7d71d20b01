"""Normalisation to mean 0 and variance 1."""

import math

import numpy as np

from ..core.record import operation
from ..ops import reshape
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


# -- Over a batch ----------------------------------------------------------------------------------

_BLOCK = 2**16  # elements of the images that are taken together
_LONG = 4096  # terms up to which BLAS adds products with an error of less than 1e-6


def by_channel(x):
    """Return (N, C, ...) as (N, C, n), and (N, C) as (1, C, N)."""
    return x.T[None] if x.ndim == 2 else x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


def blocks_of(images):
    """Return slices of the first axis, so few images each that they stay in the cache."""
    step = max(1, _BLOCK // max(1, math.prod(images.shape[1:])))
    return [slice(i, i + step) for i in range(0, len(images), step)]


def inner_products(x, y):
    """Return the inner products (..., 1) along the last axis."""
    if x.shape[-1] > _LONG:
        return fast_sum(x * y, (x.ndim - 1,), keepdims=True)
    return np.vecdot(x, y)[..., None]


def moments_of_channels(x):
    """Return the mean and the variance of each channel of (N, C, ...), both as (C, 1).

    Images in one pass: the variance is that within them plus that of their means.
    """
    if x.ndim == 2:
        return tuple(moment.T for moment in moments(x, (0,))[1:])
    images = by_channel(x)
    n = images.shape[2]
    means = np.empty((*images.shape[:2], 1), x.dtype)
    variances = np.empty_like(means)
    for block in blocks_of(images):
        means[block] = mean_over(images[block], (2,))
        deviation = images[block] - means[block]
        variances[block] = inner_products(deviation, deviation) / n
    deviation, mean, variance = moments(means, (0,))
    return mean[0], (variance + mean_over(variances, (0,)))[0]


def normalized_over_batch(x, weight, bias, mean, variance, eps):
    """Return `x` with mean 0 and variance 1 by channel, times `weight` (C,), plus `bias` (C,).

    Mean and variance are those of `moments_of_channels`, given for the kernel alone.
    """
    by_channel = (-1, *[1] * (x.ndim - 2))
    x = normalized(x, axis=tuple(i for i in range(x.ndim) if i != 1), eps=eps)
    if weight is not None:
        x = x * reshape(weight, by_channel)
    return x if bias is None else x + reshape(bias, by_channel)


# In blocks of images, with the moments that are known: 2.2 times as fast as the composition for
# images of 28 x 28, and 1.2 times for 64 rows of 128.
@kernel(normalized_over_batch, reads="x weight", name="batch_norm")
def batch_norm_of_channels(x, weight, bias, mean, variance, eps):
    images = by_channel(x)
    inverse_std = 1 / np.sqrt(variance + x.dtype.type(eps))
    scale = inverse_std if weight is None else inverse_std * weight[:, None]
    out = np.empty(x.shape, x.dtype)
    results = by_channel(out)
    for block in blocks_of(images):
        np.subtract(images[block], mean, out=results[block])
        results[block] *= scale
        if bias is not None:
            results[block] += bias[:, None]

    def sum_over_batch(g):
        return fast_sum(fast_sum(by_channel(g), (2,), keepdims=True), (0,))

    def slope(g):
        """Return the sum of `g` times the normalized `x`."""
        g = by_channel(g)
        sums = [inner_products(g[block], images[block] - mean) for block in blocks_of(images)]
        return fast_sum(np.concatenate(sums), (0,)) * inverse_std

    def rule_of_x(g):
        count = x.dtype.type(x.size // len(mean))
        by_x = slope(g) * inverse_std / -count
        shift = -sum_over_batch(g) / count - by_x * mean
        out = np.empty(x.shape, x.dtype)
        results = by_channel(out)
        g = by_channel(g)
        for block in blocks_of(images):
            np.multiply(images[block], by_x, out=results[block])
            results[block] += shift
            results[block] += g[block]
            results[block] *= scale
        return out

    return out, rule_of_x, lambda g: slope(g)[:, 0], lambda g: sum_over_batch(g)[:, 0]
