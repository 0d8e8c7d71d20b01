"""Tensor: an array, its gradient, and the record of how it was made.

What can be computed with tensors is not here: the operations live in `minigrad.ops`, which also gives Tensor
its operators and its methods (`methods.py`), and the walk back through the record in `minigrad.autograd`.
"""

import weakref

import numpy as np

from .device import CPU
from .dtypes import is_floating

new = object.__new__  # for a Tensor without the detour over `__init__`, which is for users


class Node:
    """A vertex of the graph that `backward` walks: the record of one operation, or a leaf.

    `operation` carries the gradient rules; they are called with what it was called with (`inputs`: arrays and
    constants, `params`: keywords) and with its result (`out`). `parents` runs parallel to `inputs` and holds the
    node of each input that wants a gradient, else None. A leaf has no operation and no parents.

    A node holds arrays and other nodes, never the Tensor that it belongs to: there is no reference cycle, so
    memory is returned by counting alone, the moment the last tensor of a graph goes. `receiver` is a weak
    reference to the tensor whose `.grad` is to be filled: a leaf's own tensor, or one that asked by `retain_grad`.
    `time` says when the values were recorded, in ticks of `graph.tick`, 0 for a leaf; `line` is set while anomalies
    are looked for.
    """

    __slots__ = ("operation", "inputs", "parents", "params", "out", "time", "receiver", "line")

    def __repr__(self):
        name = self.operation.__name__ if self.operation else "accumulate_grad"
        return f"<{name.title().replace('_', '')}Backward0>"


def leaf(tensor):
    """The node of a tensor that wants a gradient and was not made by a recorded operation."""
    node = Node()
    node.operation = node.inputs = node.params = node.out = None
    node.parents = ()
    node.time = 0
    node.receiver = weakref.ref(tensor)
    return node


class Tensor:
    """A multi-dimensional array of one dtype that remembers how it was computed.

    Made by `minigrad.tensor`, `zeros`, `rand`, ... or as the result of an operation; `Tensor(...)` is the older way.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("_array", "_base", "_grad", "_node", "_views", "__weakref__")  # _base, _views: see ops/views.py

    shape = property(lambda self: self._array.shape, doc="The lengths of the axes, as a tuple.")
    dtype = property(lambda self: self._array.dtype, doc="The type of the elements, as NumPy has it.")
    ndim = property(lambda self: self._array.ndim, doc="The number of axes.")
    device = property(lambda self: CPU, doc="Where the tensor lives: always on the CPU.")
    is_leaf = property(lambda self: self.grad_fn is None, doc="Whether no recorded operation computed this tensor.")

    @property
    def grad(self):
        """The gradient that `backward` has added up here so far, or None; a Tensor of this shape and dtype."""
        return self._grad

    @grad.setter
    def grad(self, value):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(f"grad must be a Tensor or None, not {type(value).__name__}")
        if value is not None and (value.shape, value.dtype) != (self.shape, self.dtype):
            raise RuntimeError(
                f"grad of a {self.dtype} tensor of shape {self.shape} cannot be {value.dtype} of shape {value.shape}"
            )
        self._grad = value

    @property
    def requires_grad(self):
        """Whether operations on this tensor are recorded. Can be set on leaves of a floating dtype only."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value):
        if not self.is_leaf and not value:
            raise RuntimeError(
                "requires_grad can only be changed on leaf tensors, and this one was computed by "
                f"{self._node.operation.__name__}; use .detach() to get it without its history"
            )
        if value and not is_floating(self.dtype):
            raise RuntimeError(f"only tensors of floating dtype can require gradients, this one is {self.dtype}")
        if not value:
            self._node = None
        elif self._node is None:
            self._node = leaf(self)

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self):
        """The node that recorded the operation, or None for a leaf."""
        return None if self._node is None or self._node.operation is None else self._node

    def detach(self):
        """The same memory without the history: a leaf that does not require grad."""
        return wrap(self._array)

    @property
    def data(self):
        """As `detach()`; assigning a tensor replaces the values and leaves the place in the graph."""
        return wrap(self._array)

    @data.setter
    def data(self, value):
        self._array = value._array

    __hash__ = object.__hash__  # by identity; `==` compares the elements


def wrap(array, node=None):
    """A Tensor over `array` itself, at `node` in the graph."""
    tensor = new(Tensor)
    tensor._array = array if type(array) is np.ndarray else np.asarray(array)
    tensor._node, tensor._grad = node, None
    return tensor
