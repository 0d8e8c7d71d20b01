"""The maximum of each window of an image."""

import functools

import numpy as np

from .. import ops
from ..core.tensor import wrap
from ..ops.windows import padded_with, padded_zeros, reduced_windows, taps, without_padding
from . import kernel
from .dense import kept_bits


def largest_of_windows(x, windows):
    """Return the maximum of each window, (N, C, oh, ow), of `x`, (N, C, H, W).

    Of equal numbers the first gets the gradient, of NaNs the last.
    """

    def largest(columns):
        values = columns._array  # (N, C, kh * kw, oh, ow)
        winner = values.argmax(2)
        lowest = (values == -np.inf).all(2)  # as the padding is, which never wins
        winner = np.where(lowest, _first_inside(**windows), winner)
        nans = np.isnan(values)
        last_nan = values.shape[2] - 1 - nans[:, :, ::-1].argmax(2)
        winner = np.where(nans.any(2), last_nan, winner)
        return ops.squeeze(ops.gather(columns, 2, wrap(winner[:, :, None])), 2)

    return reduced_windows(x, largest, -np.inf, windows)


# No windows laid out: 3 times as fast as the composition, 8 times if they tile the image.
@kernel(largest_of_windows, reads="x", name="max_pool2d")
def max_pooled(x, windows):
    """Return the same as `largest_of_windows`."""
    if tile(**windows):
        out, rule = largest_of_tiles(x, windows["kernel"], windows["positions"])
        if not np.isnan(out.min(initial=np.inf)):
            return out, rule
    return largest_tap_by_tap(x, windows)


def tile(pads, kernel, stride, dilation, positions):
    """Return whether the windows lie side by side, inside the image, and have several elements."""
    return stride == kernel and max(kernel) > 1 == max(dilation) and not any(map(any, pads))


def largest_of_tiles(x, kernel, positions):
    """Return the maxima without NaN, and the rule: along the last axis first, as ties are decided.

    The first maximum in the order of rows is the first of its row, in the first row that has one.
    """
    axes = [axis for axis, size in enumerate(kernel) if size > 1]
    stages = [x]  # the maxima over the last axes, without the result, which may be overwritten
    for axis in reversed(axes):
        out = largest_along(axis, stages[-1], kernel, positions)
        stages.append(out)
    stages.pop()

    def rule(g):
        largest = largest_along(axes[0], stages[-1], kernel, positions)
        for axis, values in zip(axes, reversed(stages), strict=True):
            g = given_to_first(g, values, largest, axis, kernel, positions)
            largest = values
        return g

    return out, rule


def along(axis, x, kernel, positions):
    """Return the first elements of all windows along an axis of the image, the second, ..."""
    step = kernel[axis]
    end = step * positions[axis]
    return [x[(slice(None),) * (axis + 2) + (slice(i, end, step),)] for i in range(step)]


def largest_along(axis, x, kernel, positions):
    return functools.reduce(larger, along(axis, x, kernel, positions))


def larger(x, y, **options):
    """Return the maximum in the order of rows; of 0.0 and -0.0, which are equal, `x`."""
    return np.maximum(y, x, order="C", **options)  # NumPy takes its second


def given_to_first(g, values, largest, axis, kernel, positions):
    """Return the gradient of `values`: `g` for the first of each window that is the largest.

    What is left goes from one to the next, as whole numbers: so infinities need no care.
    """
    whole = values.shape[axis + 2] == kernel[axis] * positions[axis]
    out = (np.empty if whole else np.zeros)(values.shape, values.dtype)
    bits = f"i{values.itemsize}"
    parts = along(axis, values, kernel, positions)
    targets = along(axis, out.view(bits), kernel, positions)
    left = g.view(bits)
    for value, target, following in zip(parts, targets, targets[1:], strict=False):
        np.multiply(left, value != largest, out=following)
        np.subtract(left, following, out=target)
        left = following
    return out


def largest_tap_by_tap(x, windows):
    """Return the maxima, and the rule."""
    padded = padded_with(-np.inf, x, windows["pads"])
    shape = (*x.shape[:2], *windows["positions"])
    winner = np.broadcast_to(_first_inside(**windows), shape).copy()  # the tap of the maximum
    out = np.full(shape, -np.inf, x.dtype)
    for i, (_, places) in enumerate(taps(**windows)):
        challenger = padded[places]
        np.copyto(winner, i, where=challenger > out)
        larger(out, challenger, out=out)
    if np.isnan(out).any():  # of several, the last
        for i, (_, places) in enumerate(taps(**windows)):
            np.copyto(winner, i, where=np.isnan(padded[places]))

    def rule(g):
        padded = padded_zeros(x.shape, windows["pads"], g.dtype)
        for i, (_, places) in enumerate(taps(**windows)):
            padded[places] += kept_bits(winner == i, g)
        return without_padding(padded, x.shape[2:], windows["pads"])

    return out, rule


def _first_inside(pads, kernel, stride, dilation, positions):
    """Return, for each window, the first of its taps that does not lie in the padding."""
    lengths = zip(pads, stride, dilation, positions, strict=True)
    place = np.zeros((), int)
    for size, ((before, _), s, d, n) in zip(kernel, lengths, strict=True):
        place = place[..., None] * size + np.maximum(0, -((np.arange(n) * s - before) // d))
    return place
