"""The operations that most others are made of: a row each, the forward beside its gradient rules.

`record.py` tells what a rule is. `minigrad.methods` replaces the operators below by checking ones.
"""

import numpy as np

from .record import elementwise, operation, replaceable
from .tensor import Tensor

# -- Element by element ----------------------------------------------------------------------------

add = elementwise("add", np.add, lambda g: g, lambda g: g)
sub = elementwise("sub", np.subtract, lambda g: g, lambda g: -g)
mul = elementwise("mul", np.multiply, lambda g, y: g * y, lambda g, x: g * x)
div = elementwise("div", np.true_divide, lambda g, y: g / y, lambda g, x, y: -g * (x / y / y))
neg = elementwise("neg", np.negative, lambda g: -g)
exp = elementwise("exp", np.exp, lambda g, out: g * out)
log = elementwise("log", np.log, lambda g, x: g / x)
relu = elementwise("relu", lambda x: rectified(x), lambda g, out: only_where(out != 0, g))


@replaceable
def rectified(x):
    return np.maximum(0, x)  # in this order -0.0 stays, as in PyTorch


@replaceable
def only_where(mask, g):
    """Return `g` where the mask is true, else 0; a product would make NaN of infinity."""
    return np.where(mask, g, 0)


@operation(
    None,
    lambda g, condition: only_where(condition, g),
    lambda g, condition: only_where(np.logical_not(condition), g),
    broadcasts=True,
)
def where(condition, x, y):
    """Take `x` where the boolean array `condition` is true, else `y`; all three broadcast."""
    return np.where(condition, x, y)


# -- Matrices --------------------------------------------------------------------------------------


@operation(
    lambda g, x_shape, y: unbroadcast(np.matmul(g, np.matrix_transpose(y)), x_shape),
    lambda g, x, y_shape: unbroadcast(np.matmul(np.matrix_transpose(x), g), y_shape),
)
def matmul(x, y):
    """Multiply the matrices in the last two axes; the leading axes broadcast."""
    return np.matmul(x, y)


@operation(lambda g, axes: np.transpose(g, tuple(np.argsort(axes))))
def permute(x, axes):
    """Put the axes in another order, `axes`, none of them negative."""
    return np.transpose(x, axes)


# -- Sums ------------------------------------------------------------------------------------------


@replaceable
def add_up(x, axis, keepdims=False):
    """Sum `x` over the tuple `axis`, in float64: in float32, 60,000 rows of 0.1 lose a digit."""
    if isinstance(x, Tensor):  # under create_graph: recorded, it comes here again
        return total(x, axis=axis, keepdims=keepdims)
    exact = np.float64 if x.dtype.kind == "f" else x.dtype
    return np.asarray(np.add.reduce(x, axis, exact, keepdims=keepdims)).astype(x.dtype)


def unbroadcast(g, shape):
    """Sum `g` over the axes along which an array of `shape` was broadcast to that of `g`."""
    if g.shape == shape:
        return g
    added = g.ndim - len(shape)
    stretched = [added + i for i, n in enumerate(shape) if n == 1]
    return np.reshape(add_up(g, (*range(added), *stretched)), shape)


@operation(
    lambda g, x_shape, axis: np.broadcast_to(restored(g, x_shape, axis), x_shape), name="sum"
)
def total(x, axis, keepdims=False):
    """Sum over the tuple `axis`, none of them negative."""
    return add_up(x, axis, keepdims)


def restored(g, shape, axis):
    """Put the axes that were reduced out of `shape` back into `g`, each with length 1."""
    return np.reshape(g, [1 if i in axis else n for i, n in enumerate(shape)])


@operation(lambda g, out, axis: out * (g - add_up(g * out, axis, keepdims=True)))
def softmax(x, axis):
    """Return exp(x) / sum(exp(x)) over `axis`, a tuple; with max(x) subtracted none overflows."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / add_up(e, axis, keepdims=True)


@operation(lambda g, out, axis: g - np.exp(out) * add_up(g, axis, keepdims=True))
def log_softmax(x, axis):
    """Return log(softmax(x)), finite also where softmax(x) rounds to 0."""
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(add_up(np.exp(shifted), axis, keepdims=True))


# -- Tensor's operators ----------------------------------------------------------------------------

Tensor.__neg__ = neg
Tensor.__add__ = add
Tensor.__sub__ = sub
Tensor.__mul__ = mul
Tensor.__truediv__ = div
Tensor.__matmul__ = matmul
Tensor.__radd__ = lambda self, other: add(other, self)
Tensor.__rsub__ = lambda self, other: sub(other, self)
Tensor.__rmul__ = lambda self, other: mul(other, self)
Tensor.__rtruediv__ = lambda self, other: div(other, self)
