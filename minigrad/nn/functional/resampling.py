"""Images of another size: interpolation, and channels that become pixels."""

import math

import numpy as np

from ...absent import refuse
from ...core.tensor import wrap
from ...ops import clone, index_select, permute, reshape
from .checks import check_floating, check_kind, check_tensors, check_usual

MODES = {"nearest": (3, 4), "linear": (3,), "bilinear": (4,)}  # the numbers of axes


def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None, antialias=False
):  # fmt: skip
    """Resample `input` (N, C, ...) to `size`, or to its own lengths times `scale_factor`.

    Either is a number, or one for each axis after the channels. `mode` is "nearest", or weights the
    neighbours by their distance: "linear" for (N, C, L), "bilinear" for images; with
    `align_corners` the outermost elements stay where they are. With
    `recompute_scale_factor` the distances follow from the lengths, not from `scale_factor`.
    NotImplementedError for other modes and `antialias`, ValueError unless exactly one of size and
    scale is given and fits, RuntimeError for lengths below 1.

    >>> import minigrad as mg
    >>> interpolate(mg.tensor([[[0.0, 4.0]]]), 4, mode="linear")
    tensor([[[0., 1., 3., 4.]]])
    """
    check_mode(input, mode, align_corners, antialias)
    sizes, ratios = sizes_and_ratios(input, size, scale_factor, recompute_scale_factor)
    x = input
    for axis, (m, ratio) in enumerate(zip(sizes, ratios, strict=True), 2):
        n = input.shape[axis]
        if mode == "nearest":
            places = nearest_places(n, m, ratio, is_image=input.ndim == 4)
            x = index_select(x, axis, wrap(places))
        elif m != n:  # what keeps its length is copied, whatever scale_factor was
            before, behind, share = neighbours(n, m, ratio, align_corners)
            share = wrap(share.astype(x.dtype).reshape(m, *[1] * (x.ndim - axis - 1)))
            near = index_select(x, axis, wrap(before)) * (1 - share)
            x = near + index_select(x, axis, wrap(behind)) * share
    return clone(x) if x is input else x


def check_mode(input, mode, align_corners, antialias):
    """Raise an error unless the mode is one that `interpolate` has for this input."""
    check_tensors("interpolate", input=input)
    if isinstance(mode, str) and mode.startswith("nearest") and align_corners is not None:
        raise ValueError(f"interpolate(): align_corners has no meaning with mode={mode!r}")
    check_usual("interpolate", antialias=(antialias, False))
    if not isinstance(mode, str) or input.ndim not in MODES.get(mode, ()):
        here = f"modes and the numbers of axes are {MODES}"
        refuse("interpolate", f"mode={mode!r} for an input {input.shape}", here)
    if align_corners is not None:
        check_kind("interpolate", bool, align_corners=align_corners)
    check_floating("interpolate", input)


def sizes_and_ratios(input, size, scale_factor, recompute_scale_factor):
    """Return the new lengths, and for each how far apart in the input its places are."""
    lengths = input.shape[2:]
    given = scale_factor if size is None else size
    if given is None or (size is not None and (scale_factor is not None or recompute_scale_factor)):
        raise ValueError("interpolate(): give either size, alone, or scale_factor")
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * len(lengths)
    if len(given) != len(lengths):
        raise ValueError(f"interpolate(): {given} must have a number for each of {lengths}")
    for number in given:
        check_kind("interpolate", float if size is None else int, size_or_scale=number)
    new = [n * s for n, s in zip(lengths, given, strict=True)] if size is None else given
    if not all(1 <= m < 2**31 for m in new) or 0 in input.shape[1:]:
        raise RuntimeError(f"interpolate(): cannot resample {input.shape} to lengths {tuple(new)}")
    sizes = [math.floor(m) for m in new]
    if size is None and not recompute_scale_factor:
        return sizes, [1 / s for s in given]
    return sizes, [n / m for n, m in zip(lengths, sizes, strict=True)]


def nearest_places(n, m, ratio, is_image):
    """Return which of n elements stands at each of m places."""
    if is_image and m in (n, 2 * n):  # as PyTorch: whatever scale_factor was
        return np.arange(m) * n // m
    places = (np.arange(m, dtype=np.float32) * np.float32(ratio)).astype(np.int64)
    return np.minimum(places, n - 1)


def neighbours(n, m, ratio, align_corners):
    """Return the elements before and behind each of m places among n, and the latter's share."""
    i = np.arange(m)
    places = np.maximum((i + 0.5) * ratio - 0.5, 0)
    if align_corners:
        places = i * ((n - 1) / max(m - 1, 1))
    before = np.minimum(places.astype(np.int64), n - 1)
    return before, np.minimum(before + 1, n - 1), places - before


def pixel_shuffle(input, upscale_factor):
    """Make r * r channels the pixels of one: from (..., C r^2, H, W) to (..., C, H r, W r).

    RuntimeError unless the number of channels can be divided so. Shi et al. 2016, equation 4.
    """
    check_tensors("pixel_shuffle", input=input)
    check_kind("pixel_shuffle", int, upscale_factor=upscale_factor)
    r = upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % r**2:
        raise RuntimeError(f"pixel_shuffle(): {input.shape} does not fit upscale_factor={r}")
    *leading, channels, height, width = input.shape
    channels //= r**2
    c = len(leading)
    x = reshape(input, (*leading, channels, r, r, height, width))
    x = permute(x, (*range(c), c, c + 3, c + 1, c + 4, c + 2))
    return reshape(x, (*leading, channels, height * r, width * r))
