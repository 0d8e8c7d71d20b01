"""Writing into tensors: in-place methods, augmented assignment, `x[index] = value`, views included.

A write puts new values into the memory, and the operation that computed them becomes the tensor's history. All that
look at this memory share the change: the history of the tensor at the base becomes "the old one, with these elements
replaced", and that of each living view "these elements of the base". What operations recorded before the write keeps
its old history; where one of them still needs an overwritten value, backward says so (`graph.overwritten`).
"""

import numpy as np

from ..autograd import graph
from ..tensor import Tensor, wrap
from .declare import cast, check_tensor
from .elementwise import filling, where
from .indexing import index_steps, read
from .shape import expand, flattened
from .views import base_of, positions_in, views_of


def in_place(operation):
    """The method that gives its tensor the values and the history that `operation` computes from it.

    RuntimeError for a leaf that requires grad while recording, and for a result of another shape or a higher kind of
    dtype than the tensor.
    """
    name = operation.__name__

    def method(self, *args, **kwargs):
        refuse_leaf(name, self)
        operands = [self, *args, *kwargs.values()]
        wanted = any(isinstance(x, Tensor) and x.requires_grad for x in operands)
        recorded = graph.mode.recording and wanted
        before = wrap(self._array.copy(), self._node) if recorded else self  # the rule may need the old values
        result = operation(before, *args, **kwargs)
        if result.shape != self.shape or _kind(result.dtype) > _kind(self.dtype):
            raise RuntimeError(
                f"in-place {name}: the result, {result.dtype} of shape {result.shape}, does not fit into the tensor, "
                f"{self.dtype} of shape {self.shape}"
            )
        write(name, self._array, ..., result._array)
        if result.requires_grad:
            if result.dtype == self.dtype:  # the memory now is the result that the rule may read
                result._node.out, result._node.time = self._array, graph.writes
            adopt(self, result if result.dtype == self.dtype else cast(result, dtype=self.dtype))
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__wrapped__ = operation
    method.__doc__ = f"`{name}` in place: the tensor itself takes the result, and is returned."
    return method


def fill(input, value):
    """`input` with every element replaced by the number or 0-d tensor `value`."""
    return copy(input, filling("fill_", value, input))


def zero(input):
    """`input` with every element replaced by 0."""
    return fill(input, 0)


def copy(input, src):
    """`input` with its elements replaced by those of `src`, broadcast and converted to its dtype."""
    check_tensor("copy_", src)
    src = src if src.dtype == input.dtype else cast(src, dtype=input.dtype)
    return where(wrap(np.array(True)), expand(src, input.shape), input)


def setitem(self, index, value):
    """`x[index] = value`, a number or a tensor that broadcasts; indices as for reading.

    RuntimeError for a leaf that requires grad while recording and for a value of a shape that does not broadcast.
    """
    refuse_leaf("assignment", self)
    *before, parts = index_steps(index, self.ndim)
    if before:
        return setitem(read(self, index=before[0]), parts, value)
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value).astype(self.dtype))
    elif value.dtype != self.dtype:
        value = cast(value, dtype=self.dtype)
    recorded = graph.mode.recording and (self.requires_grad or value.requires_grad)
    if recorded:
        positions = np.arange(self.numel()).reshape(self.shape)[parts]
        while value.ndim > positions.ndim and value.shape[0] == 1:
            value = value[0]
        value = expand(value, positions.shape)
    try:
        write("assignment", self._array, parts, value._array)
    except IndexError as error:
        raise IndexError(f"assignment to an index of a tensor of shape {self.shape}: {error}") from None
    if recorded:
        adopt(self, _with_elements_replaced(self, value, positions=positions))


# -- The parts of a write ------------------------------------------------------------------------------------


def refuse_leaf(name, tensor):
    """RuntimeError if a recorded in-place operation would lose the gradient of a leaf."""
    base = base_of(tensor)
    if graph.mode.recording and base.requires_grad and base.is_leaf:
        raise RuntimeError(
            f"in-place {name} on a leaf tensor that requires grad, or a view of one: its gradient would be lost; "
            "update parameters inside `with minigrad.no_grad():`"
        )


def write(name, array, index, values):
    """The values put into the memory, and the write noted."""
    try:
        array[index] = values
    except ValueError as error:
        reason = "one of its elements stands for several; clone() it first" if not array.flags.writeable else error
        raise RuntimeError(f"in-place {name} into a tensor of shape {array.shape}: {reason}") from None
    graph.note_write(array)


def adopt(tensor, result):
    """Make the history of `result` that of `tensor`, whose memory has its values already, and its views."""
    base = base_of(tensor)
    if base is tensor:
        tensor._node = result._node
    else:
        positions = positions_in(base._array, tensor._array)
        base._node = _with_elements_replaced(base, result, positions=positions)._node
    for view in views_of(base):
        view._node = read(flattened(base), index=(positions_in(base._array, view._array),))._node


def _zero_at(g, positions):
    replaced = np.zeros(g.shape, bool)
    replaced.flat[positions] = True
    return np.where(replaced, 0, g)


@graph.operation(
    lambda g, _out, _x, _src, positions: _zero_at(g, positions),
    lambda g, _out, _x, _src, positions: read(np.reshape(g, (-1,)), index=(positions,)),
)
def _with_elements_replaced(x, src, positions):
    return x  # already written


def _kind(dtype):
    return "bif".index(dtype.kind) if dtype.kind != "u" else 1
