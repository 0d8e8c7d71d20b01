"""Kernels of a fully connected network: the layer, ReLU, losses, sums, and gradients by place."""

import functools
import math

import numpy as np

from ..core import layers
from ..core.rules import add_up, only_where, rectified
from ..core.tensor import Tensor
from ..ops.indexing import add_at
from . import faster, kernel

# -- Sums ------------------------------------------------------------------------------------------

_AT_ONCE = 64  # terms that may be added one after another: float32 then errs by less than 1e-6
_ROWS = 16
_BY_BLAS = 256  # terms up to which a product with ones is the fastest, and errs by less than 1e-6
_STRETCH = 4096  # terms of an inner product, of which BLAS adds 32 side by side


@faster(add_up)
def fast_sum(x, axis, keepdims=False):
    """Return the sum of `x` over the tuple `axis`; its error grows with log(number of terms).

    NumPy adds so along the innermost axis only, and one term after another along all others. Here
    an axis is cut into stretches, or BLAS adds, which takes many terms side by side.
    """
    if type(x) is not np.ndarray:  # a tensor under create_graph: recorded, its sum comes here again
        return np.sum(x, axis=axis, keepdims=keepdims)
    if x.dtype.kind == "f":
        if x.ndim <= 2 and len(axis) == 1:
            if x.shape[axis[0]] <= _BY_BLAS:
                return _product_with_ones(x, axis[0], keepdims)
            if axis[0] == 0 and x.ndim == 2 and x.flags.c_contiguous:
                return _product_with_ones(_with_few_rows(x), 0, keepdims)
        terms = math.prod([x.shape[i] for i in axis])
        if terms > _AT_ONCE and not _numpy_adds_pairwise(x, axis):
            x = _folded(x, axis)
    return np.add.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims)


def _numpy_adds_pairwise(x, axis):
    return x.flags.c_contiguous and axis == tuple(range(x.ndim))[-len(axis) :]


@functools.lru_cache
def _ones(n, dtype):
    return np.ones(n, dtype)


def _product_with_ones(x, axis, keepdims):
    """Return the sum of a vector or matrix over one axis, by BLAS."""
    if axis == 0:
        sums = _ones(len(x), x.dtype).dot(x)
        return sums[None] if keepdims else sums
    sums = x.dot(_ones(x.shape[1], x.dtype))
    return sums[:, None] if keepdims else sums


def _with_few_rows(matrix):
    """Return up to 64 rows with the same column sums: add every 64 by BLAS, repeatedly."""
    while len(matrix) > _AT_ONCE:
        n = len(matrix) // _AT_ONCE
        stretches = matrix[: n * _AT_ONCE].reshape(n, _AT_ONCE, matrix.shape[1])
        rest = _product_with_ones(matrix[n * _AT_ONCE :], 0, keepdims=True)
        matrix = np.concatenate([np.matmul(_ones(_AT_ONCE, matrix.dtype), stretches), rest])
    return matrix


