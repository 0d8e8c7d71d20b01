"""Operations that reduce axes: sums, means, extremes, and the softmax family.

`dim` is an axis, a tuple of axes, or None for all of them; with `keepdim` the reduced axes stay, with length 1.
An axis that the tensor does not have is an IndexError.
"""

import builtins
from typing import NamedTuple

import numpy as np

from ..autograd.graph import operation
from ..dtypes import int64, is_floating, supported
from ..tensor import Tensor, wrap
from .declare import cast
from .elementwise import maximum, minimum
from .indexing import gather
from .shape import axes_of, axis_of, check_tensor, squeeze


def restored(g, shape, axis):
    """`g` with the axes that were reduced out of `shape` put back, each with length 1."""
    return np.reshape(g, [1 if i in axis else n for i, n in enumerate(shape)])


@operation(lambda g, _out, _x, axis, keepdims: np.broadcast_to(restored(g, _x.shape, axis), _x.shape))
def _sum(x, axis, keepdims):
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over `dim`. Integers and booleans are summed as int64."""
    axis = axes_of("sum", input, dim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "sum()"))
    return _sum(input, axis=axis, keepdims=keepdim)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The arithmetic mean over `dim`. RuntimeError for an integer tensor, unless `dtype` makes it floating."""
    input = floating("mean", input, dtype)
    axis = axes_of("mean", input, dim)
    return _sum(input, axis=axis, keepdims=keepdim) / _count(input, axis)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """The variance over `dim`: the squared deviations from the mean, summed, over n - `correction`.

    `unbiased=False` is the older way to ask for `correction=0`. RuntimeError for an integer tensor.
    """
    if unbiased is not None:
        correction = int(unbiased)
    input = floating("var", input)
    axis = axes_of("var", input, dim)
    deviation = input - mean(input, axis, keepdim=True)
    return _sum(deviation * deviation, axis=axis, keepdims=keepdim) / builtins.max(0, _count(input, axis) - correction)


def floating(name, input, dtype=None):
    """The input, in `dtype` if given; TypeError unless it is a Tensor, RuntimeError unless its dtype is floating."""
    check_tensor(name, input)
    if dtype is not None:
        return cast(input, dtype=supported(dtype, f"{name}()"))
    if not is_floating(input.dtype):
        raise RuntimeError(f"{name}(): needs a floating dtype, the input is {input.dtype}; use .float()")
    return input


def _count(input, axis):
    return int(np.prod([input.shape[i] for i in axis]))


# -- Extremes ------------------------------------------------------------------------------------------------


def _share_among_ties(g, out, x, axis, keepdims):
    tied = np.equal(x, restored(out, x.shape, axis))
    share = restored(g, x.shape, axis) / np.sum(tied, axis=axis, keepdims=True, dtype=g.dtype)
    return np.where(tied, share, 0)


@operation(_share_among_ties)
def _amax(x, axis, keepdims):
    return np.max(x, axis=axis, keepdims=keepdims)


@operation(_share_among_ties)
def _amin(x, axis, keepdims):
    return np.min(x, axis=axis, keepdims=keepdims)


class Extreme(NamedTuple):
    """What `max` and `min` along an axis give: the values, and where they stand (int64)."""

    values: Tensor
    indices: Tensor


def amax(input, dim=None, keepdim=False):
    """The largest value over `dim`; equal ones share the gradient.

    IndexError (without `dim` RuntimeError) if there is nothing to compare.
    """
    return _amax(input, axis=_nonempty_axes("amax", input, dim), keepdims=keepdim)


def amin(input, dim=None, keepdim=False):
    """The smallest value over `dim`; equal ones share the gradient.

    IndexError (without `dim` RuntimeError) if there is nothing to compare.
    """
    return _amin(input, axis=_nonempty_axes("amin", input, dim), keepdims=keepdim)


def argmax(input, dim=None, keepdim=False):
    """Where the largest value stands along `dim`, or in the flattened tensor; the first of equal ones (int64)."""
    return _arg(np.argmax, "argmax", input, dim, keepdim)


def argmin(input, dim=None, keepdim=False):
    """Where the smallest value stands along `dim`, or in the flattened tensor; the first of equal ones (int64)."""
    return _arg(np.argmin, "argmin", input, dim, keepdim)


def max(input, dim=None, keepdim=False):
    """The largest value of all; with `dim` the pair (values, indices); with a tensor in its place, `maximum`.

    Along `dim` the gradient goes to the element at `indices`, otherwise equal ones share it.
    """
    return _extreme(amax, argmax, maximum, input, dim, keepdim)


def min(input, dim=None, keepdim=False):
    """The smallest value of all; with `dim` the pair (values, indices); with a tensor in its place, `minimum`.

    Along `dim` the gradient goes to the element at `indices`, otherwise equal ones share it.
    """
    return _extreme(amin, argmin, minimum, input, dim, keepdim)


def _extreme(reduce, arg, elementwise, input, dim, keepdim):
    if isinstance(dim, Tensor):
        return elementwise(input, dim)
    if dim is None:
        return reduce(input)
    indices = arg(input, dim, keepdim=True)
    values = gather(input, dim, indices) if input.ndim else input
    return Extreme(values, indices) if keepdim else Extreme(squeeze(values, dim), squeeze(indices, dim))


def _arg(numpy_arg, name, input, dim, keepdim):
    _nonempty_axes(name, input, dim)
    axis = None if dim is None or not input.ndim else axis_of(name, input, dim)
    return wrap(numpy_arg(input._array, axis=axis, keepdims=keepdim))


def _nonempty_axes(name, input, dim):
    axis = axes_of(name, input, dim)
    if not _count(input, axis):
        error = RuntimeError if dim is None and name in ("amax", "amin") else IndexError
        raise error(f"{name}(): nothing to compare over axes {axis} of a tensor of shape {input.shape}")
    return axis


# -- The softmax family --------------------------------------------------------------------------------------


def _largest(x, axis):
    """What to subtract before exponentials are taken, so that none overflows: the maximum, where it is finite."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0)


@operation(lambda g, out, _x, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)))
def _softmax(x, axis):
    e = np.exp(x - _largest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


@operation(lambda g, out, _x, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True))
def _log_softmax(x, axis):
    if not x.size:
        return x.copy()
    shifted = x - _largest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


@operation(lambda g, out, x, axis, keepdims: restored(g, x.shape, axis) * np.exp(x - restored(out, x.shape, axis)))
def _logsumexp(x, axis, keepdims):
    largest = _largest(x, axis)
    with np.errstate(divide="ignore"):  # the sum over no or only infinitely small terms is 0, its logarithm -inf
        out = largest + np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis)


def softmax(input, dim, dtype=None):
    """exp(x) / sum(exp(x)) over the axis `dim`, computed so that no exponential overflows.

    >>> import minigrad as mg
    >>> mg.softmax(mg.tensor([[1000.0, 1000.0], [0.0, 1.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [0.2689, 0.7311]])
    """
    input = floating("softmax", input, dtype)
    return _softmax(input, axis=axis_of("softmax", input, dim))


def log_softmax(input, dim, dtype=None):
    """log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0."""
    input = floating("log_softmax", input, dtype)
    return _log_softmax(input, axis=axis_of("log_softmax", input, dim))


def logsumexp(input, dim, keepdim=False):
    """log(sum(exp(x))) over `dim`, computed so that no exponential overflows."""
    return _logsumexp(floating("logsumexp", input), axis=axes_of("logsumexp", input, dim), keepdims=keepdim)
