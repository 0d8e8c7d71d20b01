"""Operations that reduce axes: sums, means, products, norms, and the softmax family.

`dim` is an axis, a tuple of axes, or None for all of them; with `keepdim` the reduced axes stay, with length 1.
An axis that the tensor does not have is an IndexError.
"""

import builtins
import math

import numpy as np

from ..autograd.graph import operation
from ..dtypes import int64, is_floating, supported
from ..tensor import wrap
from .declare import cast, check_tensor
from .elementwise import clone
from .functions import abs, root_of_squares
from .order import amax, amin
from .shape import axes_of, axis_of, cat, count_over, movedim, reshape, restored, unsqueeze

__all__ = "all any cumsum log_softmax logsumexp mean norm prod softmax std sum var".split()


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
    return _sum(input, axis=axis, keepdims=keepdim) / count_over(input, axis)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """The variance over `dim`: the squared deviations from the mean, summed, over n - `correction`.

    `unbiased=False` is the older way to ask for `correction=0`. RuntimeError for an integer tensor.
    """
    if unbiased is not None:
        correction = int(unbiased)
    input = floating("var", input)
    axis = axes_of("var", input, dim)
    deviation = input - mean(input, axis, keepdim=True)
    return _sum(deviation * deviation, axis=axis, keepdims=keepdim) / builtins.max(
        0, count_over(input, axis) - correction
    )


def floating(name, input, dtype=None):
    """The input, in `dtype` if given; TypeError unless it is a Tensor, RuntimeError unless its dtype is floating."""
    check_tensor(name, input)
    if dtype is not None:
        return cast(input, dtype=supported(dtype, f"{name}()"))
    if not is_floating(input.dtype):
        raise RuntimeError(f"{name}(): needs a floating dtype, the input is {input.dtype}; use .float()")
    return input


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """The standard deviation over `dim`, the root of `var`; where it is 0 its gradient is 0."""
    return root_of_squares(var(input, dim, unbiased, keepdim, correction=correction))


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """The product over one axis, or of all elements. Integers and booleans are multiplied as int64.

    Computed by halves, so that the gradient is right also where factors are 0.
    """
    check_tensor("prod", input)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "prod()"))
    if dim is None:
        axis, x = 0, reshape(input, (-1,))
    else:
        axis, x = axis_of("prod", input, dim), input if input.ndim else reshape(input, (1,))
    x = movedim(x, axis, 0)
    while x.shape[0] > 1:
        half = x.shape[0] // 2
        x = cat([x[:half] * x[half : 2 * half], x[2 * half :]])
    x = x[0] if x.shape[0] else sum(x, 0) + 1
    return unsqueeze(x, axis) if keepdim and dim is not None and input.ndim else x


@operation(lambda g, *_, axis, reverse: _cumsum(g, axis=axis, reverse=not reverse))
def _cumsum(x, axis, reverse):
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)


def cumsum(input, dim, *, dtype=None):
    """The sums of the elements up to each along the axis `dim`. Integers and booleans are summed as int64."""
    axis = axis_of("cumsum", input, dim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "cumsum()"))
    return _cumsum(input, axis=axis, reverse=False) if input.ndim else clone(input)


def any(input, dim=None, keepdim=False):
    """Whether some element over `dim` is not zero."""
    return wrap(np.any(input._array, axis=axes_of("any", input, dim), keepdims=keepdim))


def all(input, dim=None, keepdim=False):
    """Whether no element over `dim` is zero."""
    return wrap(np.all(input._array, axis=axes_of("all", input, dim), keepdims=keepdim))


def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """The vector norm (sum |x|**p)**(1/p) over `dim`; `p` may be inf, -inf, 0 (counts what is not 0) or "fro" (2).

    Where the 2-norm is 0 its gradient is 0. RuntimeError for an integer tensor.
    """
    x = floating("norm", input, dtype)
    if p in ("fro", 2):
        return root_of_squares(sum(x * x, dim, keepdim))
    if isinstance(p, str):
        raise RuntimeError(f"norm(): p must be a number or 'fro', not {p!r}")
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(x), dim, keepdim)
    if p == 0:
        return sum(cast(x != 0, dtype=x.dtype), dim, keepdim)
    if p == 1:
        return sum(abs(x), dim, keepdim)
    return sum(abs(x) ** p, dim, keepdim) ** (1 / p)


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
