"""Operations that reduce axes: sums, means, products, and the softmax family.

`dim` is an axis, a tuple of axes, or None for all of them; with `keepdim` the reduced axes stay, with length 1.
An axis that the tensor does not have is an IndexError.
"""

import builtins

import numpy as np

from ..autograd.accumulate import add_up
from ..autograd.graph import operation
from ..dtypes import get_default_dtype, int64, is_floating, supported, uint8
from ..tensor import wrap
from .declare import cast, check_tensor, refuse_bools
from .elementwise import clone
from .functions import root_of_squares
from .shape import axes_of, axis_of, cat, count_over, movedim, reduced_axes, reshape, restored, unsqueeze

__all__ = "all any count_nonzero cumsum log_softmax logsumexp mean prod softmax std sum var".split()


@operation(lambda g, _out, _x, axis, keepdims: np.broadcast_to(restored(g, _x.shape, axis), _x.shape))
def _sum(x, axis, keepdims):
    return add_up(x, axis, keepdims)


def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum over `dim`. Integers and booleans are summed as int64."""
    axis = reduced_axes("sum", input, dim, keepdim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "sum()"))
    return _sum(input, axis=axis, keepdims=keepdim)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The arithmetic mean over `dim`. RuntimeError for an integer tensor, unless `dtype` makes it floating."""
    input = floating("mean", input, dtype)
    axis = reduced_axes("mean", input, dim, keepdim)
    return _sum(input, axis=axis, keepdims=keepdim) / count_over(input, axis)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """The variance over `dim`: the squared deviations from the mean, summed, over n - `correction`.

    `unbiased=False` is the older way to ask for `correction=0`. RuntimeError for an integer tensor.
    """
    return _variance("var", input, dim, unbiased, keepdim, correction)


def _variance(name, input, dim, unbiased, keepdim, correction):
    if isinstance(dim, bool):  # var(x, False), the oldest way
        dim, unbiased = None, dim
    if unbiased is not None or correction is None:
        correction = int(unbiased is not False)
    input = floating(name, input)
    axis = reduced_axes(name, input, dim, keepdim)
    deviation, n = input - mean(input, axis, keepdim=True), count_over(input, axis)
    divisor = builtins.max(0, n - correction) if n else 0
    return _sum(deviation * deviation, axis=axis, keepdims=keepdim) / divisor


