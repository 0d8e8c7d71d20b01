"""Convolution and pooling of images (N, C, H, W), sequences (N, C, L), or a single one, without N.

All look at it through windows, laid out side by side (`ops/windows.py`): then a convolution is a
matrix product and a pooling a reduction. What has two public functions, of sequences and of images,
is computed by one, for the axes behind the channels.
"""

import functools
import math

import numpy as np

from ...absent import refuse
from ...core.record import operation
from ...core.tensor import wrap
from ...kernels.convolution import convolution, plus_bias
from ...kernels.pooling import max_pooled
from ...ops import index_select, matmul, reshape, where
from ...ops.promotion import array_of_number
from ...ops.windows import fold, reduced_windows
from .checks import check_dtypes, check_floating, check_kind, check_tensors, check_usual

# -- Padding ---------------------------------------------------------------------------------------


def inner(g, shape, widths):
    """Return the gradient of what was padded, which had this shape."""
    return g[tuple([slice(b, b + n) for (b, _), n in zip(widths, shape, strict=True)])]


@operation(lambda g, x_shape, widths: inner(g, x_shape, widths))
def _padded(x, widths, value):
    return np.pad(x, widths, constant_values=value)


def pad(input, pad, mode="constant", value=None):
    """Add pad[0] and pad[1] elements of `value` (0) before and behind the last axis of `input`.

    pad[2] and pad[3] are for the axis before, and so on. Negative numbers cut off.
    With `mode="reflect"` the one, two or three axes behind the channels are continued by their
    mirror images. NotImplementedError for another mode, RuntimeError for a `pad` of odd length or
    too long, and for a `value` that the dtype cannot hold.
    """
    check_tensors("pad", input=input)
    if mode == "reflect":
        return _reflected(input, pad, value)
    if mode != "constant":
        refuse("pad", f"mode={mode!r}", "mode='constant' and 'reflect'")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise RuntimeError(
            f"pad(): {pad} must be pairs of numbers, at most one for each axis of {input.shape}"
        )
    widths = [(0, 0)] * (input.ndim - len(pad) // 2)
    widths += reversed(list(zip(pad[::2], pad[1::2], strict=True)))
    kept = []
    for n, (before, behind) in zip(input.shape, widths, strict=True):
        if n + min(0, before) + min(0, behind) < 0:
            raise RuntimeError(f"pad(): {pad} leaves less than nothing of {input.shape}")
        kept.append(slice(max(0, -before), n + min(0, behind)))
    added = tuple((max(0, before), max(0, behind)) for before, behind in widths)
    value = array_of_number("pad", value or 0, input.dtype)
    return _padded(input[tuple(kept)], widths=added, value=value)


def _reflected(input, pad, value):
    """Return `input` with its last axes continued by their mirror images."""
    axes = len(pad) // 2
    fits = len(pad) in (2, 4, 6) and input.ndim - axes in (1, 2)
    if value or not fits or input.dtype == bool:
        raise NotImplementedError(
            "pad(): mode='reflect' pads the axes behind the channels, without a value, not "
            f"{input.dtype} {input.shape} by {pad} with {value}"
        )
    for i, widths in enumerate(zip(pad[::2], pad[1::2], strict=True), 1):
        n = input.shape[-i]
        if min(widths) < 0 or max(widths) >= n:
            raise RuntimeError(f"pad(): {n} elements of {input.shape} reflect no {widths}")
        input = index_select(input, -i, wrap(np.pad(np.arange(n), widths, "reflect")))
    return input


# -- Arguments and windows -------------------------------------------------------------------------

_LEAST = {"padding": 0, "output_padding": 0, "output_size": 0}  # of the others, 1


def for_axes(name, axes, **options):
    """Return each option, an integer for all axes or one for each, as so many integers.

    TypeError unless they are integers, RuntimeError for another number and for too small ones.
    """
    given = {
        role: tuple(x) if isinstance(x, (tuple, list)) else (x,) for role, x in options.items()
    }
    for role, numbers in given.items():
        for number in numbers:
            check_kind(name, int, **{role: number})
    for role, numbers in given.items():
        least = _LEAST.get(role, 1)
        if len(numbers) not in (1, axes) or min(numbers) < least or max(numbers) >= 2**63:
            many = "an integer or two" if axes == 2 else "one integer"
            raise RuntimeError(
                f"{name}(): {role} must be {many}, at least {least}, not {options[role]}"
            )
    return [numbers if len(numbers) == axes else numbers * axes for numbers in given.values()]


def accepts_single(function):
    """Decorate a function of (N, C, ...), whose name ends with its axes, to take (C, ...), too."""
    name = function.__name__
    axes = int(name[-2])
    shape = ", ".join("C H W".split() if axes == 2 else "C L".split())

    @functools.wraps(function)
    def with_batch_axis(input, *args, **kwargs):
        check_tensors(name, input=input)
        if input.ndim not in (axes + 1, axes + 2):
            raise RuntimeError(
                f"{name}(): input must be (N, {shape}) or ({shape}), not {input.shape}"
            )
        if 0 in input.shape[-axes:]:
            raise RuntimeError(f"{name}(): what is in {input.shape} is empty")
        if input.ndim == axes + 2:
            return function(input, *args, **kwargs)
        return function(input.unsqueeze(0), *args, **kwargs).squeeze(0)

    return with_batch_axis


def windows_of(name, input, kernel, stride, dilation, pads):
    """Return where the windows lie, for `unfold`; RuntimeError if not even one fits."""
    lengths = zip(input.shape[2:], kernel, stride, dilation, pads, strict=True)
    positions = tuple((n + sum(p) - d * (k - 1) - 1) // s + 1 for n, k, s, d, p in lengths)
    if min(positions) < 1:
        raise RuntimeError(
            f"{name}(): a kernel of size {kernel} does not fit into the padded input of "
            f"{input.shape}"
        )
    return {
        "pads": pads,
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "positions": positions,
    }


# -- Convolution -----------------------------------------------------------------------------------


def kernel_and_outputs(name, input, weight, bias, groups, transposed):
    """Return the size of the kernel and the number of output channels.

    Raise an error unless the arguments of the convolution fit together.
    """
    check_tensors(name, weight=weight)
    if bias is not None:
        check_tensors(name, bias=bias)
    check_kind(name, int, groups=groups)
    check_dtypes(name, input, weight=weight, bias=bias)
    check_floating(name, input)
    needed = weight.shape if transposed else weight.shape[:1] + weight.shape[2:]
    if groups < 1 or 0 in needed:
        raise RuntimeError(
            f"{name}(): groups={groups} or a length of weight {weight.shape} is too small"
        )
    first = weight.shape[:1]
    second = tuple(n * groups for n in weight.shape[1:2])
    channels, outputs = (first, second) if transposed else (second, first)
    fits = weight.ndim == input.ndim and input.shape[1:2] == channels and not first[0] % groups
    bias_shape = None if bias is None else bias.shape
    if not fits or bias_shape not in (None, outputs):
        raise RuntimeError(
            f"{name}(): weight {weight.shape}, bias {bias_shape} and groups={groups} "
            f"do not fit the input {input.shape}"
        )
    return weight.shape[2:], outputs[0]


@accepts_single
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate `input` (N, C, L) with `weight` (O, C / groups, k), as `conv2d`: (N, O, L').

    >>> import minigrad as mg
    >>> conv1d(mg.tensor([[1.0, 2.0, 4.0, 8.0]]), mg.tensor([[[-1.0, 1.0]]]))
    tensor([[1., 2., 4.]])
    """
    return convolved("conv1d", input, weight, bias, groups, stride, padding, dilation)


@accepts_single
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate `input` (N, C, H, W) with `weight` (O, C / groups, kh, kw); add `bias` (O,).

    Return (N, O, H', W'), H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1; a
    padding of "valid" is 0, of "same" what keeps H' = H, for stride 1. RuntimeError for arguments
    that do not fit. Dumoulin and Visin 2016, chapter 2.
    """
    return convolved("conv2d", input, weight, bias, groups, stride, padding, dilation)


def convolved(name, input, weight, bias, groups, stride, padding, dilation):
    """Return the cross-correlation of `input` (N, C, ...) with `weight` (O, C / groups, ...)."""
    by_name = isinstance(padding, str)
    if by_name and padding not in ("valid", "same"):
        raise RuntimeError(f"{name}(): padding must be numbers, 'valid' or 'same', not {padding!r}")
    stride, dilation, numbers = for_axes(
        name, input.ndim - 2, stride=stride, dilation=dilation, padding=0 if by_name else padding
    )
    kernel, _ = kernel_and_outputs(name, input, weight, bias, groups, transposed=False)
    pads = tuple((n, n) for n in numbers)
    if padding == "same":
        if max(stride) != 1:
            raise RuntimeError(f"{name}(): padding='same' needs stride 1, not {stride}")
        totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        pads = tuple((n // 2, n - n // 2) for n in totals)
    windows = windows_of(name, input, kernel, stride, dilation, pads)
    return convolution(input, weight, bias, groups=groups, windows=windows)


def transposed_sizes(positions, kernel, stride, padding, dilation):
    """Return the lengths that a transposed convolution gives, without `output_padding`."""
    lengths = zip(positions, kernel, stride, padding, dilation, strict=True)
    return [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in lengths]


def output_padding_for(input, output_size, kernel_size, stride, padding, dilation):
    """Return the `output_padding` with which ConvTranspose2d gives this size.

    TypeError unless `output_size` is integers, ValueError unless it can be given.
    """
    name = "ConvTranspose2d"
    check_tensors(name, input=input)
    kernel, stride, padding, dilation = for_axes(
        name, 2, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    if not isinstance(output_size, (tuple, list)):
        raise TypeError(f"{name}: output_size must be a tuple of integers, not {output_size!r}")
    for length in output_size:
        check_kind(name, int, **{"a length of output_size": length})
    if input.ndim not in (3, 4) or len(output_size) not in (2, input.ndim):
        raise ValueError(
            f"{name}: output_size must be (H, W), or as long as the input's shape, (N, C, H, W) or "
            f"(C, H, W); it is {output_size} and the shape {input.shape}"
        )
    smallest = transposed_sizes(input.shape[-2:], kernel, stride, padding, dilation)
    added = [n - least for n, least in zip(output_size[-2:], smallest, strict=True)]
    if not all(0 <= e < s for e, s in zip(added, stride, strict=True)):
        largest = [n + s - 1 for n, s in zip(smallest, stride, strict=True)]
        raise ValueError(
            f"{name}: output_size {output_size} must lie between {smallest} and {largest}"
        )
    return added


@accepts_single
def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Apply the transpose of `conv2d` to `input` (N, C, H, W): return (N, O, H', W').

    `weight` is (C, O / groups, kh, kw), and H' = (H - 1) stride - 2 padding + dilation (kh - 1) +
    output_padding + 1. RuntimeError for arguments that do not fit and unless output_padding <
    max(stride, dilation). Dumoulin and Visin 2016, chapter 4.
    """
    name = "conv_transpose2d"
    stride, padding, extra, dilation = for_axes(
        name, 2, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    kernel, outputs = kernel_and_outputs(name, input, weight, bias, groups, transposed=True)
    batch, channels, *positions = input.shape
    smallest = transposed_sizes(positions, kernel, stride, padding, dilation)
    size = tuple(n + e for n, e in zip(smallest, extra, strict=True))
    too_much = any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True))
    if min(size) < 1 or too_much:
        raise RuntimeError(
            f"{name}(): padding {padding} or output_padding {extra} too large, size {size}"
        )
    windows = {
        "pads": tuple((p, p) for p in padding),
        "kernel": kernel,
        "stride": stride,
        "dilation": dilation,
        "positions": tuple(positions),
    }
    x = reshape(input, (batch, groups, channels // groups, math.prod(positions)))
    w = reshape(weight, (groups, channels // groups, -1)).transpose(1, 2)
    columns = reshape(matmul(w, x), (batch, outputs, *kernel, *positions))
    return plus_bias(fold(columns, size=size, windows=windows), bias)


# -- Pooling ---------------------------------------------------------------------------------------


def pooling_windows(name, input, kernel_size, stride, padding, dilation=1, ceil_mode=False):
    """Return where the windows of a pooling lie."""
    check_floating(name, input)
    check_kind(name, bool, ceil_mode=ceil_mode)
    stride = kernel_size if stride is None else stride
    options = {"kernel_size": kernel_size, "stride": stride}
    options |= {"padding": padding, "dilation": dilation}
    kernel, stride, padding, dilation = for_axes(name, input.ndim - 2, **options)
    if not input.shape[1]:
        raise RuntimeError(f"{name}(): what is in {input.shape} has no channels")
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(
            f"{name}(): padding {padding} may be at most half of the kernel {kernel}"
        )
    pads = tuple((p, p) for p in padding)
    if ceil_mode:
        lengths = zip(input.shape[2:], kernel, stride, dilation, padding, strict=True)
        pads = tuple(
            (p, p + overhang(n + 2 * p, d * (k - 1) + 1, s, n + p)) for n, k, s, d, p in lengths
        )
    return windows_of(name, input, kernel, stride, dilation, pads)


def overhang(length, window, stride, end):
    """Return by how much one more window overhangs, or 0 where it would begin at `end` or later.

    `end` is where the image, behind its first padding, ends.
    """
    windows = -((window - length) // stride)
    return max(0, window + windows * stride - length) if windows * stride < end else 0


@accepts_single
def max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Return the largest value in each window of sequences (N, C, L), as `max_pool2d`."""
    return largest(
        "max_pool1d", input, return_indices, kernel_size, stride, padding, dilation, ceil_mode
    )


@accepts_single
def max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Return the largest value in each window of `input` (N, C, H, W): (N, C, H', W').

    H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1. `stride` is
    `kernel_size` unless given, the `padding` at most half of it. With `ceil_mode` a last window may
    overhang. Of equal values the first gets the gradient. RuntimeError for arguments that do not
    fit, NotImplementedError for `return_indices` and an input that is not floating.

    >>> import minigrad as mg
    >>> max_pool2d(mg.tensor([[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]]), 2)
    tensor([[[8., 6.]]])
    """
    return largest(
        "max_pool2d", input, return_indices, kernel_size, stride, padding, dilation, ceil_mode
    )


def largest(name, input, return_indices, *options):
    """Return the largest value in each window that the options describe."""
    check_usual(name, return_indices=(return_indices, False))
    return max_pooled(input, windows=pooling_windows(name, input, *options))


@accepts_single
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Return the mean of each window of sequences (N, C, L), as `avg_pool2d`."""
    return means("avg_pool1d", input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@accepts_single
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
    divisor_override=None
):  # fmt: skip
    """Return the mean of each window of `input` (N, C, H, W): (N, C, H', W').

    H' and the errors are those of `max_pool2d`, without dilation. `stride` is `kernel_size` unless
    given. The padding counts as zeros or, unless `count_include_pad`, not at all. With `ceil_mode`
    a last window may overhang. The sums are divided by `divisor_override` if it is given.

    >>> import minigrad as mg
    >>> avg_pool2d(mg.tensor([[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]]), 2)
    tensor([[[4.5000, 4.5000]]])
    """
    options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return means("avg_pool2d", input, *options)


def means(
    name, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override=None
):
    """Return the mean of each window of (N, C, ...)."""

    def summed(x, padding):
        windows = pooling_windows(name, x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        return reduced_windows(x, lambda x: x.sum(2), 0, windows)

    check_kind(name, bool, count_include_pad=count_include_pad)
    sums = summed(input, padding)
    kernel, added = for_axes(name, input.ndim - 2, kernel_size=kernel_size, padding=padding)
    if divisor_override is not None:
        check_kind(name, int, divisor_override=divisor_override)
        if divisor_override == 0:
            raise RuntimeError(f"{name}(): divisor_override must not be 0")
        return sums / divisor_override
    if not ceil_mode and (count_include_pad or not any(added)):
        return sums / math.prod(kernel)  # every window has as many: nothing to count
    counted = wrap(np.ones((1, 1, *input.shape[2:]), input.dtype))
    if count_include_pad:
        counted = pad(counted, [n for n in reversed(added) for _ in range(2)], value=1)
        padding = 0
    counts = summed(counted, padding)
    return sums / counts[(..., *map(slice, sums.shape[2:]))]


@accepts_single
def adaptive_avg_pool1d(input, output_size):
    """Return the means of `output_size` windows of nearly equal size, which cover the sequence.

    From (N, C, L) to (N, C, output_size). RuntimeError for a negative one.
    """
    return adaptive_means("adaptive_avg_pool1d", input, output_size)


@accepts_single
def adaptive_avg_pool2d(input, output_size):
    """Return the means of windows of nearly equal size, `output_size` of them along each axis.

    The windows cover the image: from (N, C, H, W) to (N, C, *output_size). That is one length or
    two, of which None keeps that of the image. RuntimeError for a negative one.
    """
    return adaptive_means("adaptive_avg_pool2d", input, output_size)


def adaptive_means(name, input, output_size):
    """Return the means of windows of nearly equal size along the last axis, or the last two."""
    check_floating(name, input)
    lengths = input.shape[2:]
    if isinstance(output_size, (tuple, list)):
        if len(output_size) != len(lengths):
            raise RuntimeError(
                f"{name}(): output_size must be an integer, or one for each of {lengths}, not "
                f"{output_size}"
            )
        if len(lengths) > 1:
            output_size = [n if m is None else m for n, m in zip(lengths, output_size, strict=True)]
    (sizes,) = for_axes(name, len(lengths), output_size=output_size)
    if 0 in input.shape[1:]:
        raise RuntimeError(f"{name}(): {input.shape} has no elements to take means of")
    total = input
    counts = np.ones((), input.dtype)
    for axis, m in enumerate(sizes, 2):
        total, added = sums_of_windows(total, axis, m)
        counts = counts[..., None] * added.astype(input.dtype)
    return total / wrap(counts)


def sums_of_windows(input, axis, m):
    """Return the sums of m windows along an axis of n elements, and the windows' lengths.

    Window i has the elements from floor(i n / m) up to ceil((i + 1) n / m).
    """
    n = input.shape[axis]
    i = np.arange(m)
    starts = i * n // m
    lengths = -((i + 1) * n // -m) - starts
    steps = np.arange(lengths.max(initial=0))
    places = np.minimum(starts[:, None] + steps, n - 1)  # (m, the greatest length)
    inside = (steps < lengths[:, None]).reshape(*places.shape, *[1] * (input.ndim - axis - 1))
    x = index_select(input, axis, wrap(places.ravel()))
    x = reshape(x, (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]))
    return where(wrap(inside), x, 0.0).sum(axis + 1), lengths
