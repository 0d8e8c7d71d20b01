"""Adding up: the numbers along axes, and the shares of a gradient that the users of an array give it."""

import functools
import math

import numpy as np

_AT_ONCE = 64  # terms that may be added one after another: float32 then errs by less than 1e-6
_ROWS = 16
_BY_BLAS = 256  # terms up to which a product with ones errs by less than 1e-6 too, and takes the least time
_STRETCH = 4096  # terms of an inner product, of which BLAS adds 32 side by side


def add_up(x, axis, keepdims=False):
    """The sum of `x` over the tuple `axis`, with an error that grows with the logarithm of the number of terms.

    NumPy adds so along the innermost axis only, and one term after another along all others: of 60000 rows of 0.1
    float32 then loses the fourth digit.
    """
    if type(x) is not np.ndarray:  # under create_graph a tensor, whose sum is recorded and comes here again
        return np.sum(x, axis=axis, keepdims=keepdims)
    if x.dtype.kind == "f":
        if x.ndim <= 2 and len(axis) == 1:
            if x.shape[axis[0]] <= _BY_BLAS:
                return _product_with_ones(x, axis[0], keepdims)
            if axis[0] == 0 and x.ndim == 2 and x.flags.c_contiguous:
                return _product_with_ones(_few_rows(x), 0, keepdims)
        terms = math.prod([x.shape[i] for i in axis])
        if terms > _AT_ONCE and not (x.flags.c_contiguous and axis == tuple(range(x.ndim))[-len(axis) :]):
            x = _folded(x, axis)
    return np.add.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims)


@functools.lru_cache
def _ones(n, dtype):
    return np.ones(n, dtype)


def _product_with_ones(x, axis, keepdims):
    if axis == 0:
        sums = _ones(len(x), x.dtype).dot(x)
        return sums[None] if keepdims else sums
    sums = x.dot(_ones(x.shape[1], x.dtype))
    return sums[:, None] if keepdims else sums


def _few_rows(matrix):
    """Up to 64 rows with the same sum of each column: for every 64 their sum, by BLAS, again and again."""
    while len(matrix) > _AT_ONCE:
        n = len(matrix) // _AT_ONCE
        stretches = matrix[: n * _AT_ONCE].reshape(n, _AT_ONCE, matrix.shape[1])
        rest = _product_with_ones(matrix[n * _AT_ONCE :], 0, keepdims=True)
        matrix = np.concatenate([np.matmul(_ones(_AT_ONCE, matrix.dtype), stretches), rest])
    return matrix


def _folded(x, axis):
    """Fewer terms with the same sum over `axis`, until NumPy adds no more than a few of them one after another.

    An axis is cut into up to 16 stretches, which are added. The innermost axis is left to NumPy, unless the array is
    expanded: which one it takes for the innermost is then not certain.
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
        laid_out = x[(*before, slice(rows * stretch))].reshape(*x.shape[:i], rows, stretch, *x.shape[i + 1 :])
        x = np.add.reduce(laid_out, axis=i)
        x[(*before, slice(rest.shape[i]))] += rest
    return x


def add_up_squares(x):
    """The sum of the squares of all of `x`, by BLAS over stretches short enough for adding one after another."""
    flat = np.ravel(x)
    n = flat.size - flat.size % _STRETCH
    rest = flat[n:].dot(flat[n:])
    if not n:
        return rest
    stretches = flat[:n].reshape(-1, _STRETCH)
    return add_up(np.vecdot(stretches, stretches), (0,)) + rest


class Part:
    """A gradient that is 0 but for `g` at the slices and integers of `index`.

    So the gradients of all parts of an array are added up in a single one: a loop over its rows takes time in
    proportion to their number, not to its square.
    """

    __slots__ = ("g", "index", "shape")

    def __init__(self, g, index, shape):
        self.g, self.index, self.shape = g, index, shape


def total(known, gx, is_own):
    """known + gx; in the array `known`, None for nothing yet, if it `is_own`: made here and known to nobody else."""
    if type(gx) is Part:
        if known is None:
            known = np.zeros(gx.shape, gx.g.dtype)
        elif not is_own or not known.ndim:  # the sum of two 0-d arrays is a number, which NumPy cannot write to
            known = np.array(known)
        known[gx.index] += gx.g
        return known
    return np.add(known, gx, out=known) if is_own and type(known) is np.ndarray else known + gx


def unbroadcast(g, shape):
    """`g` summed over the axes along which an array of `shape` was broadcast to the shape of `g`."""
    if g.shape == shape:
        return g
    added = g.ndim - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1]
    return np.reshape(add_up(g, (*range(added), *stretched)), shape)
