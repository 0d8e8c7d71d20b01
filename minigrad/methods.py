"""Tensor's operators and methods: all names that the operations add to the class."""

import inspect
from types import FunctionType

import numpy as np

from . import random, size
from .absent import AbsentName
from .arguments import public
from .autograd import gradients, hooks
from .core import backward as core_backward
from .core.record import replace
from .device import CPU, checked_device
from .device import device as device_type
from .dtypes import bool as bool_
from .dtypes import float32, float64, int32, int64, supported, uint8
from .ops import (
    conversion,
    creation,
    elementwise,
    functions,
    indexing,
    inplace,
    linalg,
    norms,
    order,
    reductions,
    shape,
)
from .ops.promotion import cast, check_tensor
from .ops.inplace import in_place
from .ops.views import base_of
from .printing import text_of
from .core.tensor import Node, Tensor, wrap

# -- Methods that only adapt arguments -------------------------------------------------------------


def _equality(operation):
    def method(self, other):
        if isinstance(other, (Tensor, float, int, np.ndarray, np.generic)):
            return operation(self, other)
        return NotImplemented

    return method


def _iter(self):
    if not self.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return (self[i] for i in range(len(self)))


def _variadic(operation):
    """Return the method that takes its integers as f(2, 3), as f((2, 3)) and by name."""
    _, keyword = inspect.signature(operation).parameters
    checked = public(operation)

    def method(self, *numbers, **named):
        if keyword in named or not numbers:
            return checked(self, *numbers, **named)
        return checked(self, shape.sizes_of(numbers), **named)

    method.__wrapped__ = operation
    method.__doc__ = operation.__doc__
    return method


def _like_self(create):
    def method(self, *size, dtype=None, **options):
        return create(*size, dtype=self.dtype if dtype is None else dtype, **options)

    return method


def _new(self, *data, device=None):
    """Return `Tensor(*data)` in this dtype; TypeError for a tensor of another one."""
    return Tensor(*data, device=device, dtype=self.dtype)


def _reversed(self):
    return shape.flip(self, (0,)) if self.ndim else self


def _contains(self, element):
    if not isinstance(element, (Tensor, float, int, np.generic)):
        kind = type(element).__name__
        raise RuntimeError(f"`in` a tensor: expected a number or a tensor, not {kind}")
    return bool(elementwise.eq(self, element).any())


def _detach_(self):
    """Make the tensor a leaf without history, in place; RuntimeError for a view."""
    if base_of(self) is not self:
        raise RuntimeError("detach_() of a view: use detach(), or detach the tensor that it views")
    self._node = None
    return self


def _type(self, dtype=None):
    """Return the tensor in another dtype, or without one the name of its own type in PyTorch."""
    if dtype is None:
        kinds = {kind.dtype: kind.__name__ for kind in creation.TENSOR_TYPES}
        return f"torch.{kinds[self.dtype]}"
    return to(self, dtype=getattr(dtype, "dtype", dtype))


def _getattr(self, name):
    raise AbsentName("Tensor", name, Tensor)


def _tensor(name, other):
    check_tensor(name, other)
    return other


def _reflected(operation):
    return lambda self, other: operation(other, self)


def to(self, *target, dtype=None, device=None, non_blocking=False, copy=False):
    """Return the tensor in another dtype: itself if it has that dtype and `copy` is false.

    `target` is a dtype, or a device and perhaps a dtype, or a tensor to follow, then perhaps
    `non_blocking` and `copy`. The only device is "cpu". TypeError for other arguments, RuntimeError
    for another device.
    """
    follows_device = target and (
        target[0] is None or isinstance(target[0], (str, int, np.integer, device_type))
    )
    names = ("dtype", "non_blocking", "copy")
    if follows_device:
        names = ("device", *names)
    by_name = {
        "dtype": dtype,
        "device": device,
        "non_blocking": non_blocking or None,
        "copy": copy or None,
    }
    by_place = dict(zip(names, target, strict=False))
    if len(target) > len(names) or any(by_name[name] is not None for name in by_place):
        raise TypeError(f"to(): the arguments {target} are too many, or given twice")
    given = by_name | by_place
    if not all(isinstance(given[flag], (bool, type(None))) for flag in ("non_blocking", "copy")):
        raise TypeError(
            f"to(): non_blocking and copy must be True or False, got {target or by_name}"
        )
    checked_device("to", given["device"])
    dtype = given["dtype"]
    if isinstance(dtype, Tensor) and not follows_device:
        dtype = dtype.dtype
    dtype = self.dtype if dtype is None else supported(dtype, "to()")
    return self if dtype == self.dtype and not given["copy"] else cast(self, dtype=dtype)


