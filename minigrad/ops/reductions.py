"""Operations that reduce axes: sums, means, products, and the softmax family.

`dim` is an axis, a tuple of axes, or None for all of them; with `keepdim` the reduced axes stay,
with length 1. An axis that the tensor does not have is an IndexError.
"""

import builtins

import numpy as np

from ..core import rules
from ..core.record import operation
from ..core.rules import restored, total
from ..dtypes import float64, get_default_dtype, int64, is_floating, supported, uint8
from ..core.tensor import wrap
from .promotion import cast, check_tensor, refuse_bools
from .elementwise import clone
from .functions import root_of_squares
from .shape import axes_of, axis_of, cat, count_over, movedim, reduced_axes, reshape, unsqueeze

__all__ = """
    all any count_nonzero cumprod cumsum log_softmax logsumexp mean prod softmax std sum var
""".split()


def sum(input, dim=None, keepdim=False, *, dtype=None):
    """Return the sum over `dim`; integers and booleans are summed as int64."""
    axis = reduced_axes("sum", input, dim, keepdim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "sum()"))
    return total(input, axis=axis, keepdims=keepdim)


def mean(input, dim=None, keepdim=False, *, dtype=None):
    """Return the arithmetic mean over `dim`.

    RuntimeError for an integer tensor, unless `dtype` is a floating one.
    """
    input = floating("mean", input, dtype)
    axis = reduced_axes("mean", input, dim, keepdim)
    return total(input, axis=axis, keepdims=keepdim) / count_over(input, axis)


def var(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """Return the variance over `dim`: the sum of squared deviations over n - `correction`.

    `unbiased=False` is PyTorch's older form of `correction=0`. RuntimeError for an integer tensor.
    """
    return _variance("var", input, dim, unbiased, keepdim, correction)


def _variance(name, input, dim, unbiased, keepdim, correction):
    if isinstance(dim, bool):  # var(x, False) means var(x, unbiased=False)
        unbiased = dim
        dim = None
    if unbiased is not None or correction is None:
        correction = int(unbiased is not False)
    input = floating(name, input)
    axis = reduced_axes(name, input, dim, keepdim)
    n = count_over(input, axis)
    divisor = builtins.max(0, n - correction) if n else 0
    return _squares_over(input, axis=axis, keepdims=keepdim, divisor=divisor)


@operation(lambda g, x, axis, divisor: restored(2 * g / divisor, x.shape, axis) * centered(x, axis))
def _squares_over(x, axis, keepdims, divisor):
    deviation = centered(x, axis)
    return rules.add_up(deviation * deviation, axis, keepdims) / divisor


def centered(x, axis):
    """Return the deviations from the mean over the tuple `axis`."""
    return split_at_mean(x, axis)[2]


def split_at_mean(x, axis):
    """Return the mean over the tuple `axis`, rounded, its rest, and the deviations from both.

    What the rounding takes is much beside small deviations. Their own mean says what it is.
    """
    n = count_over(x, axis)
    near = rules.add_up(x, axis, keepdims=True) / n
    deviation = x - near
    rest = rules.add_up(deviation, axis, keepdims=True) / n
    return near, rest, deviation - rest


def floating(name, input, dtype=None, refusal=RuntimeError):
    """Return the input, in `dtype` if given.

    TypeError unless it is a Tensor; the error `refusal` unless the dtype is floating.
    """
    check_tensor(name, input)
    dtype = input.dtype if dtype is None else supported(dtype, f"{name}()")
    if not is_floating(dtype):
        raise refusal(f"{name}(): needs a floating dtype, not {dtype}; use .float()")
    return input if input.dtype == dtype else cast(input, dtype=dtype)


def std(input, dim=None, unbiased=None, keepdim=False, *, correction=1):
    """Return the standard deviation over `dim`, the root of `var`; its gradient at 0 is 0."""
    input = floating("std", input)
    exact = floating("std", input, float64)  # squares may be too large or too small for float32
    deviation = root_of_squares(_variance("std", exact, dim, unbiased, keepdim, correction))
    return floating("std", deviation, input.dtype)


def prod(input, dim=None, keepdim=False, *, dtype=None):
    """Return the product over one axis, or of all elements.

    Integers and booleans are multiplied as int64. It is computed by halves, so that the gradient is
    right also where factors are 0.
    """
    check_tensor("prod", input)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "prod()"))
    if dim is None:
        if keepdim:
            raise TypeError("prod(): keepdim needs a dim")
        axis = 0
        x = reshape(input, (-1,))
    else:
        axis = axis_of("prod", input, dim)
        x = input if input.ndim else reshape(input, (1,))
    x = movedim(x, axis, 0)
    if x.shape[0] == 1:
        x = clone(x)  # else the result would be a view of the input
    while x.shape[0] > 1:
        half = x.shape[0] // 2
        x = cat([x[:half] * x[half : 2 * half], x[2 * half :]])
    x = x[0] if x.shape[0] else cast(total(x, axis=(0,), keepdims=False) + 1, dtype=x.dtype)
    return unsqueeze(x, axis) if keepdim and dim is not None and input.ndim else x


