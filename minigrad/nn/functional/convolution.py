"""Convolution and pooling of images (N, C, H, W), or of a single one (C, H, W).

All look at an image through windows: `_unfold` lays them out side by side, after which a convolution is a matrix
product and a pooling a reduction; `_fold`, its transpose, adds windows up to an image. Each of the two is the other's
gradient rule, which makes these functions differentiable to any order.
"""

import functools
import math

import numpy as np

from ...autograd.graph import operation
from ...ops import matmul, reshape
from ...ops import max as max_along
from ...ops.elementwise import only_where
from ...tensor import wrap
from .checks import check_dtypes, check_floating, check_kind, check_tensors


def _taps(kernel, stride, dilation, positions):
    """For each element of the kernel, its place and those of the image it meets as the kernel moves."""
    for tap in np.ndindex(*kernel):
        steps = zip(tap, dilation, stride, positions, strict=True)
        yield ((..., *tap, slice(None), slice(None)), (..., *[slice(t * d, t * d + s * n, s) for t, d, s, n in steps]))


@operation(lambda g, _out, _x, pads, fill, **windows: _fold(g, size=_x.shape[2:], pads=pads, **windows))
def _unfold(x, pads, fill, kernel, stride, dilation, positions):
    """(N, C, H, W), padded with `fill`, to (N, C, kh, kw, oh, ow)."""
    padded = _padded_with(fill, x, pads)
    out = np.empty((*x.shape[:2], *kernel, *positions), x.dtype)
    for tap, places in _taps(kernel, stride, dilation, positions):
        out[tap] = padded[places]
    return out


@operation(lambda g, _out, _x, size, pads, **windows: _unfold(g, pads=pads, fill=0, **windows))
def _fold(x, size, pads, kernel, stride, dilation, positions):
    """(N, C, kh, kw, oh, ow) to (N, C, *size): what lies in the padding is dropped."""
    padded = _padded_zeros((*x.shape[:2], *size), pads, x.dtype)
    for tap, places in _taps(kernel, stride, dilation, positions):
        padded[places] += x[tap]
    return _without_padding(padded, size, pads)


def _padded_with(fill, x, pads):
    return np.pad(x, ((0, 0), (0, 0), *pads), constant_values=fill) if any(map(any, pads)) else x


def _padded_zeros(shape, pads, dtype):
    return np.zeros((*shape[:2], *[n + sum(p) for n, p in zip(shape[2:], pads, strict=True)]), dtype)


def _without_padding(padded, size, pads):
    return padded[(..., *[slice(start, start + n) for n, (start, _) in zip(size, pads, strict=True)])]


@operation(
    lambda g, _out, _x, widths, value: g[tuple([slice(b, b + n) for (b, _), n in zip(widths, _x.shape, strict=True)])]
)
def _padded(x, widths, value):
    return np.pad(x, widths, constant_values=value)