def floating(name, input, dtype=None, refusal=RuntimeError):
    """The input, in `dtype` if given; TypeError unless it is a Tensor, a `refusal` unless its dtype is floating."""
    check_tensor(name, input)
    dtype = input.dtype if dtype is None else supported(dtype, f"{name}()")
    if not is_floating(dtype):
        raise refusal(f"{name}(): needs a floating dtype, not {dtype}; use .float()")
    return input if input.dtype == dtype else cast(input, dtype=dtype)


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """The standard deviation over `dim`, the root of `var`; where it is 0 its gradient is 0."""
    return root_of_squares(_variance("std", input, dim, unbiased, keepdim, correction))


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product over one axis, or of all elements. Integers and booleans are multiplied as int64.

    Computed by halves, so that the gradient is right also where factors are 0.
    """
    check_tensor("prod", input)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "prod()"))
    if dim is None:
        if keepdim:
            raise TypeError("prod(): keepdim needs a dim")
        axis, x = 0, reshape(input, (-1,))
    else:
        axis, x = axis_of("prod", input, dim), input if input.ndim else reshape(input, (1,))
    x = movedim(x, axis, 0)
    while x.shape[0] > 1:
        half = x.shape[0] // 2
        x = cat([x[:half] * x[half : 2 * half], x[2 * half :]])
    x = x[0] if x.shape[0] else cast(_sum(x, axis=(0,), keepdims=False) + 1, dtype=x.dtype)
    return unsqueeze(x, axis) if keepdim and dim is not None and input.ndim else x


@operation(lambda g, *_, axis, reverse: _cumsum(g, axis=axis, reverse=not reverse))
def _cumsum(x, axis, reverse):
    x = np.flip(x, axis) if reverse else x
    # in double precision: each of the sums but the last has to be kept, so there is no better order to add in
    out = np.cumsum(x, axis, np.float64 if is_floating(x.dtype) else x.dtype).astype(x.dtype, copy=False)
    return np.flip(out, axis) if reverse else out


def cumsum(input, dim, *, dtype=None):
    """The sums of the elements up to each along the axis `dim`. Integers and booleans are summed as int64."""
    axis = axis_of("cumsum", input, dim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "cumsum()"))
    refuse_bools("cumsum", input)
    return _cumsum(input, axis=axis, reverse=False) if input.ndim else clone(input)


def any(input, dim=None, keepdim=False):
    """Whether some element over `dim` is not zero: a bool, of uint8 a uint8."""
    return _question(np.any, "any", input, dim, keepdim)


def all(input, dim=None, keepdim=False):
    """Whether no element over `dim` is zero: a bool, of uint8 a uint8."""
    return _question(np.all, "all", input, dim, keepdim)


def _question(numpy_question, name, input, dim, keepdim):
    check_tensor(name, input)
    axis = None if dim is None else axes_of(name, input, dim)
    answer = numpy_question(input._array, axis=axis, keepdims=keepdim)
    return wrap(answer.astype(uint8) if input.dtype == uint8 else answer)


def count_nonzero(input, dim=None):
    """The number of elements over `dim` that are not zero (int64)."""
    axis = reduced_axes("count_nonzero", input, dim, keepdim=False)
    return wrap(np.asarray(np.count_nonzero(input._array, axis=axis)))


# -- The softmax family --------------------------------------------------------------------------------------


def _largest(x, axis):
    """What to subtract before exponentials are taken, so that none overflows: the maximum, where it is finite."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0)


@operation(lambda g, out, _x, axis: out * (g - add_up(g * out, axis, keepdims=True)))
def _softmax(x, axis):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / add_up(e, axis, keepdims=True)


@operation(lambda g, out, _x, axis: g - np.exp(out) * add_up(g, axis, keepdims=True))
def _log_softmax(x, axis):
    if not x.size:
        return x.copy()
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(add_up(np.exp(shifted), axis, keepdims=True))


@operation(lambda g, out, x, axis, keepdims: restored(g, x.shape, axis) * np.exp(x - restored(out, x.shape, axis)))
def _logsumexp(x, axis, keepdims):
    largest = _largest(x, axis)
    out = largest + np.log(add_up(np.exp(x - largest), axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis)


def _along(name, input, dim):
    """The axis `dim` as a tuple; a 0-d tensor, which has none, is taken for a single number along it."""
    axis = axis_of(name, input, dim)
    return (axis,) if input.ndim else ()


def softmax(input, dim, *, dtype=None):
    """exp(x) / sum(exp(x)) over the axis `dim`, computed so that no exponential overflows.

    >>> import minigrad as mg
    >>> mg.softmax(mg.tensor([[1000.0, 1000.0], [0.0, 1.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [0.2689, 0.7311]])
    """
    input = floating("softmax", input, dtype, NotImplementedError)
    return _softmax(input, axis=_along("softmax", input, dim))


def log_softmax(input, dim, *, dtype=None):
    """log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0."""
    input = floating("log_softmax", input, dtype, NotImplementedError)
    return _log_softmax(input, axis=_along("log_softmax", input, dim))


def logsumexp(input, dim, keepdim=False):
    """log(sum(exp(x))) over `dim`, computed so that no exponential overflows."""
    check_tensor("logsumexp", input)
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        raise TypeError("logsumexp(): needs the axis dim, or several")
    input = input if is_floating(input.dtype) else cast(input, dtype=get_default_dtype())
    return _logsumexp(input, axis=reduced_axes("logsumexp", input, dim, keepdim), keepdims=keepdim)