def _folded(x, axis):
    """Return fewer terms with the same sum over `axis`, few enough to add one after another.

    An axis is cut into up to 16 stretches, which are added. The innermost axis is left to NumPy,
    unless the array is expanded: which axis NumPy treats as innermost is then not certain.
    """
    steps, innermost = min([(abs(s), i) for i, s in enumerate(x.strides) if x.shape[i] > 1])
    others = [i for i in axis if i != innermost or not steps]
    while math.prod([x.shape[i] for i in others]) > _ROWS:
        i = max(others, key=x.shape.__getitem__)
        n = x.shape[i]
        stretch = -(-n // _ROWS)
        rows = n // stretch
        before = (slice(None),) * i
        rest = x[(*before, slice(rows * stretch, n))]
        whole = x[(*before, slice(rows * stretch))]
        whole = whole.reshape(*x.shape[:i], rows, stretch, *x.shape[i + 1 :])
        x = np.add.reduce(whole, axis=i)
        x[(*before, slice(rest.shape[i]))] += rest
    return x


def add_up_squares(x):
    """Return the sum of the squares of all of `x`: BLAS adds over short stretches."""
    flat = np.ravel(x)
    n = flat.size - flat.size % _STRETCH
    rest = flat[n:].dot(flat[n:])
    if not n:
        return rest
    stretches = flat[:n].reshape(-1, _STRETCH)
    return fast_sum(np.vecdot(stretches, stretches), (0,)) + rest


# -- ReLU ------------------------------------------------------------------------------------------


@faster(rectified)
def larger_than_zeros(x):
    """Return `np.maximum(0, x)` in half the time: NumPy has no quick loop with a number."""
    if not x.flags.c_contiguous:
        return np.maximum(0, x)
    out = np.zeros(x.shape, x.dtype)
    return np.maximum(out, x, out=out)


# -- Where gradients go ----------------------------------------------------------------------------


@faster(only_where)
def kept_bits(mask, g):
    """Return `np.where(mask, g, 0)` up to ten times as fast: the bits are multiplied by 0 or 1."""
    if isinstance(g, Tensor):
        return np.where(mask, g, 0)
    bits = _BITS[g.dtype]
    return (g.view(bits) * mask.astype(bits)).view(g.dtype)


_BITS = {np.dtype(np.float32): np.dtype(np.int32), np.dtype(np.float64): np.dtype(np.int64)}


@faster(add_at)
def add_rows_at(out, index, x):
    """Do `np.add.at(out, index, x)`, where equal indices add up, for rows 6 times as fast."""
    if len(index) == 1 and isinstance(index[0], np.ndarray) and index[0].dtype != bool and x.size:
        _add_rows(out, index[0].ravel() % len(out), x.reshape(index[0].size, -1))
    elif any(isinstance(part, np.ndarray) and part.dtype != bool for part in index):
        np.add.at(out, index, x)
    else:  # slices, integers and masks name each element once
        out[index] += x


def _add_rows(out, index, rows):
    """Do `out[index[i]] += rows[i]` for each i: sorted, so that equal indices lie together."""
    order = np.argsort(index, kind="stable")
    index = index[order]
    starts = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1])))
    out.reshape(len(out), -1)[index[starts]] += np.add.reduceat(rows[order], starts, axis=0)


# -- Rows of a matrix ------------------------------------------------------------------------------

BLOCK = 2**16  # elements that are taken together


def blocks_of(x):
    """Return slices of the first axis, so short that a few such blocks fit in the cache."""
    step = max(1, BLOCK // max(1, math.prod(x.shape[1:])))
    return [slice(i, i + step) for i in range(0, len(x), step)]


def as_matrix(x):
    """Return (..., n) as a matrix with rows of n."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


@functools.lru_cache
def starts_of_rows(rows, columns):
    """Return the places where the rows of a matrix start in its flat form."""
    return np.arange(0, rows * columns, columns)


def row_maxima(matrix):
    """Return the largest number of each row, NaN if it has one, as a column.

    NumPy's argmax takes a third of the time of its max.
    """
    return matrix.take(matrix.argmax(1) + starts_of_rows(*matrix.shape))[:, None]


# -- The layer and its losses ----------------------------------------------------------------------


# The product, the transpose and the bias over all leading axes at once: 1.7 times as fast as the
# three for 32 x 64 to 10. `dot` has half the overhead of `matmul`.
@kernel(layers.linear, reads="x weight")
def linear(x, weight, bias):
    rows = as_matrix(x)
    out = rows.dot(weight.T)
    if bias is not None:
        out += bias
    return (
        out if x.ndim == 2 else out.reshape(*x.shape[:-1], len(weight)),
        lambda g: as_matrix(g).dot(weight).reshape(x.shape),
        lambda g: as_matrix(g).T.dot(rows),
        lambda g: fast_sum(as_matrix(g), (0,)),
    )


# log_softmax, the choice of the label and the mean in one: 4 times as fast for 32 x 10 logits.
@kernel(layers.mean_cross_entropy, name="cross_entropy")
def mean_cross_entropy(logits, labels):
    n = len(logits)
    z = logits - row_maxima(logits)
    at_labels = starts_of_rows(*logits.shape) + labels
    chosen = z.take(at_labels)
    exponentials = np.exp(z, out=z)
    total = fast_sum(exponentials, (1,))
    loss = fast_sum(np.log(total) - chosen, (0,)) / n

    def rule(g):
        share = g.item() / n  # of each row
        slope = exponentials * (share / total)[:, None]  # (softmax - one-hot) * share
        slope.put(at_labels, slope.take(at_labels) - share)
        return slope

    return loss, rule, None


# The difference, its square and the mean in one: half the passes over the arrays.
@kernel(lambda x, target: np.mean((x - target) * (x - target)), name="mse_loss")
def mean_squared_error(x, target):
    difference = x - target
    loss = add_up_squares(difference) / x.dtype.type(x.size)
    return (
        loss,
        lambda g: difference * (g * (2 / x.size)),
        lambda g: difference * (g * (-2 / x.size)),
    )
