"""NumPy's own functions on tensors: recorded, never silently detached.

`np.exp(t)` arrives at `Tensor.__array_ufunc__` (NEP 13), `np.sum(t, axis=1)` at
`Tensor.__array_function__` (NEP 18). Both look the function up in a table; TypeError if it is not
there. The gradient rules are written with these functions, so the same two tables make them
differentiable, too.
"""

import numpy as np

from ..dtypes import supported
from ..core.tensor import Tensor, wrap
from . import elementwise, functions, indexing, linalg, norms, order, reductions
from . import shape as shapes
from .creation import full
from .einsum import einsum
from .promotion import promoted

OF_ANOTHER_NAME = {
    np.add: elementwise.plus,
    np.subtract: elementwise.minus,
    np.multiply: elementwise.mul,
    np.power: elementwise.pow,
    np.negative: elementwise.neg,
    np.equal: elementwise.eq,
    np.not_equal: elementwise.ne,
    np.less: elementwise.lt,
    np.less_equal: elementwise.le,
    np.greater: elementwise.gt,
    np.greater_equal: elementwise.ge,
    np.invert: elementwise.bitwise_not,
    np.arcsin: functions.asin,
    np.arccos: functions.acos,
    np.arctan: functions.atan,
    np.matmul: lambda x, y: linalg.matmul(*_as_tensors("matmul", (x, y))),
}

OF_THE_SAME_NAME = {
    elementwise: """true_divide floor_divide positive remainder maximum minimum logical_and
        logical_or logical_xor logaddexp bitwise_and bitwise_or bitwise_xor""",
    functions: """exp expm1 log log1p log2 log10 sqrt square reciprocal sin cos tan sinh cosh tanh
        abs sign floor ceil logical_not isnan isinf isfinite""",
}

UFUNCS = dict(OF_ANOTHER_NAME)
for _module, _names in OF_THE_SAME_NAME.items():
    UFUNCS.update({getattr(np, name): getattr(_module, name) for name in _names.split()})


def _where(condition, x, y):
    condition = condition if isinstance(condition, Tensor) else wrap(np.asarray(condition, bool))
    return elementwise.where(condition, x, y)


def _as_tensors(name, arrays):
    """Return the arrays as tensors; TypeError for a dtype that tensors do not have."""
    for x in arrays:
        if isinstance(x, np.ndarray):
            supported(x.dtype, f"{name}()")
    return [wrap(x) if isinstance(x, np.ndarray) else x for x in arrays]


def _dot(a, b):
    a, b = promoted("dot", a, b)
    if b.ndim > 2:
        raise TypeError(_refusal("numpy.dot with a second operand of more than two axes"))
    return linalg.matmul(a, b) if a.ndim and b.ndim else a * b


def _outer(a, b):
    return linalg.outer(*[shapes.ravel(x) for x in promoted("outer", a, b)])


def _clip(a, a_min=None, a_max=None, min=None, max=None):
    bounds = [x if x is not None else y for x, y in ((a_min, min), (a_max, max))]
    a, *bounds = _as_tensors("clip", (a, *bounds))
    return elementwise.clone(a) if bounds == [None, None] else elementwise.clamp(a, *bounds)


def _cumsum(a, axis=None, dtype=None):
    return reductions.cumsum(*((shapes.ravel(a), 0) if axis is None else (a, axis)), dtype=dtype)


def _linalg_norm(x, ord=None, axis=None, keepdims=False):
    is_vector = isinstance(axis, int) or (axis is None and x.ndim == 1)
    if ord is not None and is_vector == (ord == "fro"):
        raise TypeError(_refusal(f"numpy.linalg.norm over these axes with ord={ord!r}"))
    return norms.norm(x, 2 if ord is None else ord, axis, keepdims)