@public
def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Check the arguments of `Tensor.backward`, and run it."""
    gradients.backward([self], gradient, retain_graph, create_graph, inputs=inputs)


replace(core_backward.backward_with_options, backward)


METHODS = {
    # arithmetic
    "__matmul__": linalg.matmul,
    "__neg__": elementwise.neg,
    "__pos__": elementwise.positive,
    "__abs__": functions.abs,
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
    "__int__": conversion.as_number(int),
    "__float__": conversion.as_number(float),
    "__array__": conversion.array,
    "__copy__": conversion.shallow_copy,
    "__deepcopy__": conversion.deepcopy,
    "__reduce_ex__": conversion.no_pickle,
    "__getitem__": indexing.getitem,
    "__setitem__": inplace.setitem,
    "__iter__": _iter,
    "__reversed__": _reversed,
    # shape
    "T": property(shape.t),
    "mT": property(
        lambda self: shape.transpose(self, -2, -1), doc="The tensor with its last two axes swapped."
    ),
    "split": lambda self, split_size, dim=0: indexing.split(self, split_size, dim),
    "where": lambda self, condition, other: elementwise.where(condition, self, other),
    # dtype and memory
    "to": to,
    "float": lambda self: to(self, float32),
    "double": lambda self: to(self, float64),
    "long": lambda self: to(self, int64),
    "int": lambda self: to(self, int32),
    "byte": lambda self: to(self, uint8),
    "bool": lambda self: to(self, bool_),
    "cpu": lambda self: to(self),
    "cuda": lambda self, **_options: checked_device("cuda", "cuda"),
    "type": _type,
    "type_as": lambda self, other: to(self, dtype=_tensor("type_as", other).dtype),
    "view_as": lambda self, other: shape.view(self, _tensor("view_as", other).shape),
    "expand_as": lambda self, other: shape.expand(self, _tensor("expand_as", other).shape),
    "is_contiguous": lambda self: self._array.flags.c_contiguous,
    "nelement": conversion.numel,
    "ndimension": conversion.dim,
    "stride": conversion.stride,
    "new": _new,
    "new_tensor": lambda self, data, **options: creation.tensor(
        data, **{"dtype": self.dtype, **options}
    ),
    "new_full": lambda self, size, fill_value, **options: creation.full(
        size, fill_value, **{"dtype": self.dtype, **options}
    ),
    "new_zeros": _like_self(creation.zeros),
    "new_ones": _like_self(creation.ones),
    "new_empty": _like_self(creation.empty),
    # gradients
    "register_hook": hooks.register_hook,
    "retain_grad": hooks.retain_grad,
    "detach_": _detach_,
    "__getattr__": _getattr,
    # the constructor
    "__init__": creation.initialize,
    "__contains__": _contains,
}

SAME_AS_FUNCTIONS = {
    conversion: "size dim numel is_floating_point item tolist numpy nonzero",
    elementwise: """clone contiguous add sub mul div floor_divide neg pow remainder eq ne lt le gt
        ge fmod maximum minimum clamp clip lerp addcmul addcdiv logaddexp masked_fill logical_and
        logical_or logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not allclose isclose
        equal""",
    functions: """exp expm1 log log1p log2 log10 sqrt rsqrt square reciprocal sin cos tan asin acos
        atan sinh cosh tanh sigmoid erf abs sign relu floor ceil round isnan isinf isfinite
        logical_not""",
    reductions: """count_nonzero sum mean var std prod cumsum cumprod any all softmax log_softmax
        logsumexp""",
    norms: "norm dist",
    order: "max min amax amin median argmax argmin sort argsort topk unique bincount",
    shape: "transpose swapaxes t squeeze unsqueeze flatten ravel unflatten movedim moveaxis roll",
    indexing: """repeat_interleave gather scatter scatter_add index_add index_fill index_select
        masked_select narrow select chunk unbind tril triu diag diagonal""",
    linalg: "trace addmm matmul mm bmm mv dot outer",
}

ARITHMETIC = {
    "add": elementwise.plus,
    "sub": elementwise.minus,
    "mul": elementwise.mul,
    "truediv": elementwise.true_divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.remainder,
    "pow": elementwise.pow,
    "and": elementwise.bitwise_and,
    "or": elementwise.bitwise_or,
    "xor": elementwise.bitwise_xor,
}

SPREAD = {
    name: _variadic(getattr(shape, name))
    for name in "view reshape permute flip repeat expand".split()
}

IN_PLACE = {
    elementwise: """add sub mul div floor_divide pow remainder fmod clamp clip masked_fill neg lerp
        addcmul addcdiv""",
    functions: """exp log sqrt rsqrt square abs sin cos sigmoid tanh relu reciprocal floor ceil
        round""",
    indexing: "scatter scatter_add index_add index_fill tril triu",
    inplace: "zero fill copy",
}

# The docstrings of those above that only adapt arguments.
MEANINGS = {
    "split": indexing.split.__doc__,
    "where": "Return the tensor where the boolean `condition` is true, else `other`.",
    "float": "Return the tensor as float32.",
    "double": "Return the tensor as float64.",
    "long": "Return the tensor as int64.",
    "int": "Return the tensor as int32.",
    "byte": "Return the tensor as uint8.",
    "bool": "Return whether each element is not 0.",
    "cpu": "Return the tensor itself: it is on the CPU.",
    "cuda": "Raise RuntimeError: there is no other device than the CPU.",
    "type_as": "Return the tensor in the dtype of `other`.",
    "view_as": "Return a view of the shape of `other`.",
    "expand_as": "Return a view that is repeated to the shape of `other`.",
    "is_contiguous": "Return whether the elements lie in memory in the order of their indices.",
    "new_tensor": "Return `minigrad.tensor(data)`, in this dtype unless another is given.",
    "new_full": "Return `minigrad.full(size, fill_value)`, in this dtype unless another is given.",
    "new_zeros": "Return `minigrad.zeros(size)`, in this dtype unless another is given.",
    "new_ones": "Return `minigrad.ones(size)`, in this dtype unless another is given.",
    "new_empty": "Return `minigrad.empty(size)`, in this dtype unless another is given.",
}

METHODS.update(SPREAD)

for _name, _operation in ARITHMETIC.items():
    METHODS[f"__{_name}__"] = _operation
    METHODS[f"__r{_name}__"] = _operation if _name in ("add", "mul") else _reflected(_operation)
    METHODS[f"__i{_name}__"] = in_place(_operation)

for _module, _names in IN_PLACE.items():
    METHODS.update({f"{name}_": in_place(getattr(_module, name)) for name in _names.split()})

for _operation in (shape.unsqueeze, shape.squeeze, shape.transpose, shape.t):
    METHODS[f"{_operation.__name__}_"] = inplace.reshaping(_operation)

for _operation in random.REDRAWING:
    METHODS[f"{_operation.__name__[1:]}_"] = in_place(_operation)

for _module, _names in SAME_AS_FUNCTIONS.items():
    METHODS.update({name: getattr(_module, name) for name in _names.split()})

for _name, _method in METHODS.items():
    if isinstance(_method, FunctionType) and _method.__name__ in ("<lambda>", "method", "number"):
        _method.__name__ = _method.__qualname__ = _name
        _method.__doc__ = _method.__doc__ or MEANINGS.get(_name)
    if isinstance(_method, FunctionType) and not _name.startswith("__") and _name not in SPREAD:
        _method = public(_method, _name)
    setattr(Tensor, _name, _method)


def _set_data(self, value):
    if not isinstance(value, Tensor):
        raise TypeError(f"data must be a Tensor, not {type(value).__name__}; see minigrad.tensor()")
    if self.requires_grad and value.dtype.kind != "f":
        raise RuntimeError(
            f"data of a tensor that requires grad must be floating, not {value.dtype}; use .float()"
        )
    self._array = value._array


def _set_grad(self, value):
    if value is not None and not isinstance(value, Tensor):
        raise TypeError(f"grad must be a Tensor or None, not {type(value).__name__}")
    if value is not None and (value.shape, value.dtype) != (self.shape, self.dtype):
        raise RuntimeError(
            f"grad of a {self.dtype} tensor of shape {self.shape} cannot be {value.dtype} of shape "
            f"{value.shape}"
        )
    self._grad = value


def requires_grad_(self, requires_grad=True):
    """Set `requires_grad` and return the tensor."""
    self.requires_grad = requires_grad
    return self


Tensor.data = property(
    lambda self: wrap(self._array),
    _set_data,
    doc="As `detach()`; assigning a tensor replaces the values and keeps the place in the graph.",
)
Node.next_functions = property(lambda self: tuple([(parent, 0) for parent in self.parents]))
Tensor.grad = Tensor.grad.setter(_set_grad).deleter(lambda self: _set_grad(self, None))
Tensor.shape = size.shape
Tensor.is_cuda = property(lambda self: False, doc="Whether the tensor is on a GPU: never.")
Tensor.device = property(lambda self: CPU, doc="Where the tensor lives: always on the CPU.")
Tensor.requires_grad_ = public(requires_grad_)
