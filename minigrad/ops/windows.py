"""Windows of an image or sequence: laid out side by side (`unfold`), and added up again (`fold`).

`unfold` lays out the windows that a convolution or a pooling reads; `fold`, its transpose, adds
windows up to an image. Each is the other's gradient rule, so both are differentiable to any order.
`windows` describes them: a dictionary of pads, kernel, stride, dilation and positions, each with
an entry for every axis behind the channels.
"""

import math

import numpy as np

from ..core.record import operation
from .shape import reshape


def taps(kernel, stride, dilation, positions, pads=None):
    """Yield the index of each kernel element, and that of the padded image's elements it meets."""
    for tap in np.ndindex(*kernel):
        steps = zip(tap, dilation, stride, positions, strict=True)
        places = [slice(t * d, t * d + s * n, s) for t, d, s, n in steps]
        yield (..., *tap, *[slice(None)] * len(tap)), (..., *places)


@operation(lambda g, x_shape, windows: fold(g, size=x_shape[2:], windows=windows))
def unfold(x, fill, windows):
    """Lay out (N, C, H, W), padded with `fill`, as (N, C, kh, kw, oh, ow)."""
    padded = padded_with(fill, x, windows["pads"])
    out = np.empty((*x.shape[:2], *windows["kernel"], *windows["positions"]), x.dtype)
    for tap, places in taps(**windows):
        out[tap] = padded[places]
    return out


@operation(lambda g, windows: unfold(g, fill=0, windows=windows))
def fold(x, size, windows):
    """Add up (N, C, kh, kw, oh, ow) to (N, C, *size), without the padding."""
    padded = padded_zeros((*x.shape[:2], *size), windows["pads"], x.dtype)
    for tap, places in taps(**windows):
        padded[places] += x[tap]
    return without_padding(padded, size, windows["pads"])


def reduced_windows(input, reduce, fill, windows):
    """Reduce each window to a number: (N, C, H, W) to (N, C, oh, ow)."""
    columns = unfold(input, fill=fill, windows=windows)
    shape = (*input.shape[:2], math.prod(windows["kernel"]), *windows["positions"])
    return reduce(reshape(columns, shape))


def padded_with(fill, x, pads):
    """Return the images `x` with a border of `fill`."""
    return np.pad(x, ((0, 0), (0, 0), *pads), constant_values=fill) if any(map(any, pads)) else x


def padded_zeros(shape, pads, dtype):
    """Return zeros for images of `shape` and their padding."""
    lengths = [n + sum(p) for n, p in zip(shape[2:], pads, strict=True)]
    return np.zeros((*shape[:2], *lengths), dtype)


def without_padding(padded, size, pads):
    """Return the part of the padded images that is no padding."""
    inner = [slice(start, start + n) for n, (start, _) in zip(size, pads, strict=True)]
    return padded[(..., *inner)]
