"""Operations that compare the elements along an axis: extremes, and sorting.

`dim` is an axis, or None for all; for `amax` and `amin` it may also be several axes. With `keepdim`
the reduced axes stay, with length 1.
"""

from typing import NamedTuple

import numpy as np

from ..core.record import operation
from ..core.rules import restored
from ..core.tensor import Tensor, wrap
from .arguments import count
from .promotion import check_tensor, refuse_bools
from .elementwise import maximum, minimum
from .indexing import gather, narrow
from .shape import axis_of, count_over, integer_of, reduced_axes, squeeze

__all__ = "amax amin argmax argmin argsort bincount max median min sort topk unique".split()


def _shared_among(g, tied, axis):
    """Return `g` in equal shares for the elements that are `tied`; NaN if none is.

    That none equals the result means that the result is NaN.
    """
    count = np.sum(tied, axis=axis, keepdims=True, dtype=g.dtype)
    return restored(g, tied.shape, axis) * tied / np.where(count == 0, np.nan, count)


def _extreme_rule(g, out, x, axis):
    return _shared_among(g, x == restored(out, x.shape, axis), axis)


@operation(_extreme_rule)
def _amax(x, axis, keepdims):
    return np.max(x, axis=axis, keepdims=keepdims)


@operation(_extreme_rule)
def _amin(x, axis, keepdims):
    return np.min(x, axis=axis, keepdims=keepdims)


def _extreme_of_all_rule(g, out, x, axis):
    tied = (x == out) | (np.isnan(x) & np.isnan(out))
    return np.where(tied, _shared_among(g, tied, axis), 0)


@operation(_extreme_of_all_rule)
def _max_of_all(x, axis):
    return np.max(x, axis=axis)


@operation(_extreme_of_all_rule)
def _min_of_all(x, axis):
    return np.min(x, axis=axis)


class Extreme(NamedTuple):
    """What `max`, `min`, `median`, `sort` and `topk` find along an axis: values, int64 indices."""

    values: Tensor
    indices: Tensor


def amax(input, dim=(), keepdim=False):
    """Return the largest value over `dim`, NaN if there is one; equal ones share the gradient.

    IndexError (without `dim` RuntimeError) if there is nothing to compare.
    """
    return _amax(input, axis=_nonempty_axes("amax", input, dim, keepdim), keepdims=keepdim)


def amin(input, dim=(), keepdim=False):
    """Return the smallest value over `dim`; otherwise as `amax`."""
    return _amin(input, axis=_nonempty_axes("amin", input, dim, keepdim), keepdims=keepdim)


def argmax(input, dim=None, keepdim=False):
    """Return the index (int64) of the largest value along `dim`, or in the flattened tensor.

    Of equal values it is the first.
    """
    return _arg_extreme(np.argmax, "argmax", refuse_bools("argmax", input), dim, keepdim)


def argmin(input, dim=None, keepdim=False):
    """Return the index (int64) of the smallest value along `dim`, or in the flattened tensor.

    Of equal values it is the first.
    """
    return _arg_extreme(np.argmin, "argmin", refuse_bools("argmin", input), dim, keepdim)


def max(input, dim=None, keepdim=False, *, other=None):
    """Return the largest value of all, or the pair (values, indices) along `dim`.

    With a tensor as `other` or `dim` it is `maximum`. Along `dim` the gradient goes to the
    element at `indices`, otherwise equal ones share it.
    """
    return _extreme("max", _max_of_all, np.argmax, maximum, input, dim, keepdim, other)


def min(input, dim=None, keepdim=False, *, other=None):
    """Return the smallest value, as `max`; with a tensor as `other`, `minimum`."""
    return _extreme("min", _min_of_all, np.argmin, minimum, input, dim, keepdim, other)


def _extreme(name, of_all, numpy_arg, elementwise, input, dim, keepdim, other):
    if other is not None:
        check_tensor(name, other)
        if dim is not None:
            raise TypeError(f"{name}(): takes either dim or other, not both")
        dim = other
    if isinstance(dim, Tensor):
        check_tensor(name, input)
        if keepdim:
            raise TypeError(
                f"{name}(): of two tensors no dim is reduced, so keepdim has no meaning"
            )
        return elementwise(input, dim)
    axis = _nonempty_axes(name, input, dim, keepdim)
    if dim is None:
        if keepdim:
            raise TypeError(f"{name}(): keepdim needs a dim")
        return of_all(input, axis=axis)
    return _picked(input, dim, _arg_extreme(numpy_arg, name, input, dim, keepdim=True), keepdim)


def _picked(input, dim, indices, keepdim):
    values = gather(input, dim, indices)
    if keepdim:
        return Extreme(values, indices)
    return Extreme(squeeze(values, dim), squeeze(indices, dim))