def pad(input, pad, mode="constant", value=None):
    """`input` with pad[0] and pad[1] elements of `value` (0) before and behind its last axis, then the one before, ...

    Negative numbers cut off. NotImplementedError for another mode, RuntimeError for a `pad` of odd length or too long.
    """
    check_tensors("pad", input=input)
    if mode != "constant":
        raise NotImplementedError(f"pad(): mode must be 'constant', not {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise RuntimeError(f"pad(): {pad} must be pairs of numbers, at most one for each axis of {input.shape}")
    widths = [(0, 0)] * (input.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    if any(n + before + behind < 0 for n, (before, behind) in zip(input.shape, widths, strict=True)):
        raise RuntimeError(f"pad(): {pad} leaves less than nothing of {input.shape}")
    cuts = zip(input.shape, widths, strict=True)
    input = input[tuple(slice(max(0, -before), n + min(0, behind)) for n, (before, behind) in cuts)]
    return _padded(input, widths=tuple((max(0, b), max(0, e)) for b, e in widths), value=value or 0)


_LEAST = {"padding": 0, "output_padding": 0, "output_size": 0}  # of the others, 1


def pairs(name, **options):
    """Each option, an integer for both axes or one for each, as two integers.

    TypeError for what is no integer, RuntimeError for more than two and for what is too small.
    """
    given = {role: tuple(x) if isinstance(x, (tuple, list)) else (x,) for role, x in options.items()}
    for role, numbers in given.items():
        for number in numbers:
            check_kind(name, int, **{role: number})
    for role, numbers in given.items():
        least = _LEAST.get(role, 1)
        if len(numbers) not in (1, 2) or min(numbers) < least or max(numbers) >= 2**63:
            raise RuntimeError(f"{name}(): {role} must be an integer or two, at least {least}, not {options[role]}")
    return [numbers if len(numbers) == 2 else numbers * 2 for numbers in given.values()]


def _of_batches(function):
    """The function of (N, C, H, W), for a single (C, H, W) too."""
    name = function.__name__

    @functools.wraps(function)
    def of_images(input, *args, **kwargs):
        check_tensors(name, input=input)
        if input.ndim not in (3, 4):
            raise RuntimeError(f"{name}(): input must be (N, C, H, W) or (C, H, W), not {input.shape}")
        if 0 in input.shape[-2:]:
            raise RuntimeError(f"{name}(): the images of {input.shape} are empty")
        out = function(input if input.ndim == 4 else input.unsqueeze(0), *args, **kwargs)
        return out if input.ndim == 4 else out.squeeze(0)

    return of_images


def _windows(name, input, kernel, stride, dilation, pads):
    """The keywords of `_unfold` that say where the windows lie; RuntimeError if not even one fits."""
    lengths = zip(input.shape[2:], kernel, stride, dilation, pads, strict=True)
    positions = tuple((n + sum(p) - d * (k - 1) - 1) // s + 1 for n, k, s, d, p in lengths)
    if min(positions) < 1:
        raise RuntimeError(f"{name}(): a kernel of size {kernel} does not fit into the padded input of {input.shape}")
    return {"pads": pads, "kernel": kernel, "stride": stride, "dilation": dilation, "positions": positions}


def _convolving(name, input, weight, bias, groups, transposed):
    """The kernel and the number of channels that come out, when the arguments fit together."""
    check_tensors(name, weight=weight)
    if bias is not None:
        check_tensors(name, bias=bias)
    check_kind(name, int, groups=groups)
    check_dtypes(name, input, weight=weight, bias=bias)
    check_floating(name, input)
    needed = weight.shape if transposed else weight.shape[:1] + weight.shape[2:]
    if groups < 1 or 0 in needed:
        raise RuntimeError(f"{name}(): groups={groups} or a length of weight {weight.shape} is too small")
    first, second = weight.shape[:1], tuple(n * groups for n in weight.shape[1:2])
    channels, outputs = (first, second) if transposed else (second, first)
    fits = weight.ndim == 4 and input.shape[1:2] == channels and not first[0] % groups
    if not fits or (bias is not None and bias.shape != outputs):
        given = f"weight {weight.shape}, bias {None if bias is None else bias.shape} and groups={groups}"
        raise RuntimeError(f"{name}(): {given} do not fit the input {input.shape}")
    return weight.shape[2:], outputs[0]


@_of_batches
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate `input` (N, C, H, W) with `weight` (O, C / groups, kh, kw) and add `bias` (O,).

    Gives (N, O, H', W'), H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1; a padding of "valid" is 0,
    of "same" what keeps H' = H, for stride 1. RuntimeError for what does not fit. Dumoulin and Visin 2016, chapter 2.
    """
    named = isinstance(padding, str)
    if named and padding not in ("valid", "same"):
        raise RuntimeError(f"conv2d(): padding must be numbers, 'valid' or 'same', not {padding!r}")
    stride, dilation, numbers = pairs("conv2d", stride=stride, dilation=dilation, padding=0 if named else padding)
    kernel, outputs = _convolving("conv2d", input, weight, bias, groups, transposed=False)
    pads = tuple((n, n) for n in numbers)
    if padding == "same":
        if stride != (1, 1):
            raise RuntimeError(f"conv2d(): padding='same' needs stride 1, not {stride}")
        totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        pads = tuple((n // 2, n - n // 2) for n in totals)
    windows = _windows("conv2d", input, kernel, stride, dilation, pads)
    columns = _unfold(input, fill=0, **windows)  # (N, C, kh, kw, oh, ow)
    taps = math.prod(weight.shape[1:])
    columns = reshape(columns, (len(input), groups, taps, math.prod(windows["positions"])))
    out = matmul(reshape(weight, (groups, outputs // groups, taps)), columns)  # (N, G, O / G, oh * ow)
    out = reshape(out, (len(input), outputs, *windows["positions"]))
    return out if bias is None else out + reshape(bias, (-1, 1, 1))


@_of_batches
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """The transpose of `conv2d`: (N, C, H, W) and `weight` (C, O / groups, kh, kw) give (N, O, H', W').

    H' = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1. RuntimeError for what does not fit and
    unless output_padding < max(stride, dilation). Dumoulin and Visin 2016, chapter 4.
    """
    name = "conv_transpose2d"
    stride, padding, extra, dilation = pairs(
        name, stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
    )
    kernel, outputs = _convolving(name, input, weight, bias, groups, transposed=True)
    batch, channels, *positions = input.shape
    lengths = zip(positions, kernel, stride, dilation, padding, extra, strict=True)
    size = tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, d, p, e in lengths)
    if min(size) < 1 or any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(f"conv_transpose2d(): padding {padding} or output_padding {extra} too large, size {size}")
    x = reshape(input, (batch, groups, channels // groups, math.prod(positions)))
    w = reshape(weight, (groups, channels // groups, -1)).transpose(1, 2)
    windows = {"kernel": kernel, "stride": stride, "dilation": dilation, "positions": tuple(positions)}
    columns = reshape(matmul(w, x), (batch, outputs, *kernel, *positions))
    out = _fold(columns, size=size, pads=tuple((p, p) for p in padding), **windows)
    return out if bias is None else out + reshape(bias, (-1, 1, 1))


def _pooling_windows(name, input, kernel_size, stride, padding, dilation=1, ceil_mode=False):
    """The keywords of `_unfold` for a pooling."""
    check_floating(name, input)
    check_kind(name, bool, ceil_mode=ceil_mode)
    stride = kernel_size if stride is None else stride
    kernel, stride, padding, dilation = pairs(
        name, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    if not input.shape[1]:
        raise RuntimeError(f"{name}(): the images of {input.shape} have no channels")
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise RuntimeError(f"{name}(): padding {padding} may be at most half of the kernel {kernel}")
    pads = tuple((p, p) for p in padding)
    if ceil_mode:  # a last window that begins within the image, or its first padding, may end outside
        lengths = zip(input.shape[2:], kernel, stride, dilation, padding, strict=True)
        pads = tuple((p, p + _overhang(n + 2 * p, d * (k - 1) + 1, s, n + p)) for n, k, s, d, p in lengths)
    return _windows(name, input, kernel, stride, dilation, pads)


def _pooled(input, reduce, fill, windows):
    """Each window reduced: the composition that the kernels of the poolings equal."""
    columns = _unfold(input, fill=fill, **windows)
    return reduce(reshape(columns, (*input.shape[:2], math.prod(windows["kernel"]), *windows["positions"])))


def _overhang(length, window, stride, end):
    """By how much a window too many would overhang, or 0 where it would begin at `end` or behind."""
    windows = -((window - length) // stride)
    return max(0, window + windows * stride - length) if windows * stride < end else 0


@_of_batches
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest value in each window, the first of equal ones; `stride` is `kernel_size` unless given.

    With `ceil_mode` a last window may overhang. NotImplementedError for `return_indices`.
    """
    if return_indices:
        raise NotImplementedError("max_pool2d(): return_indices=True is not supported")
    windows = _pooling_windows("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    shape = (*input.shape[:2], *windows["positions"])
    return _max_pooled(input, winner=np.broadcast_to(_first_inside(**windows), shape).copy(), **windows)


def _first_inside(pads, kernel, stride, dilation, positions):
    """For each window, which of its taps is the first that does not lie in the padding."""
    lengths = zip(pads, stride, dilation, positions, strict=True)
    rows, columns = (np.maximum(0, -((np.arange(n) * s - before) // d)) for (before, _), s, d, n in lengths)
    return rows[:, None] * kernel[1] + columns


def _to_winners(g, _out, _x, winner, pads, **windows):
    """The gradient of each window at the element that was its largest."""
    padded = _padded_zeros(_x.shape, pads, g.dtype)
    for i, (_, places) in enumerate(_taps(**windows)):
        padded[places] += only_where(winner == i, g)
    return _without_padding(padded, _x.shape[2:], pads)


# The largest so far, tap after tap: 5 times as fast as laying the windows out and searching each.
@operation(
    _to_winners, composition=lambda x, winner, **windows: _pooled(x, lambda x: max_along(x, 2)[0], -np.inf, windows)
)
def _max_pooled(x, winner, pads, **windows):
    padded, out = _padded_with(-np.inf, x, pads), None
    for i, (_, places) in enumerate(_taps(**windows)):
        if out is None:
            out = padded[places].copy()
        else:
            challenger = padded[places]
            np.copyto(winner, i, where=challenger > out)
            np.maximum(out, challenger, out=out)
    if np.isnan(out).any():  # of several, the last
        for i, (_, places) in enumerate(_taps(**windows)):
            np.copyto(winner, i, where=np.isnan(padded[places]))
    return out


@_of_batches
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window; `stride` is `kernel_size` unless given.

    The padding counts as zeros or, unless `count_include_pad`, not at all. With `ceil_mode` a last window may overhang.
    The sums are divided by `divisor_override` if it is given.
    """

    def summed(x, padding):
        windows = _pooling_windows("avg_pool2d", x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        return _pooled(x, lambda x: x.sum(2), 0, windows)

    check_kind("avg_pool2d", bool, count_include_pad=count_include_pad)
    sums = summed(input, padding)
    kernel, (rows, columns) = pairs("avg_pool2d", kernel_size=kernel_size, padding=padding)
    if divisor_override is not None:
        check_kind("avg_pool2d", int, divisor_override=divisor_override)
        if divisor_override == 0:
            raise RuntimeError("avg_pool2d(): divisor_override must not be 0")
        return sums / divisor_override
    if not ceil_mode and (count_include_pad or not (rows or columns)):
        return sums / math.prod(kernel)  # every window has as many: nothing to count
    counted = wrap(np.ones((1, 1, *input.shape[2:]), input.dtype))
    if count_include_pad:
        counted, padding = pad(counted, (columns, columns, rows, rows), value=1), 0
    return sums / summed(counted, padding)[:, :, : sums.shape[2], : sums.shape[3]]


@_of_batches
def adaptive_avg_pool2d(input, output_size):
    """The means of windows of nearly equal size that cover the image, `output_size` of them along each axis.

    As one of two lengths, None keeps that of the image. RuntimeError for a negative one.
    """
    check_floating("adaptive_avg_pool2d", input)
    if isinstance(output_size, (tuple, list)):
        if len(output_size) != 2:
            raise RuntimeError(f"adaptive_avg_pool2d(): output_size must be an integer or two, not {output_size}")
        output_size = [n if m is None else m for n, m in zip(input.shape[2:], output_size, strict=True)]
    (sizes,) = pairs("adaptive_avg_pool2d", output_size=output_size)
    rows, columns = (_averaging(n, m, input.dtype) for n, m in zip(input.shape[2:], sizes, strict=True))
    return matmul(matmul(rows, input), columns.T)


def _averaging(n, m, dtype):
    """The (m, n) matrix whose row i takes the mean of the elements from floor(i n / m) up to ceil((i + 1) n / m)."""
    i, j = np.arange(m)[:, None], np.arange(n)
    inside = (j >= i * n // m) & (j < -((i + 1) * n // -m))
    return wrap((inside / inside.sum(1, keepdims=True)).astype(dtype))
