"""Convolution as products of matrices, in blocks of images that stay in the cache."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..ops import matmul, reshape
from ..ops.windows import fold, unfold
from . import kernel
from .dense import fast_sum


def plus_bias(out, bias):
    """Add the bias (O,), where given, to each channel of `out` (N, O, ...)."""
    return out if bias is None else out + reshape(bias, (-1, *[1] * (out.ndim - 2)))


def correlation(x, weight, bias, groups, windows):
    """Cross-correlate `x` (N, C, ...) with `weight` (O, C / groups, ...), and add `bias` (O,)."""
    batch = len(x)
    outputs = len(weight)
    taps = math.prod(weight.shape[1:])
    columns = unfold(x, fill=0, windows=windows)  # (N, C, kh, kw, H', W')
    columns = reshape(columns, (batch, groups, taps, math.prod(windows["positions"])))
    rows = reshape(weight, (groups, outputs // groups, taps))
    out = matmul(rows, columns)  # (N, G, O / G, H' * W')
    return plus_bias(reshape(out, (batch, outputs, *windows["positions"])), bias)


# In blocks, with windows laid out in long stretches, and with the gradient of the input as another
# convolution: 1.4 to 1.7 times as fast as the composition for 8 to 32 channels.
@kernel(correlation, reads="x weight")
def convolution(x, weight, bias, groups, windows):
    images = x
    shape = weight.shape
    if x.ndim == 3:  # a sequence is an image of one row
        images = x[:, :, None]
        shape = (*shape[:2], 1, *shape[2:])
        windows = {name: (_OF_ONE_ROW[name], *windows[name]) for name in windows}
    weights = weight.reshape(groups, len(weight) // groups, *shape[1:])
    out = correlated(images, weights, bias, windows)

    def as_images(g):
        return g.reshape(len(g), len(weight), *windows["positions"])

    return (
        out.reshape(*out.shape[:2], *out.shape[6 - x.ndim :]),
        lambda g: gradient_of_images(as_images(g), images, weights, windows).reshape(x.shape),
        lambda g: gradient_of_weights(as_images(g), images, weights, windows).reshape(weight.shape),
        lambda g: fast_sum(fast_sum(g, tuple(range(2, x.ndim))), (0,)),
    )


_OF_ONE_ROW = {"pads": (0, 0), "kernel": 1, "stride": 1, "dilation": 1, "positions": 1}


_BLOCK = 2**16  # elements of the columns that are laid out together, unless one image has more


class Columns:
    """What the windows see of images, each in a column, for one block of images at a time.

    An image lies in one stretch of memory, with zeros around it and between its rows. So what all
    windows see through one element of the kernel is a stretch, too, if they move by 1, and is
    copied as such. It contains also what windows see that begin in the zeros between the rows: of
    the results, these are cut off. An `exact` layout has none of them.
    """

    def __init__(self, x, groups, pads, kernel, stride, dilation, positions, exact=False):
        batch, channels, height, width = x.shape
        pitch = max(width + max(pads[1]), positions[1])  # from row to row
        across = positions[1] if exact or max(stride) > 1 else pitch  # windows of a row
        taps = channels * math.prod(kernel)
        step = max(1, min(batch, _BLOCK // max(1, taps * positions[0] * across)))
        self.blocks = [slice(i, i + step) for i in range(0, max(1, batch), step)]
        start = pads[0][0] * pitch + pads[1][0]
        end = start + height * pitch
        below, right = (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
        last = ((positions[0] - 1) * stride[0] + below) * pitch + (across - 1) * stride[1] + right
        stretch = np.zeros((step, channels, max(end, last + 1)), x.dtype)
        self.x = x
        self.images = stretch[..., start:end].reshape(step, channels, height, pitch)[..., :width]
        to_image, to_channel, unit = stretch.strides
        down, along = dilation[0] * pitch * unit, dilation[1] * unit
        moves = stride[0] * pitch * unit, stride[1] * unit
        shape = (step, channels, *kernel, positions[0], across)
        self.seen = as_strided(stretch, shape, (to_image, to_channel, down, along, *moves))
        self.laid_out = np.empty(shape, x.dtype)
        self.matrices = self.laid_out.reshape(step, groups, taps // groups, positions[0] * across)
        self.positions = positions
        self.across = across

    def of(self, block):
        """Return the columns (n, G, taps, windows) of the images in this slice of the batch."""
        images = self.x[block]
        n = len(images)
        self.images[:n] = images
        self.laid_out[:n] = self.seen[:n]
        return self.matrices[:n]

    def results(self, outputs):
        """Return zeros (n, G, O / G, windows) for a block, and the (n, O, H', W') in it."""
        step, groups, _, windows = self.matrices.shape
        out = np.zeros((step, groups, outputs // groups, windows), self.x.dtype)
        rows = out.reshape(step, outputs, self.positions[0], self.across)
        return out, rows[..., : self.positions[1]]


def correlated(x, weights, bias, windows):
    """Cross-correlate `x` (N, C, H, W) with `weights` (G, O / G, C / G, kh, kw)."""
    groups, outputs = weights.shape[:2]
    bias = 0 if bias is None else bias[:, None, None]
    columns = Columns(x, groups, **windows)
    rows = weights.reshape(groups, outputs, math.prod(weights.shape[2:]))
    products, inner = columns.results(groups * outputs)
    out = np.empty((len(x), groups * outputs, *windows["positions"]), x.dtype)
    for block in columns.blocks:
        laid_out = columns.of(block)
        n = len(laid_out)
        np.matmul(rows, laid_out, out=products[:n])
        np.add(inner[:n], bias, out=out[block])
    return out


def gradient_of_weights(g, x, weights, windows, exact=False):
    """Return the gradient of `weights`, for the gradient `g` (N, O, H', W') of the result."""
    columns = Columns(x, len(weights), **windows, exact=exact)
    gradients, inner = columns.results(g.shape[1])

    def of_block(block):
        laid_out = columns.of(block)
        n = len(laid_out)
        inner[:n] = g[block]
        return fast_sum(np.matmul(laid_out, gradients[:n].mT), (0,))

    out = total(of_block, columns.blocks)  # (G, taps, O / G)
    out = np.ascontiguousarray(out.mT).reshape(weights.shape)
    if not exact and not np.isfinite(out).all():  # perhaps an infinity met a zero beside a row
        return gradient_of_weights(g, x, weights, windows, exact=True)
    return out


def total(function, blocks):
    """Return the sum of a function of blocks, by halves: its error grows with log(their number)."""
    if len(blocks) == 1:
        return function(blocks[0])
    half = len(blocks) // 2
    return total(function, blocks[:half]) + total(function, blocks[half:])


def gradient_of_images(g, x, weights, windows):
    """Return the gradient of `x`, for the gradient `g` of the result."""
    groups, outputs, _, *kernel = weights.shape
    reach = [d * (k - 1) for d, k in zip(windows["dilation"], kernel, strict=True)]
    pads = tuple((r - a, r - b) for r, (a, b) in zip(reach, windows["pads"], strict=True))
    is_convolution = max(windows["stride"]) == 1 and min(map(min, pads)) >= 0
    if is_convolution and np.isfinite(weights).all():  # an infinity would meet zeros around `g`
        turned = weights[..., ::-1, ::-1].swapaxes(1, 2)
        size = {"pads": pads, "positions": x.shape[2:]}
        return correlated(g, turned, None, {**windows, **size})
    columns = weights.reshape(groups, outputs, math.prod(weights.shape[2:])).mT
    columns = np.matmul(columns, g.reshape(len(g), groups, outputs, math.prod(g.shape[2:])))
    columns = columns.reshape(*x.shape[:2], *kernel, *windows["positions"])
    return fold(columns, size=x.shape[2:], windows=windows)
