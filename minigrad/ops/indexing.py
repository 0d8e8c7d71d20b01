"""Reading elements by index, and the scattering that takes their gradients back."""

import numpy as np

from ..autograd.graph import operation
from ..tensor import Tensor
from .shape import axis_of, check_tensor


@operation(lambda g, _out, _x, index: _scattered(g, index=index, shape=_x.shape))
def _getitem(x, index):
    return x[index]


@operation(lambda g, *_, index, shape: _getitem(g, index=index))
def _scattered(x, index, shape):
    """Zeros of `shape` with `x` added at the index: an element that was read twice receives twice."""
    out = np.zeros(shape, x.dtype)
    if any(isinstance(part, np.ndarray) and part.dtype != bool for part in index):
        np.add.at(out, index, x)
    else:  # slices, integers and masks name each element once
        out[index] = x
    return out


def getitem(input, index):
    """`input[index]`: integers, slices, `...`, None, integer and boolean tensors or lists, alone or mixed.

    Slices and integers give a view, tensors and lists a copy. IndexError for an index out of range, ValueError for
    a step that is not positive, as in PyTorch.
    """
    parts = tuple([_index_part(part) for part in (index if isinstance(index, tuple) else (index,))])
    try:
        return _getitem(input, index=parts)
    except IndexError as error:
        raise IndexError(f"index of a tensor of shape {input.shape}: {error}") from None


def _index_part(part):
    if isinstance(part, slice):
        if part.step is not None and part.step <= 0:
            raise ValueError(f"a slice must have a positive step, not {part.step}; use flip() to reverse an axis")
        return part
    if isinstance(part, Tensor):
        part = part._array
    elif isinstance(part, (list, tuple)):
        part = np.array(part) if len(part) else np.array(part, np.int64)
    elif part is None or part is Ellipsis or isinstance(part, (int, np.integer)):
        return part
    if not isinstance(part, np.ndarray) or part.dtype.kind not in "biu":
        what = part.dtype if isinstance(part, np.ndarray) else type(part).__name__
        raise IndexError(f"an index must be integers, slices, ..., None or integer or boolean tensors, not {what}")
    return part.astype(bool) if part.dtype == np.uint8 else part


@operation(lambda g, _out, _x, index, axis: _gather_scattered(g, index=index, axis=axis, shape=_x.shape))
def _gather(x, index, axis):
    return np.take_along_axis(x, index, axis)


@operation(lambda g, *_, index, axis, shape: _gather(g, index=index, axis=axis))
def _gather_scattered(x, index, axis, shape):
    out = np.zeros(shape, x.dtype)
    place = list(np.ix_(*[np.arange(n) for n in index.shape]))
    place[axis] = index
    np.add.at(out, tuple(place), x)
    return out


def gather(input, dim, index):
    """Along the axis `dim`, the elements that the int64 tensor `index` names: out[i][j] = input[i][index[i][j]].

    `index` has as many axes as `input` and, but for `dim`, lengths no greater. RuntimeError otherwise or for an
    index out of range.
    """
    axis = axis_of("gather", input, dim)
    check_tensor("gather", index)
    if index.dtype != np.int64:
        raise RuntimeError(f"gather(): index must be int64, not {index.dtype}")
    others = [i for i in range(input.ndim) if i != axis]
    if index.ndim != input.ndim or any(index.shape[i] > input.shape[i] for i in others):
        raise RuntimeError(f"gather(): index {index.shape} does not fit input {input.shape} along dim {dim}")
    if index.numel() and not (0 <= index._array.min() and index._array.max() < input.shape[axis]):
        raise RuntimeError(f"gather(): an index lies outside [0, {input.shape[axis] - 1}], the range of dim {dim}")
    trimmed = tuple(slice(None) if i == axis else slice(index.shape[i]) for i in range(input.ndim))
    return _gather(getitem(input, trimmed), index=index._array, axis=axis)
