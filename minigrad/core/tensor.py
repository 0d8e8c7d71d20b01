"""Tensor: an array, its gradient, and its place in the graph of what was computed.

`rules.py` gives Tensor its operators, `backward.py` the walk back, `minigrad.methods` all others.
"""

import weakref

import numpy as np

new = object.__new__  # makes a Tensor without running `__init__`, which is for users


class Node:
    """A vertex of the graph that `backward` walks: the record of one operation, or a leaf.

    `operation` was called with `inputs` (arrays and constants) and `params` (keywords), and gave
    the array `out`. `parents` has, for each input, the node of a tensor that wants a gradient, else
    None. A leaf has neither operation nor parents. `time` says when the node was made: 0 for a
    leaf, else by the clock of `record.py`. `keeper` is a weak reference to the tensor whose `.grad`
    backward fills, or None. `hooks` and `line` are set by observers alone (`minigrad.autograd`).

    It holds no Tensor. So no reference cycle keeps a graph's memory when its last tensor goes.
    """

    __slots__ = (
        "operation", "inputs", "parents", "params", "out", "time", "keeper", "hooks", "line"
    )  # fmt: skip


def leaf(tensor):
    """Make the node of a tensor that wants a gradient and that no operation has made."""
    node = Node()
    node.operation = node.inputs = node.params = node.out = None
    node.parents = ()
    node.time = 0
    node.keeper = weakref.ref(tensor)
    return node


class Tensor:
    """A multi-dimensional array of one dtype that remembers how it was computed.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("_array", "_grad", "_node", "_base", "_views", "__weakref__")  # see ops/views.py

    shape = property(lambda self: self._array.shape, doc="The lengths of the axes, as a tuple.")
    dtype = property(lambda self: self._array.dtype, doc="The type of the elements, as in NumPy.")
    ndim = property(lambda self: self._array.ndim, doc="The number of axes.")
    is_leaf = property(lambda self: self.grad_fn is None, doc="Whether no operation recorded it.")

    @property
    def grad(self):
        """The gradient that `backward` has added up here so far, or None."""
        return self._grad

    @property
    def requires_grad(self):
        """Whether operations on this tensor are recorded. It can be set on floating leaves only."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value):
        if not self.is_leaf and not value:
            raise RuntimeError(
                "requires_grad can only be changed on leaf tensors, and this one was computed by "
                f"{self._node.operation.__name__}; use .detach() to get it without its history"
            )
        if value and self.dtype.kind != "f":
            raise RuntimeError(
                f"only tensors of floating dtype can require gradients, this one is {self.dtype}"
            )
        if not value:
            self._node = None
        elif self._node is None:
            self._node = leaf(self)

    @property
    def grad_fn(self):
        """The node that recorded the operation, or None for a leaf."""
        return None if self._node is None or self._node.operation is None else self._node

    def detach(self):
        """Return a leaf over the same memory, without the history, that does not require grad."""
        return wrap(self._array)

    __hash__ = object.__hash__  # by identity; `==` compares the elements


def wrap(array, node=None):
    """Make a Tensor over `array` itself, at `node` in the graph."""
    tensor = new(Tensor)
    tensor._array = array if type(array) is np.ndarray else np.asarray(array)
    tensor._node = node
    tensor._grad = None
    return tensor
