"""NumPy's own functions on tensors: recorded, never silently detached.

`np.exp(t)` arrives at `Tensor.__array_ufunc__` (NEP 13), `np.sum(t, axis=1)` at
`Tensor.__array_function__` (NEP 18). Both look the function up in a table; TypeError if it is not
there. The gradient rules are written with these functions, so the same two tables make them
differentiable, too.
"""

import numpy as np

from ..dtypes import supported
from ..core.tensor import Tensor, wrap
from . import elementwise, functions, linalg, order, reductions
from . import shape as shapes
from .creation import full

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
    np.matmul: lambda x, y: linalg.matmul(*_as_tensors("matmul", (x, y))),
}

OF_THE_SAME_NAME = {
    elementwise: """true_divide floor_divide positive remainder maximum minimum logical_and
        logical_or logical_xor bitwise_and bitwise_or bitwise_xor""",
    functions: """exp expm1 log log1p log2 sqrt square reciprocal sin cos tanh abs sign floor ceil
        logical_not isnan isinf isfinite""",
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