FUNCTIONS = {
    np.sum: lambda a, axis=None, dtype=None, keepdims=False: reductions.sum(
        a, axis, keepdims, dtype=dtype
    ),
    np.mean: lambda a, axis=None, dtype=None, keepdims=False: reductions.mean(
        a, axis, keepdims, dtype=dtype
    ),
    np.var: lambda a, axis=None, ddof=0, keepdims=False: reductions.var(
        a, axis, keepdim=keepdims, correction=ddof
    ),
    np.std: lambda a, axis=None, ddof=0, keepdims=False: reductions.std(
        a, axis, keepdim=keepdims, correction=ddof
    ),
    np.prod: lambda a, axis=None, dtype=None, keepdims=False: reductions.prod(
        a, axis, keepdims, dtype=dtype
    ),
    np.cumsum: _cumsum,
    np.linalg.norm: _linalg_norm,
    np.dot: _dot,
    np.outer: _outer,
    np.einsum: lambda *operands: einsum(*_as_tensors("einsum", operands)),
    np.clip: _clip,
    np.repeat: lambda a, repeats, axis=None: indexing.repeat_interleave(
        a, wrap(np.asarray(repeats)), axis
    ),
    np.moveaxis: shapes.moveaxis,
    np.tril: lambda m, k=0: indexing.tril(m, k),
    np.triu: lambda m, k=0: indexing.triu(m, k),
    np.diag: lambda v, k=0: indexing.diag(v, k),
    np.max: lambda a, axis=None, keepdims=False: order.amax(
        a, () if axis is None else axis, keepdims
    ),
    np.min: lambda a, axis=None, keepdims=False: order.amin(
        a, () if axis is None else axis, keepdims
    ),
    np.argmax: lambda a, axis=None, keepdims=False: order.argmax(a, axis, keepdims),
    np.argmin: lambda a, axis=None, keepdims=False: order.argmin(a, axis, keepdims),
    np.where: _where,
    np.reshape: shapes.reshape,
    np.transpose: lambda a, axes=None: shapes.permute(
        a, tuple(range(a.ndim))[::-1] if axes is None else axes
    ),
    np.swapaxes: shapes.transpose,
    np.matrix_transpose: lambda x: shapes.transpose(x, -2, -1),
    np.squeeze: lambda a, axis=None: shapes.squeeze(a, axis),
    np.expand_dims: lambda a, axis: shapes.unsqueeze(a, axis),
    np.broadcast_to: lambda array, shape: shapes.broadcast_to(array, shape=tuple(shape)),
    np.concatenate: lambda arrays, axis=0: shapes.cat(_as_tensors("concatenate", arrays), axis),
    np.stack: lambda arrays, axis=0: shapes.stack(_as_tensors("stack", arrays), axis),
    np.zeros_like: lambda a, dtype=None: full(a.shape, 0, dtype=dtype or a.dtype),
    np.ones_like: lambda a, dtype=None: full(a.shape, 1, dtype=dtype or a.dtype),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.numel(),
}


def array_ufunc(self, ufunc, method, *inputs, **kwargs):
    """Apply a ufunc (Tensor.__array_ufunc__); TypeError for one, or a keyword, without a rule."""
    operation = UFUNCS.get(ufunc)
    if operation is None or method != "__call__" or kwargs:
        asked = ufunc.__name__
        asked += "" if method == "__call__" else f".{method}"
        asked += "".join(f" with {keyword}=" for keyword in kwargs)
        raise TypeError(_refusal(asked))
    return operation(*inputs)


def array_function(self, func, types, args, kwargs):
    """Apply a NumPy function (Tensor.__array_function__); TypeError for one without a rule."""
    operation = FUNCTIONS.get(func)
    if operation is None:
        raise TypeError(_refusal(f"{func.__module__}.{func.__name__}"))
    accepted = operation.__code__.co_varnames[: operation.__code__.co_argcount]
    for keyword in kwargs:
        if keyword not in accepted:
            raise TypeError(_refusal(f"{func.__module__}.{func.__name__} with {keyword}="))
    return operation(*args, **kwargs)


def _refusal(asked):
    return (
        f"{asked} has no gradient rule, so minigrad does not record it on tensors; compose it from "
        "operations that have one, or compute outside the graph with tensor.detach().numpy()"
    )


Tensor.__array_ufunc__ = array_ufunc
Tensor.__array_function__ = array_function
