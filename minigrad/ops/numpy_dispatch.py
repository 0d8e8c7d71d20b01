"""NumPy's own functions on tensors: recorded, never silently detached.

`np.exp(t)` arrives at `Tensor.__array_ufunc__` (NEP 13), `np.sum(t, axis=1)` at `Tensor.__array_function__` (NEP 18).
Both look the function up in a table; what is not in it is a TypeError. The gradient rules, written with these
functions, become differentiable themselves by the same two tables.
"""

import numpy as np

from ..tensor import Tensor, wrap
from . import elementwise, functions, linalg, order, reductions
from . import shape as shapes
from .creation import full

UFUNCS = {
    np.add: elementwise.plus,
    np.subtract: elementwise.minus,
    np.multiply: elementwise.mul,
    np.true_divide: elementwise.div,
    np.power: elementwise.pow,
    np.negative: elementwise.neg,
    np.positive: elementwise.positive,
    np.exp: functions.exp,
    np.log: functions.log,
    np.sqrt: functions.sqrt,
    np.abs: functions.abs,
    np.sign: functions.sign,
    np.tanh: functions.tanh,
    np.sin: functions.sin,
    np.cos: functions.cos,
    np.expm1: functions.expm1,
    np.log1p: functions.log1p,
    np.log2: functions.log2,
    np.square: functions.square,
    np.reciprocal: functions.reciprocal,
    np.floor: functions.floor,
    np.ceil: functions.ceil,
    np.remainder: elementwise.remainder,
    np.maximum: elementwise.maximum,
    np.minimum: elementwise.minimum,
    np.equal: elementwise.eq,
    np.not_equal: elementwise.ne,
    np.less: elementwise.lt,
    np.less_equal: elementwise.le,
    np.greater: elementwise.gt,
    np.greater_equal: elementwise.ge,
    np.logical_and: elementwise.logical_and,
    np.logical_or: elementwise.logical_or,
    np.logical_xor: elementwise.logical_xor,
    np.logical_not: functions.logical_not,
    np.bitwise_and: elementwise.bitwise_and,
    np.bitwise_or: elementwise.bitwise_or,
    np.bitwise_xor: elementwise.bitwise_xor,
    np.invert: elementwise.bitwise_not,
    np.isnan: functions.isnan,
    np.isinf: functions.isinf,
    np.isfinite: functions.isfinite,
    np.matmul: linalg.matmul,
}


def _where(condition, x, y):
    condition = condition if isinstance(condition, Tensor) else wrap(np.asarray(condition, bool))
    return elementwise.where(condition, x, y)


FUNCTIONS = {
    np.sum: lambda a, axis=None, dtype=None, keepdims=False: reductions.sum(a, axis, keepdims, dtype=dtype),
    np.mean: lambda a, axis=None, dtype=None, keepdims=False: reductions.mean(a, axis, keepdims, dtype=dtype),
    np.var: lambda a, axis=None, ddof=0, keepdims=False: reductions.var(a, axis, keepdim=keepdims, correction=ddof),
    np.max: lambda a, axis=None, keepdims=False: order.amax(a, axis, keepdims),
    np.min: lambda a, axis=None, keepdims=False: order.amin(a, axis, keepdims),
    np.argmax: lambda a, axis=None, keepdims=False: order.argmax(a, axis, keepdims),
    np.argmin: lambda a, axis=None, keepdims=False: order.argmin(a, axis, keepdims),
    np.where: _where,
    np.reshape: shapes.reshape,
    np.transpose: lambda a, axes=None: shapes.permute(a, range(a.ndim)[::-1] if axes is None else axes),
    np.swapaxes: shapes.transpose,
    np.squeeze: lambda a, axis=None: shapes.squeeze(a, axis),
    np.expand_dims: lambda a, axis: shapes.unsqueeze(a, axis),
    np.broadcast_to: lambda array, shape: shapes.broadcast_to(array, shape=tuple(shape)),
    np.concatenate: lambda arrays, axis=0: shapes.cat(arrays, axis),
    np.stack: lambda arrays, axis=0: shapes.stack(arrays, axis),
    np.zeros_like: lambda a, dtype=None: full(a.shape, 0, dtype=dtype or a.dtype),
    np.ones_like: lambda a, dtype=None: full(a.shape, 1, dtype=dtype or a.dtype),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a: a.numel(),
}


def array_ufunc(self, ufunc, method, *inputs, **kwargs):
    """Tensor.__array_ufunc__: TypeError for a ufunc, a ufunc's method or a keyword without a rule."""
    known = UFUNCS.get(ufunc)
    if known is None or method != "__call__" or kwargs:
        asked = ufunc.__name__ + ("" if method == "__call__" else f".{method}") + "".join(f" with {k}=" for k in kwargs)
        raise TypeError(_refusal(asked))
    return known(*[wrap(x) if isinstance(x, np.ndarray) else x for x in inputs])


def array_function(self, func, types, args, kwargs):
    """Tensor.__array_function__: TypeError for a function or a keyword without a rule."""
    known = FUNCTIONS.get(func)
    if known is None:
        raise TypeError(_refusal(f"{func.__module__}.{func.__name__}"))
    accepted = known.__code__.co_varnames[: known.__code__.co_argcount]
    for keyword in kwargs:
        if keyword not in accepted:
            raise TypeError(_refusal(f"{func.__module__}.{func.__name__} with {keyword}="))
    return known(*args, **kwargs)


def _refusal(asked):
    return (
        f"{asked} has no gradient rule, so minigrad does not record it on tensors; compose it from operations that "
        "have one, or compute outside the graph with tensor.detach().numpy()"
    )
