"""A tensor's size, and its values for Python and NumPy. Nothing here is recorded."""

import copy

import numpy as np

from ..dtypes import is_floating
from ..core.tensor import Tensor, leaf, wrap
from .promotion import check_tensor
from .shape import axis_of


def size(self, dim=None):
    """Return the shape, or the length of the axis `dim`; IndexError if there is no such axis."""
    return self.shape if dim is None else self.shape[_axis("size", self, dim)]


def dim(self):
    """Return the number of axes."""
    return self.ndim


def stride(self, dim=None):
    """Return the step in memory, in elements, between neighbours along each axis or along `dim`."""
    strides = []
    contiguous = 1
    for n, step in zip(self.shape[::-1], self._array.strides[::-1], strict=True):
        is_arbitrary = not step and (n == 1 or not self.numel())
        strides.append(contiguous if is_arbitrary else step // self._array.itemsize)
        contiguous = max(n, 1) * strides[-1]
    strides = tuple(strides[::-1])
    return strides if dim is None else strides[_axis("stride", self, dim)]


def _axis(name, tensor, dim):
    axis = axis_of(name, tensor, dim)
    if not tensor.ndim:
        raise IndexError(f"{name}(): dim {dim} of a 0-d tensor, which has no axes")
    return axis


def numel(input):
    """Return the number of elements."""
    check_tensor("numel", input)
    return input._array.size


def is_tensor(obj):
    """Return whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input):
    """Return whether the dtype is float32 or float64."""
    check_tensor("is_floating_point", input)
    return is_floating(input.dtype)


def item(self):
    """Return the only element as a Python number; RuntimeError unless there is exactly one."""
    if self._array.size != 1:
        raise RuntimeError(
            f"item() needs a tensor with exactly one element, this one has shape {self.shape}"
        )
    return self._array.item()


def as_number(kind):
    """Return Tensor.__int__ or Tensor.__float__: ValueError unless there is exactly one element."""

    def number(self):
        if self._array.size != 1:
            raise ValueError(
                f"{kind.__name__}(): only a tensor with exactly one element is a number, "
                f"this one has shape {self.shape}"
            )
        return kind(self._array.item())

    return number


def tolist(self):
    """Return the values as nested Python lists, those of a 0-d tensor as a number."""
    return self._array.tolist()


def nonzero(input, *, as_tuple=False):
    """Return the indices of the nonzero elements (int64).

    Each row is the index of one element; with `as_tuple` there is a tensor for each axis instead.
    """
    check_tensor("nonzero", input)
    if as_tuple:
        return tuple([wrap(indices) for indices in np.nonzero(np.atleast_1d(input._array))])
    return wrap(np.argwhere(input._array))


def numpy(self):
    """Return the values as an ndarray over the same memory; RuntimeError if it requires grad."""
    if self.requires_grad:
        raise RuntimeError(
            "numpy() on a tensor that requires grad would lose its history in silence; "
            "use tensor.detach().numpy() to say that this is meant"
        )
    return self._array


def array(self, dtype=None, copy=None):
    """Return the values for `np.asarray` (Tensor.__array__); errors as of `numpy`."""
    return np.array(numpy(self), dtype=dtype, copy=copy)


def length(self):
    """Return the length of the first axis (Tensor.__len__)."""
    if not self.ndim:
        raise TypeError("len() of a 0-d tensor")
    return self.shape[0]


def truth(self):
    """Return the only element as a bool (Tensor.__bool__); RuntimeError unless there is one."""
    if self._array.size != 1:
        raise RuntimeError(
            f"the truth of a tensor with {self._array.size} elements is ambiguous "
            f"(shape {self.shape}); reduce it with .any() or .all()"
        )
    return bool(self._array.item())


def index(self):
    """Return an integer tensor of one element as an index (Tensor.__index__)."""
    if is_floating(self.dtype) or self._array.size != 1:
        raise TypeError(
            "only an integer tensor of one element can be an index, this one is "
            f"{self.dtype} {self.shape}"
        )
    return int(self._array.item())


def formatted(self, spec):
    """Format a 0-d tensor as its number, others as they print (Tensor.__format__).

    TypeError for a format of others.
    """
    if not self.ndim and type(self) is Tensor:
        return format(item(self), spec)
    if spec:
        raise TypeError(
            f"format(): {spec!r} can format a 0-d tensor; use tolist() or item() for one of shape "
            f"{self.shape}"
        )
    return str(self)


def shallow_copy(self):
    """Return another tensor over the same memory: a leaf, or at the same place in the graph."""
    twin = wrap(self._array, None if self.is_leaf else self._node)
    return twin.requires_grad_(self.requires_grad) if self.is_leaf else twin


def deepcopy(self, memo):
    """Return a leaf with copies of a leaf's values and gradient; RuntimeError if it is no leaf."""
    if not self.is_leaf:
        raise RuntimeError(
            "only leaf tensors can be copied deeply, and this one was computed by "
            f"{self.grad_fn.operation.__name__}; use .clone(), or .detach() first"
        )
    twin = memo[id(self)] = object.__new__(type(self))
    twin._array = self._array.copy()
    twin._node = leaf(twin) if self.requires_grad else None
    twin._grad = copy.deepcopy(self.grad, memo)
    return twin


def no_pickle(self, protocol):
    """Raise TypeError (Tensor.__reduce_ex__), since a pickle runs code when it is read."""
    raise TypeError(
        "tensors cannot be pickled; keep their values with "
        "numpy.save(path, tensor.detach().numpy())"
    )
