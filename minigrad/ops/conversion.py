"""A tensor's size, and its values as Python and NumPy see them. Nothing here is recorded."""

import copy

import numpy as np

from ..dtypes import is_floating
from ..tensor import Tensor, leaf, wrap
from .declare import check_tensor
from .shape import axis_of


def size(self, dim=None):
    """The shape as a tuple, or the length of the axis `dim`. IndexError if there is no such axis."""
    return self.shape if dim is None else self.shape[_axis("size", self, dim)]


def dim(self):
    """The number of axes."""
    return self.ndim


def stride(self, dim=None):
    """The distance in memory between neighbours along each axis, or along `dim`, counted in elements."""
    strides, contiguous = [], 1
    for n, step in zip(self.shape[::-1], self._array.strides[::-1], strict=True):
        says_nothing = not step and (n == 1 or not self.numel())
        strides.append(contiguous if says_nothing else step // self._array.itemsize)
        contiguous = max(n, 1) * strides[-1]
    strides = tuple(strides[::-1])
    return strides if dim is None else strides[_axis("stride", self, dim)]


def _axis(name, tensor, dim):
    axis = axis_of(name, tensor, dim)
    if not tensor.ndim:
        raise IndexError(f"{name}(): dim {dim} of a 0-d tensor, which has no axes")
    return axis


def numel(input):
    """The number of elements."""
    check_tensor("numel", input)
    return input._array.size


def is_tensor(obj):
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input):
    """Whether the dtype is float32 or float64."""
    check_tensor("is_floating_point", input)
    return is_floating(input.dtype)


def item(self):
    """The only element as a Python number. RuntimeError unless there is exactly one."""
    if self._array.size != 1:
        raise RuntimeError(f"item() needs a tensor with exactly one element, this one has shape {self.shape}")
    return self._array.item()


def as_number(kind):
    """Tensor.__int__ or Tensor.__float__. ValueError unless there is exactly one element."""

    def number(self):
        if self._array.size != 1:
            raise ValueError(
                f"{kind.__name__}(): only a tensor with exactly one element is a number, "
                f"this one has shape {self.shape}"
            )
        return kind(self._array.item())

    return number


def tolist(self):
    """The values as nested Python lists, a 0-d tensor as a number."""
    return self._array.tolist()


def nonzero(input, *, as_tuple=False):
    """Where the elements are not 0: an index a row (int64) or, `as_tuple`, a tensor for each axis."""
    check_tensor("nonzero", input)
    found = np.nonzero(np.atleast_1d(input._array))
    if as_tuple:
        return tuple([wrap(indices) for indices in found])
    return wrap(np.argwhere(input._array))


def numpy(self):
    """The values as an ndarray over the same memory. RuntimeError while the tensor requires grad."""
    if self.requires_grad:
        raise RuntimeError(
            "numpy() on a tensor that requires grad would lose its history in silence; "
            "use tensor.detach().numpy() to say that this is meant"
        )
    return self._array


def array(self, dtype=None, copy=None):
    """Tensor.__array__, by which `np.asarray` asks for the values; refuses as `numpy` does."""
    return np.array(numpy(self), dtype=dtype, copy=copy)


def length(self):
    """Tensor.__len__: the length of the first axis."""
    if not self.ndim:
        raise TypeError("len() of a 0-d tensor")
    return self.shape[0]


def truth(self):
    """Tensor.__bool__. RuntimeError unless there is exactly one element."""
    if self._array.size != 1:
        raise RuntimeError(
            f"the truth of a tensor with {self._array.size} elements is ambiguous (shape {self.shape}); "
            "reduce it with .any() or .all()"
        )
    return bool(self._array.item())


def index(self):
    """Tensor.__index__: an integer tensor of one element as an index."""
    if is_floating(self.dtype) or self._array.size != 1:
        raise TypeError(f"only an integer tensor of one element can be an index, this one is {self.dtype} {self.shape}")
    return int(self._array.item())


def formatted(self, spec):
    """Tensor.__format__: a 0-d tensor as its number, others as they print. TypeError for a format of others."""
    if not self.ndim and type(self) is Tensor:
        return format(item(self), spec)
    if spec:
        raise TypeError(
            f"format(): {spec!r} can format a 0-d tensor; use tolist() or item() for one of shape {self.shape}"
        )
    return str(self)


def shallow_copy(self):
    """Another tensor over the same memory: a leaf, or at the same place in the graph."""
    twin = wrap(self._array, None if self.is_leaf else self._node)
    return twin.requires_grad_(self.requires_grad) if self.is_leaf else twin


def deepcopy(self, memo):
    """A leaf with copies of the values and the gradient. RuntimeError for a tensor that has a history."""
    if not self.is_leaf:
        raise RuntimeError(
            f"only leaf tensors can be copied deeply, and this one was computed by {self.grad_fn.operation.__name__}; "
            "use .clone(), or .detach() first"
        )
    twin = memo[id(self)] = object.__new__(type(self))
    twin._array = self._array.copy()
    twin._node = leaf(twin) if self.requires_grad else None
    twin._grad = copy.deepcopy(self.grad, memo)
    return twin


def no_pickle(self, protocol):
    """Tensor.__reduce_ex__: tensors are not pickled, since a pickle runs code when it is read."""
    raise TypeError("tensors cannot be pickled; keep their values with numpy.save(path, tensor.detach().numpy())")
