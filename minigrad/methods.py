"""Tensor's operators and methods: every name that the operations add to the class, bound in this one place."""

import numpy as np

from .autograd import engine
from .dtypes import bool as bool_
from .dtypes import float32, float64, int32, int64, supported
from .ops import (
    conversion,
    elementwise,
    functions,
    indexing,
    inplace,
    linalg,
    numpy_dispatch,
    order,
    reductions,
    shape,
)
from .ops.creation import checked_device
from .ops.declare import cast
from .ops.inplace import in_place
from .printing import text_of
from .tensor import Tensor

# -- Methods that only adapt arguments -----------------------------------------------------------------------


def _equality(operation):
    def method(self, other):
        known = isinstance(other, (Tensor, float, int, np.ndarray, np.generic))
        return operation(self, other) if known else NotImplemented

    return method


def _iter(self):
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return (self[i] for i in range(len(self)))


def to(self, *target, dtype=None, device=None):
    """In another dtype; itself if it has it already. A device may be named, but there is only "cpu"."""
    for argument in target:
        if isinstance(argument, str):
            device = argument
        else:
            dtype = argument.dtype if isinstance(argument, Tensor) else argument
    checked_device(device)
    dtype = self.dtype if dtype is None else supported(dtype, "to()")
    return self if dtype == self.dtype else cast(self, dtype=dtype)


def _backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """`autograd.backward` from this tensor: fills `.grad` of the leaves that it was computed from."""
    engine.backward([self], [gradient], retain_graph, create_graph, inputs)


METHODS = {
    # arithmetic
    "__add__": elementwise.plus,
    "__radd__": lambda self, other: elementwise.plus(other, self),
    "__sub__": elementwise.minus,
    "__rsub__": lambda self, other: elementwise.minus(other, self),
    "__mul__": elementwise.mul,
    "__rmul__": lambda self, other: elementwise.mul(other, self),
    "__truediv__": elementwise.div,
    "__rtruediv__": lambda self, other: elementwise.div(other, self),
    "__pow__": elementwise.pow,
    "__rpow__": lambda self, other: elementwise.pow(other, self),
    "__matmul__": linalg.matmul,
    "__neg__": elementwise.neg,
    "__pos__": elementwise.positive,
    "__abs__": functions.abs,
    "__iadd__": in_place(elementwise.plus),
    "__isub__": in_place(elementwise.minus),
    "__imul__": in_place(elementwise.mul),
    "__itruediv__": in_place(elementwise.div),
    "__ipow__": in_place(elementwise.pow),
    "__mod__": elementwise.remainder,
    "__and__": elementwise.bitwise_and,
    "__or__": elementwise.bitwise_or,
    "__xor__": elementwise.bitwise_xor,
    "__invert__": elementwise.bitwise_not,
    # comparisons
    "__eq__": _equality(elementwise.eq),
    "__ne__": _equality(elementwise.ne),
    "__lt__": elementwise.lt,
    "__le__": elementwise.le,
    "__gt__": elementwise.gt,
    "__ge__": elementwise.ge,
    # as Python and NumPy see it
    "__repr__": text_of,
    "__format__": conversion.formatted,
    "__len__": conversion.length,
    "__bool__": conversion.truth,
    "__index__": conversion.index,
    "__int__": lambda self: int(conversion.item(self)),
    "__float__": lambda self: float(conversion.item(self)),
    "__array__": conversion.array,
    "__deepcopy__": conversion.deepcopy,
    "__reduce_ex__": conversion.no_pickle,
    "__getitem__": indexing.getitem,
    "__setitem__": inplace.setitem,
    "__iter__": _iter,
    "__array_ufunc__": numpy_dispatch.array_ufunc,
    "__array_function__": numpy_dispatch.array_function,
    # shape
    "T": property(shape.t),
    "mT": property(lambda self: shape.transpose(self, -2, -1)),
    "view": lambda self, *sizes: shape.view(self, shape.sizes_of(sizes)),
    "reshape": lambda self, *sizes: shape.reshape(self, shape.sizes_of(sizes)),
    "permute": lambda self, *dims: shape.permute(self, shape.sizes_of(dims)),
    "flip": lambda self, *dims: shape.flip(self, shape.sizes_of(dims)),
    "repeat": lambda self, *repeats: shape.repeat(self, shape.sizes_of(repeats)),
    "expand": lambda self, *sizes: shape.expand(self, shape.sizes_of(sizes)),
    # dtype and memory
    "to": to,
    "float": lambda self: to(self, float32),
    "double": lambda self: to(self, float64),
    "long": lambda self: to(self, int64),
    "int": lambda self: to(self, int32),
    "bool": lambda self: to(self, bool_),
    "clone": elementwise.clone,
    # gradients
    "backward": _backward,
}

SAME_AS_FUNCTIONS = {
    conversion: "size dim numel is_floating_point item tolist numpy",
    elementwise: """add sub mul div neg pow remainder eq ne lt le gt ge maximum minimum where clamp masked_fill
        logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not allclose isclose equal""",
    functions: """exp expm1 log log1p log2 sqrt rsqrt square reciprocal sin cos tanh sigmoid erf abs sign relu floor
        ceil round isnan isinf isfinite logical_not""",
    reductions: "sum mean var std prod cumsum any all norm softmax log_softmax logsumexp",
    order: "max min amax amin argmax argmin sort argsort topk",
    shape: "transpose t squeeze unsqueeze flatten unflatten movedim roll",
    indexing: """gather scatter scatter_add index_select masked_select narrow split chunk unbind tril triu diag
        diagonal""",
    linalg: "matmul mm bmm mv dot outer",
}

IN_PLACE = {
    elementwise: "add sub mul div pow remainder clamp masked_fill neg",
    functions: "exp sqrt abs sigmoid tanh relu reciprocal floor round",
    inplace: "zero fill copy",
}

for _module, _names in IN_PLACE.items():
    METHODS.update({f"{name}_": in_place(getattr(_module, name)) for name in _names.split()})

for _module, _names in SAME_AS_FUNCTIONS.items():
    METHODS.update({name: getattr(_module, name) for name in _names.split()})

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