@operation(lambda g, axis, reverse: _cumsum(g, axis=axis, reverse=not reverse))
def _cumsum(x, axis, reverse):
    x = np.flip(x, axis) if reverse else x
    # In double precision: all partial sums are needed, so pairwise summation is not possible.
    exact = np.float64 if is_floating(x.dtype) else x.dtype
    out = np.cumsum(x, axis, exact).astype(x.dtype, copy=False)
    return np.flip(out, axis) if reverse else out


def cumsum(input, dim, *, dtype=None):
    """Return the cumulative sums along the axis `dim`; integers and booleans give int64."""
    axis = axis_of("cumsum", input, dim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "cumsum()"))
    refuse_bools("cumsum", input)
    return _cumsum(input, axis=axis, reverse=False) if input.ndim else clone(input)


def cumprod(input, dim, *, dtype=None):
    """Return the cumulative products along the axis `dim`; integers and booleans give int64.

    Each step joins runs twice as long, so there is no quotient, and factors may be 0.
    """
    axis = axis_of("cumprod", input, dim)
    if dtype is not None or not is_floating(input.dtype):
        input = cast(input, dtype=int64 if dtype is None else supported(dtype, "cumprod()"))
        refuse_bools("cumprod", input)
    out = clone(input)
    n = input.shape[axis] if input.ndim else 1
    before = (slice(None),) * axis
    step = 1
    while step < n:
        joined = out[(*before, slice(step, None))] * out[(*before, slice(n - step))]
        out = cat([out[(*before, slice(step))], joined], axis)
        step *= 2
    return out


def any(input, dim=None, keepdim=False):
    """Return whether some element over `dim` is not zero: a bool, for uint8 a uint8."""
    return _truth_over(np.any, "any", input, dim, keepdim)


def all(input, dim=None, keepdim=False):
    """Return whether no element over `dim` is zero: a bool, for uint8 a uint8."""
    return _truth_over(np.all, "all", input, dim, keepdim)


def _truth_over(numpy_function, name, input, dim, keepdim):
    check_tensor(name, input)
    axis = None if dim is None else axes_of(name, input, dim)
    answer = numpy_function(input._array, axis=axis, keepdims=keepdim)
    return wrap(answer.astype(uint8) if input.dtype == uint8 else answer)


def count_nonzero(input, dim=None):
    """Return the number of elements over `dim` that are not zero (int64)."""
    axis = reduced_axes("count_nonzero", input, dim, keepdim=False)
    return wrap(np.asarray(np.count_nonzero(input._array, axis=axis)))


# -- The softmax family ----------------------------------------------------------------------------


def _finite_maximum(x, axis):
    """Return the maximum, 0 where it is infinite: subtracted, no exponential overflows."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(largest), largest, 0)


@operation(
    lambda g, out, x, axis: restored(g, x.shape, axis) * np.exp(x - restored(out, x.shape, axis))
)
def _logsumexp(x, axis, keepdims):
    largest = _finite_maximum(x, axis)
    out = largest + np.log(rules.add_up(np.exp(x - largest), axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis)


def _axis_as_tuple(name, input, dim):
    """Return the axis `dim` as a tuple, which is empty for a 0-d tensor."""
    axis = axis_of(name, input, dim)
    return (axis,) if input.ndim else ()


def softmax(input, dim, *, dtype=None):
    """Return exp(x) / sum(exp(x)) over the axis `dim`, so that no exponential overflows.

    >>> import minigrad as mg
    >>> mg.softmax(mg.tensor([[1000.0, 1000.0], [0.0, 1.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [0.2689, 0.7311]])
    """
    input = floating("softmax", input, dtype, NotImplementedError)
    return rules.softmax(input, axis=_axis_as_tuple("softmax", input, dim))


def log_softmax(input, dim, *, dtype=None):
    """Return log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0."""
    input = floating("log_softmax", input, dtype, NotImplementedError)
    return rules.log_softmax(input, axis=_axis_as_tuple("log_softmax", input, dim))


def logsumexp(input, dim, keepdim=False):
    """Return log(sum(exp(x))) over `dim`, so that no exponential overflows."""
    check_tensor("logsumexp", input)
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        raise TypeError("logsumexp(): needs the axis dim, or several")
    input = input if is_floating(input.dtype) else cast(input, dtype=get_default_dtype())
    return _logsumexp(input, axis=reduced_axes("logsumexp", input, dim, keepdim), keepdims=keepdim)
