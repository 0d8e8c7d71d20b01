"""Writing into tensors: in-place methods, augmented assignment, `x[index] = value`, views included.

A write puts new values into the memory, and the operation that computed them becomes the tensor's
history. The change reaches all tensors over this memory: the history of the base becomes "the old
one, with these elements replaced", and that of each living view "these elements of the base".
Operations recorded before the write keep their history; if one of them still needs an overwritten
value, backward raises an error (`minigrad.autograd.overwrites`).
"""

import numpy as np

from ..core import record
from ..quiet import quiet
from ..core.tensor import Tensor, wrap
from .promotion import array_of_number, cast, check_tensor
from .elementwise import filling, where
from .indexing import index_steps, read
from .shape import expand, flattened, reshape, squeeze
from .views import base_of, positions_in, views_of


def in_place(operation):
    """Return the method that replaces a tensor's values and history by the operation's result.

    RuntimeError for a leaf that requires grad while recording, and for a result of another shape or
    a higher kind of dtype than the tensor.
    """
    name = operation.__name__.lstrip("_")

    def method(self, *args, **kwargs):
        refuse_leaf(name, self)
        operands = [self, *args, *kwargs.values()]
        for other in operands[1:]:
            if isinstance(other, Tensor) and (other.ndim or name not in _READING_A_NUMBER):
                refuse_overlap(name, self, other, same=name not in _READING_ELSEWHERE)
        wanted = any(isinstance(x, Tensor) and x.requires_grad for x in operands)
        recorded = record.mode.recording and wanted
        # the rule may need the old values
        before = self
        if recorded:
            before = wrap(self._array.copy(), self._node)
            args = [_apart_from(self, x) for x in args]
            kwargs = {name: _apart_from(self, x) for name, x in kwargs.items()}
        result = operation(before, *args, **kwargs)
        _check_fits(name, self, result)
        write(name, self._array, ..., result._array)
        if result.requires_grad:
            if result.dtype == self.dtype:  # the memory now is the result that the rule may read
                result._node.out = self._array
                result._node.time = record.tick()
            else:
                result = cast(result, dtype=self.dtype)
            adopt(self, result)
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__wrapped__ = operation
    method.__doc__ = _in_place(name, operation.__doc__ or "")
    return method


def _in_place(name, told):
    """Return the docstring of a method in place, by what its operation's has `told`."""
    if told.startswith("Return `input` with "):
        return told.replace("`input`", "the tensor itself, changed in place,", 1)
    return f"Apply `{name}` in place: write the result into the tensor, and return it."


def _apart_from(tensor, operand):
    """Return the operand, a copy of it if it lies in the memory that will be written to."""
    if isinstance(operand, Tensor) and np.may_share_memory(tensor._array, operand._array):
        return wrap(operand._array.copy(), operand._node)
    return operand


_READING_A_NUMBER = ("fill", "masked_fill", "index_fill")  # a 0-d value, before anything is written
_READING_ELSEWHERE = ("scatter", "scatter_add", "index_add")  # not the element that is written


def _check_fits(name, tensor, result):
    if result.shape != tensor.shape or _kind(result.dtype) > _kind(tensor.dtype):
        raise RuntimeError(
            f"in-place {name}: the result, {result.dtype} of shape {result.shape}, does not fit "
            f"into the tensor, {tensor.dtype} of shape {tensor.shape}"
        )


def reshaping(operation):
    """Return the method by which a tensor becomes the view of it that the operation makes.

    RuntimeError for a leaf that requires grad while recording.
    """
    name = operation.__name__

    def method(self, *args, **kwargs):
        refuse_leaf(name, self)
        with record.no_grad() if self.is_leaf else record.enable_grad():
            view = operation(self, *args, **kwargs)
        self._array = view._array
        self._node = self._node if self.is_leaf else view._node
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__wrapped__ = operation
    method.__doc__ = f"Apply `{name}` in place: give the tensor another shape, and return it."
    return method


def fill(input, value):
    """Return `input` with every element replaced by the number or 0-d tensor `value`."""
    return copy(input, filling("fill_", value, input))


def zero(input):
    """Return `input` with every element replaced by 0."""
    return fill(input, 0)


def copy(input, src, non_blocking=False):
    """Return `input` with the elements of `src` instead, broadcast and converted to its dtype.

    `non_blocking` changes nothing.
    """
    check_tensor("copy_", src)
    src = src if src.dtype == input.dtype else cast(src, dtype=input.dtype)
    return where(wrap(np.array(True)), expand(src, input.shape), input)


@quiet
def setitem(self, index, value):
    """Assign `x[index] = value`, a number or a tensor that broadcasts; indices as for reading.

    RuntimeError for a leaf that requires grad while recording, for a value of a shape that does
    not broadcast, for one of another dtype at an index tensor or a mask (a mask takes a single
    value of any dtype), and for one in the memory that is written to. TypeError for a value that is
    neither a number nor a tensor.
    """
    refuse_leaf("assignment", self)
    if not isinstance(value, Tensor):
        value = wrap(array_of_number("assignment", value, self.dtype))
    if index is False:
        return
    try:
        *before, parts = index_steps(None if index is True else index, self.ndim)
    except IndexError as error:
        raise IndexError(
            f"assignment to an index of a tensor of shape {self.shape}: {error}"
        ) from None
    if before:
        setitem(read(self, index=before[0]), parts, value)
    else:
        _assign(self, parts, value)