@operation(_extreme_of_all_rule)
def _median_of_all(x, axis):
    x = np.sort(x, axis=None)
    return x[-1] if np.isnan(x[-1]) else x[(x.size - 1) // 2]


def median(input, dim=None, keepdim=False):
    """Return the median of all elements, or the pair (values, indices) along the axis `dim`.

    Of an even number it is the lower one of the two in the middle; NaN if there is one. Of no
    elements it is NaN, of no integers a RuntimeError; IndexError for no elements along `dim`.
    """
    refuse_bools("median", input)
    if dim is None:
        if keepdim:
            raise TypeError("median(): keepdim needs a dim")
        if not input.numel() and input.dtype.kind == "f":
            return wrap(np.array(np.nan, input.dtype))
        return _median_of_all(input, axis=_nonempty_axes("median", input, (), keepdim))
    axis = axis_of("median", input, dim)
    _nonempty_axes("median", input, dim, keepdim)
    order = np.atleast_1d(_sorting_indices("median", input, dim, descending=False)._array)
    isnan = np.isnan(np.atleast_1d(input._array))
    middle = np.take(order, [(order.shape[axis] - 1) // 2], axis)
    first = np.argmax(isnan, axis, keepdims=True)
    indices = np.where(np.any(isnan, axis, keepdims=True), first, middle)
    return _picked(input, dim, wrap(indices if input.ndim else indices[0]), keepdim)


def _arg_extreme(numpy_arg, name, input, dim, keepdim):
    _nonempty_axes(name, input, dim, keepdim)
    axis = None if dim is None else axis_of(name, input, dim)
    return wrap(numpy_arg(input._array, axis=axis if input.ndim else None, keepdims=keepdim))


def _nonempty_axes(name, input, dim, keepdim):
    axis = reduced_axes(name, input, dim, keepdim)
    if not count_over(input, axis):
        error = RuntimeError if dim in (None, (), []) and not name.startswith("arg") else IndexError
        raise error(
            f"{name}(): nothing to compare over axes {axis} of a tensor of shape {input.shape}"
        )
    return axis


# -- Sorting ---------------------------------------------------------------------------------------


def argsort(input, dim=-1, descending=False, *, stable=False):
    """Return the indices (int64) that sort along `dim`, ascending unless `descending`.

    Equal elements always keep their order, whatever `stable` is.
    """
    return _sorting_indices("argsort", input, dim, descending)


def _sorting_indices(name, input, dim, descending):
    axis = axis_of(name, input, dim)
    x = np.atleast_1d(input._array)
    if descending:  # sort the reversed axis, so that equal elements keep their order
        order = np.flip(x.shape[axis] - 1 - np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
    else:
        order = np.argsort(x, axis, kind="stable")
    return wrap(order.reshape(input.shape))


def sort(input, dim=-1, descending=False, *, stable=False):
    """Return (values, indices), sorted along `dim`, ascending unless `descending`.

    Equal elements always keep their order, whatever `stable` is.
    """
    indices = _sorting_indices("sort", input, dim, descending)
    return Extreme(gather(input, dim, indices), indices)


def topk(input, k, dim=-1, largest=True, sorted=True):
    """Return the pair (values, indices) of the `k` largest (or smallest) along `dim`, in order.

    `largest=False` takes the smallest; `sorted` changes nothing. RuntimeError if the axis has fewer
    than `k` elements.
    """
    axis = axis_of("topk", refuse_bools("topk", input), dim)
    k = integer_of("topk", k, "k")
    if not 0 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(
            f"topk(): k={k} is negative or exceeds the length of axis {axis} of {input.shape}"
        )
    order = _sorting_indices("topk", input, dim, descending=largest)
    indices = narrow(order, axis, 0, k) if input.ndim else order
    return Extreme(gather(input, dim, indices), indices)


# -- Counting --------------------------------------------------------------------------------------


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Return the distinct values in order and, on request, the inverse indices and the counts.

    With a `dim`, these are the distinct slices along it. They are in order whatever `sorted` is,
    and without gradient. RuntimeError for slices of no elements.

    >>> import minigrad as mg
    >>> unique(mg.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    check_tensor("unique", input)
    axis = None if dim is None else axis_of("unique", input, dim)
    if axis is not None and not input.numel() and input.shape[axis]:
        raise RuntimeError(
            f"unique(): the slices of {input.shape} along dim {dim} have no elements to compare"
        )
    values, inverse, counts = np.unique(
        input._array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    found = [wrap(values)]
    found += [wrap(inverse.reshape(input.shape if dim is None else -1))] if return_inverse else []
    found += [wrap(counts)] if return_counts else []
    return found[0] if len(found) == 1 else tuple(found)


def bincount(input, weights=None, minlength=0):
    """Count each of 0, 1, ... in the vector `input`, or add up the weights of its occurrences.

    The result has at least `minlength` elements, and no gradient. RuntimeError for negative
    numbers, other ranks or dtypes, weights of another shape, a negative `minlength` and where there
    is not enough memory for the counts.
    """
    minlength = count("bincount", "minlength", minlength)
    check_tensor("bincount", input, *([] if weights is None else [weights]))
    x = input._array
    w = None if weights is None else weights._array
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount(): counts integers from 0 on, not {x.dtype}")
    if x.ndim != 1 or (x.size and x.min() < 0) or (w is not None and w.shape != x.shape):
        raise RuntimeError(
            f"bincount(): needs a vector of integers from 0 on, got {input.dtype} {input.shape}"
        )
    if not x.size:
        return wrap(np.zeros(minlength, np.int64))
    try:
        counts = np.bincount(x, w, minlength)
    except MemoryError:
        raise RuntimeError(
            f"bincount(): there is not enough memory to count up to {x.max()}"
        ) from None
    return wrap(counts.astype(w.dtype) if w is not None and w.dtype == np.float32 else counts)