def _assign(self, parts, value):
    """Write `value` at an index that NumPy takes, and record it."""
    value = _assignable(self, parts, value)
    recorded = record.mode.recording and (self.requires_grad or value.requires_grad)
    try:
        if recorded:
            positions = np.arange(self.numel()).reshape(self.shape)[parts]
            value = expand(value, positions.shape)
        write("assignment", self._array, parts, value._array)
    except IndexError as error:
        raise IndexError(
            f"assignment to an index of a tensor of shape {self.shape}: {error}"
        ) from None
    except RuntimeError as error:
        raise RuntimeError(f"assignment into a tensor of shape {self.shape}: {error}") from None
    if recorded:
        adopt(self, _with_elements_replaced(self, value, positions=positions))


def _assignable(target, parts, value):
    """Return the value in the target's dtype, without leading axes of length 1.

    Errors as of `setitem`.
    """
    if value.shape[:1] == (1,):
        kept = next((i for i, n in enumerate(value.shape) if n != 1), value.ndim)
        value = reshape(value, value.shape[kept:])
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    for array in arrays:
        refuse_overlap("assignment", target, wrap(array), same=array.dtype == bool)
    one_masked = value.numel() == len(arrays) == 1 and arrays[0].dtype == bool
    if arrays and not one_masked:
        refuse_overlap("assignment", target, value, same=False)
        if value.dtype != target.dtype:
            raise RuntimeError(
                f"assignment: at an index tensor or a mask the value must be {target.dtype}, as "
                f"the tensor is, not {value.dtype}; use .to()"
            )
    elif not arrays and value.ndim and np.may_share_memory(target._array, value._array):
        part = read(target.detach(), index=parts)
        refuse_overlap("assignment", squeeze(part), squeeze(value))
    return value if value.dtype == target.dtype else cast(value, dtype=target.dtype)


# -- The parts of a write --------------------------------------------------------------------------


def refuse_leaf(name, tensor):
    """Raise RuntimeError if a recorded in-place operation would lose the gradient of a leaf."""
    base = base_of(tensor)
    if record.mode.recording and base.requires_grad and base.is_leaf:
        raise RuntimeError(
            f"in-place {name} on a leaf tensor that requires grad, or a view of one: its gradient "
            "would be lost; update parameters inside `with minigrad.no_grad():`"
        )


def refuse_overlap(name, target, other, same=True):
    """Raise RuntimeError for an operand in the memory written to, unless it is the `same` view."""
    x = target._array
    y = other._array
    if np.may_share_memory(x, y, max_work=1000) and not (same and _layout(x) == _layout(y)):
        raise RuntimeError(
            f"in-place {name}: the operand of shape {other.shape} lies in the memory of the tensor "
            f"of shape {target.shape} that is written to, and would change on the way; clone() it"
        )


def _layout(array):
    """Return where the elements lie in memory; the stride of an axis of length 1 is arbitrary."""
    strides = [stride for n, stride in zip(array.shape, array.strides, strict=True) if n != 1]
    return array.__array_interface__["data"][0], array.shape, strides


def write(name, array, index, values):
    """Write the values into the memory, and note the write."""
    try:
        array[index] = values
    except (ValueError, TypeError) as error:
        reason = error
        if not array.flags.writeable:
            reason = "several of its elements share one place in memory; clone() it first"
        raise RuntimeError(
            f"in-place {name} into a tensor of shape {array.shape}: {reason}"
        ) from None
    record.note_write(array)


def adopt(tensor, result):
    """Give the history of `result` to `tensor`, whose memory has its values, and to the views."""
    base = base_of(tensor)
    if base is tensor:
        _go_on_from(tensor, result)
    else:
        positions = positions_in(base._array, tensor._array)
        _go_on_from(base, _with_elements_replaced(base, result, positions=positions))
    for view in views_of(base):
        part = read(flattened(base), index=(positions_in(base._array, view._array),))
        _go_on_from(view, part)


def _go_on_from(tensor, result):
    """Give the node of `result` to the tensor, with the wish to keep the gradient in `.grad`."""
    before = tensor._node
    tensor._node = result._node
    if before is not None and before.operation is not None:
        result._node.keeper, before.keeper = before.keeper, None


def _zero_at(g, positions):
    replaced = np.zeros(g.shape, bool)
    replaced.flat[positions] = True
    return np.where(replaced, 0, g)


@record.operation(
    lambda g, positions: _zero_at(g, positions),
    lambda g, positions: read(np.reshape(g, (-1,)), index=(positions,)),
)
def _with_elements_replaced(x, src, positions):
    return x  # already written


def _kind(dtype):
    """Return the rank of a dtype: 0 for booleans, 1 for integers, 2 for floats."""
    return "bif".index(dtype.kind) if dtype.kind != "u" else 1
