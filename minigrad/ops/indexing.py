"""Reading and replacing elements by index, and the scattering that takes gradients back."""

import itertools
import warnings

import numpy as np

from ..autograd.accumulate import Part
from ..autograd.graph import operation
from ..tensor import Tensor, wrap
from .creation import tensor as tensor_of
from .declare import array_of_number, check_tensor
from .elementwise import clone, where
from .shape import axis_of, expand, integer_of, reshape
from .views import viewing

__all__ = """
    chunk diag diagonal gather index_select masked_select narrow repeat_interleave scatter scatter_add split tril
    triu unbind
""".split()


def _of_read(g, _out, _x, index):
    if type(g) is np.ndarray and not any([isinstance(part, np.ndarray) for part in index]):
        return Part(g, index, _x.shape)
    return _scattered(g, index=index, shape=_x.shape)


@viewing
@operation(_of_read)
def read(x, index):
    """`x[index]`, for an index as a step of `index_steps` gives it."""
    out = x[index]
    return out if isinstance(out, np.ndarray) else x[(*index, ...)]  # a single element as a view of it, no copy


@operation(lambda g, *_, index, shape: read(g, index=index))
def _scattered(x, index, shape):
    """Zeros of `shape` with `x` added at the index: an element that was read twice receives twice."""
    out = np.zeros(shape, x.dtype)
    if len(index) == 1 and isinstance(index[0], np.ndarray) and index[0].dtype != bool and x.size:
        _add_rows(out, index[0].ravel() % len(out), x.reshape(index[0].size, -1))
    elif any(isinstance(part, np.ndarray) and part.dtype != bool for part in index):
        np.add.at(out, index, x)
    else:  # slices, integers and masks name each element once
        out[index] = x
    return out


def _add_rows(out, index, rows):
    """`out[index[i]] += rows[i]`: sorted, so that equal indices lie together, 6 times as fast as `np.add.at`."""
    order = np.argsort(index, kind="stable")
    index = index[order]
    starts = np.flatnonzero(np.concatenate(([True], index[1:] != index[:-1])))
    out.reshape(len(out), -1)[index[starts]] = np.add.reduceat(rows[order], starts, axis=0)


def getitem(input, index):
    """`input[index]`: integers, slices, `...`, None, integer and boolean tensors or lists, alone or mixed.

    Slices and integers give a view, tensors and lists a copy. IndexError for an index out of range, ValueError for
    a step that is not positive, as in PyTorch.
    """
    try:
        for parts in index_steps(index, input.ndim):
            input = read(input, index=parts)
    except IndexError as error:
        raise IndexError(f"index of a tensor of shape {input.shape}: {error}") from None
    return input


def index_steps(index, ndim):
    """What stands in the brackets as one or two tuples of what NumPy takes, to be applied one after the other.

    Integers count before index tensors, as in PyTorch: x[0, :, [1, 2]] is x[0][:, [1, 2]], where NumPy would take the
    0 for one more list and move the axis of the lists to the front. The errors are those of `getitem`.
    """
    if not isinstance(index, tuple):
        index = tuple(index) if _means_a_tuple(index) else (index,)
    parts = tuple([_index_part(part) for part in index])
    for part in parts:
        if isinstance(part, np.ndarray):
            break
    else:
        return (parts,)
    if all(isinstance(part, slice) or getattr(part, "ndim", 0) for part in parts):
        return (parts,)
    first, second, whole = [], [], slice(None)
    unnamed = ndim - sum([_axes_taken(part) for part in parts])
    for part in parts:
        if not isinstance(part, np.ndarray):
            first.append(part)
            second += [whole] * (unnamed if part is ... else part is None or isinstance(part, slice))
        else:  # True or False: a new axis, to be kept or emptied
            first += [whole] * _axes_taken(part) if part.ndim else [None]
            second.append(part if part.ndim else np.flatnonzero(part))
    return tuple(first), tuple(second)


def _means_a_tuple(index):
    """Whether a list stands for a tuple: it holds more than numbers, as in x[[[0, 1], [0, 2]]]."""
    if not isinstance(index, list) or len(index) >= 32:
        return False
    if not any(part is None or part is ... or isinstance(part, _LARGER_PARTS) for part in index):
        return False
    warnings.warn(
        "a list of sequences, slices, ... or None as an index is taken as a tuple, x[[a, b]] as "
        "x[a, b]; write the tuple, or x[tensor([a, b])] for one index of more axes: the meaning of "
        "the list is going to change",
        stacklevel=4,
    )
    return True


_LARGER_PARTS = (Tensor, np.ndarray, list, tuple, range, slice)


def _axes_taken(part):
    if isinstance(part, np.ndarray) and part.dtype == bool:
        return part.ndim
    return 0 if part is None or part is Ellipsis else 1


def _index_part(part):
    if isinstance(part, slice):
        if part.step is not None and part.step <= 0:
            raise ValueError(f"a slice must have a positive step, not {part.step}; use flip() to reverse an axis")
        return part
    if isinstance(part, Tensor):
        part = part._array
    elif isinstance(part, (list, tuple, range)):
        try:
            part = tensor_of(part)._array
        except (TypeError, ValueError, RuntimeError) as error:
            raise type(error)(f"index of a tensor: {error}") from None
        part = part if part.size else part.astype(np.int64)
    elif isinstance(part, bool):
        part = np.array(part)
    elif part is None or part is Ellipsis or isinstance(part, (int, np.integer)):
        return part
    elif isinstance(part, str):
        raise TypeError(f"index of a tensor: a string, {part!r}, names no element")
    if not isinstance(part, np.ndarray) or part.dtype.kind not in "biu":
        what = part.dtype if isinstance(part, np.ndarray) else type(part).__name__
        raise IndexError(f"an index must be integers, slices, ..., None or integer or boolean tensors, not {what}")
    if part.dtype == np.uint8:
        return part.astype(bool)
    return part if part.ndim or part.dtype == bool else part.item()


@operation(lambda g, _out, _x, index, axis: _gather_scattered(g, index=index, axis=axis, shape=_x.shape))
def _gather(x, index, axis):
    return x[_place(index, axis)]


@operation(lambda g, *_, index, axis, shape: _gather(g, index=index, axis=axis))
def _gather_scattered(x, index, axis, shape):
    out = np.zeros(shape, x.dtype)
    np.add.at(out, _place(index, axis), x)
    return out


def _place(index, axis):
    """Where the elements that an index along one axis means stand, as an index of all axes."""
    place = list(np.ix_(*[np.arange(n) for n in index.shape]))
    place[axis] = index
    return tuple(place)


def gather(input, dim, index):
    """Along the axis `dim`, the elements that the int64 tensor `index` names: out[i][j] = input[i][index[i][j]].

    `index` has as many axes as `input` and, but for `dim`, lengths no greater. RuntimeError otherwise or for an
    index out of range.
    """
    axis = axis_of("gather", input, dim)
    _check_index("gather", index)
    if not index.numel():
        return reshape(getitem(reshape(input, (-1,)), slice(0)), index.shape)
    x, at = _with_axes(input), _with_axes(index)
    if at.ndim != x.ndim or any(n > x.shape[i] for i, n in enumerate(at.shape) if i != axis):
        raise RuntimeError(f"gather(): index {index.shape} does not fit input {input.shape} along dim {dim}")
    _check_range("gather", index, x.shape[axis])
    return reshape(_gather(x, index=at._array, axis=axis), index.shape)


def _check_index(name, index):
    check_tensor(name, index)
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): index must be int64 or int32, not {index.dtype}")


def _with_axes(x):
    """The tensor, a 0-d one with an axis of length 1."""
    return x if x.ndim else reshape(x, (1,))


def scatter_add(input, dim, index, src):
    """`input` with the elements of `src` added where `index` says: out[index[i][j]][j] += src[i][j] for dim 0.

    Shapes and errors are those of `gather`, with `input` in the place of the result.
    """

    def added(x, src, index, axis):
        return x + _gather_scattered(src, index=index, axis=axis, shape=x.shape)

    return _written_along("scatter_add", added, input, dim, index, src)


@operation(
    lambda g, _out, _x, _src, index, axis: _replaced_along(g, 0, index=index, axis=axis),
    lambda g, _out, _x, _src, index, axis: _gather(g, index=index, axis=axis),
)
def _replaced_along(x, src, index, axis):
    out = x.copy()
    out[_place(index, axis)] = src
    return out


def scatter(input, dim, index, src):
    """`input` with elements replaced by `src`, a tensor or a number: out[index[i][j]][j] = src[i][j] for dim 0.

    Where an index occurs twice, one of its values is taken. Shapes and errors are those of `gather`, with `input` in
    the place of the result.
    """
    check_tensor("scatter", input, index)
    if not isinstance(src, Tensor):
        src = wrap(np.full(index.shape, array_of_number("scatter", src, input.dtype)))
    return _written_along("scatter", _replaced_along, input, dim, index, src)


def _written_along(name, kernel, input, dim, index, src):
    axis = axis_of(name, input, dim)
    _check_index(name, index)
    check_tensor(name, src)
    if src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): src must be {input.dtype} like input, not {src.dtype}")
    if not index.numel():
        return clone(input)
    x, at, values = _with_axes(input), _with_axes(index), _with_axes(src)
    if not at.ndim == x.ndim == values.ndim or any(
        n > values.shape[i] or (i != axis and n > x.shape[i]) for i, n in enumerate(at.shape)
    ):
        raise RuntimeError(f"{name}(): index {index.shape} does not fit input {input.shape} and src {src.shape}")
    _check_range(name, index, x.shape[axis])
    values = getitem(values, tuple(slice(n) for n in at.shape))
    return reshape(kernel(x, values, index=at._array, axis=axis), input.shape)


def _check_range(name, index, length, error=RuntimeError):
    if index.numel() and not (index._array.min() >= 0 and index._array.max() < length):
        raise error(f"{name}(): an index lies outside [0, {length - 1}]")


def index_select(input, dim, index):
    """The slices of `input` along `dim` that the 1-d integer tensor `index` names, as a copy.

    IndexError for an index of another rank or out of range, RuntimeError for one of another dtype.
    """
    axis = axis_of("index_select", input, dim)
    check_tensor("index_select", index)
    if index.ndim > 1:
        raise IndexError(f"index_select(): index must be 1-d, not {index.shape}")
    _check_index("index_select", index)
    if not input.ndim and index.numel() != 1:
        raise RuntimeError(
            f"index_select(): for a 0-d input index must have one element, not {index.shape}"
        )
    x, index = _with_axes(input), _with_axes(index)
    _check_range("index_select", index, x.shape[axis], IndexError)
    selected = getitem(x, (slice(None),) * axis + (index,))
    return selected if input.ndim else reshape(selected, ())


def repeat_interleave(input, repeats, dim=None):
    """Each slice along `dim`, without it each element, repeated `repeats` times, a number or an integer vector.

    RuntimeError for negative repeats, or a vector of another length than the axis.
    """
    x, axis = (reshape(input, (-1,)), 0) if dim is None else (input, axis_of("repeat_interleave", input, dim))
    if not isinstance(repeats, Tensor):
        repeats = wrap(np.array(integer_of("repeat_interleave", repeats, "repeats")))
    times = repeats._array
    if times.dtype.kind != "i":
        raise NotImplementedError(f"repeat_interleave(): repeats must be integers, not {times.dtype}")
    if times.ndim > 1 or (times.size and times.min() < 0):
        raise RuntimeError(f"repeat_interleave(): repeats must be one or several numbers of 0 or more, got {repeats}")
    if times.size not in (1, x.shape[axis]):
        raise RuntimeError(f"repeat_interleave(): {times.size} repeats for an axis of length {x.shape[axis]}")
    return index_select(x, axis, wrap(np.repeat(np.arange(x.shape[axis]), times)))


def masked_select(input, mask):
    """The elements where the boolean `mask` is true, as a 1-d tensor; the two shapes broadcast."""
    check_tensor("masked_select", input, mask)
    if mask.dtype != bool:
        raise RuntimeError(f"masked_select(): mask must be boolean, not {mask.dtype}")
    try:
        shape = np.broadcast_shapes(input.shape, mask.shape)
    except ValueError:
        raise RuntimeError(f"masked_select(): shapes {input.shape} and {mask.shape} do not broadcast") from None
    return getitem(expand(input, shape), expand(mask, shape))


def narrow(input, dim, start, length):
    """`length` slices along `dim` from `start` on; a view. IndexError or RuntimeError outside the axis."""
    axis = _axis_to_cut("narrow", input, dim)
    if isinstance(start, Tensor) and (start.ndim or start.dtype.kind not in "iu"):
        raise RuntimeError(
            f"narrow(): a tensor start must be an integer without axes, not {start.dtype} {start.shape}"
        )
    start, length = [integer_of("narrow", n, "start and length") for n in (start, length)]
    start += input.shape[axis] if start < 0 else 0
    if not 0 <= start <= input.shape[axis]:
        raise IndexError(f"narrow(): start {start} lies outside axis {axis} of {input.shape}")
    if length < 0 or start + length > input.shape[axis]:
        raise RuntimeError(f"narrow(): {length} slices from {start} on exceed axis {axis} of {input.shape}")
    return getitem(input, (slice(None),) * axis + (slice(start, start + length),))


def _axis_to_cut(name, input, dim):
    check_tensor(name, input)
    if not input.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor has no axis to cut")
    return axis_of(name, input, dim)


def split(tensor, split_size_or_sections, dim=0):
    """Views of consecutive stretches along `dim`: all of one length but the last, or of the given lengths.

    RuntimeError if the lengths do not add up to the axis.
    """
    axis = _axis_to_cut("split", tensor, dim)
    size, sections = tensor.shape[axis], split_size_or_sections
    if not isinstance(sections, (tuple, list)):
        sections = integer_of("split", sections, "the length")
        if sections < 0 or (sections == 0 and size):
            raise RuntimeError(f"split(): the length must be positive, got {sections}")
        sections = [min(sections, size - i) for i in range(0, size, sections)] if size else [0]
    sections = [integer_of("split", n, "each length") for n in sections]
    if sum(sections) != size or min(sections, default=0) < 0:
        raise RuntimeError(f"split(): lengths {list(sections)} do not add up to axis {axis} of {tensor.shape}")
    ends = np.cumsum([0, *sections]).tolist()
    return tuple([narrow(tensor, axis, start, end - start) for start, end in itertools.pairwise(ends)])


def chunk(input, chunks, dim=0):
    """At most `chunks` views of equal length along `dim`, the last one possibly shorter."""
    axis = _axis_to_cut("chunk", input, dim)
    size, chunks = input.shape[axis], integer_of("chunk", chunks, "the number of chunks")
    if chunks < 1:
        raise RuntimeError(f"chunk(): the number of chunks must be positive, got {chunks}")
    if not size:
        return split(input, [0] * chunks, dim)
    return split(input, -(-size // chunks), dim)


def unbind(input, dim=0):
    """The slices along `dim`, without that axis, as a tuple of views. IndexError for a 0-d tensor."""
    axis = axis_of("unbind", input, dim)
    if not input.ndim:
        raise IndexError("unbind(): a 0-d tensor has no axis to unbind")
    return tuple([getitem(input, (slice(None),) * axis + (i,)) for i in range(input.shape[axis])])


def tril(input, diagonal=0):
    """The lower triangle of the last two axes, up to the given diagonal; zeros above."""
    return _triangle("tril", np.tri, input, diagonal)


def triu(input, diagonal=0):
    """The upper triangle of the last two axes, from the given diagonal on; zeros below."""
    return _triangle("triu", lambda n, m, k, dtype: ~np.tri(n, m, k - 1, dtype), input, diagonal)


def _triangle(name, mask, input, k):
    check_tensor(name, input)
    k = integer_of(name, k, "diagonal")
    if input.ndim < 2:
        raise RuntimeError(f"{name}(): needs at least 2 axes, the input has shape {input.shape}")
    kept = wrap(mask(*input.shape[-2:], k, bool))
    return where(kept, input, wrap(np.zeros((), input.dtype)))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of the axes `dim1` and `dim2` as the last axis, a view; `offset` > 0 takes one above.

    RuntimeError if the two axes are one.
    """
    i, j = axis_of("diagonal", input, dim1), axis_of("diagonal", input, dim2)
    offset = integer_of("diagonal", offset, "offset")
    if i == j:
        raise RuntimeError(f"diagonal(): dim1 and dim2 must differ, got {dim1} and {dim2}")
    return _diagonal(input, offset=offset, axis1=i, axis2=j)


@viewing
@operation(
    lambda g, _out, _x, offset, axis1, axis2: _on_diagonal(g, offset=offset, axis1=axis1, axis2=axis2, shape=_x.shape)
)
def _diagonal(x, offset, axis1, axis2):
    out = np.diagonal(x, offset, axis1, axis2)
    out.flags.writeable = x.flags.writeable  # a view to write through, as in PyTorch
    return out


@operation(lambda g, *_, offset, axis1, axis2, shape: _diagonal(g, offset=offset, axis1=axis1, axis2=axis2))
def _on_diagonal(x, offset, axis1, axis2, shape):
    out = np.zeros(shape, x.dtype)
    _diagonal(out, offset=offset, axis1=axis1, axis2=axis2)[...] = x
    return out


def diag(input, diagonal=0):
    """The diagonal of a matrix, or the matrix that has the given vector there. RuntimeError for another rank."""
    check_tensor("diag", input)
    diagonal = integer_of("diag", diagonal, "diagonal")
    if input.ndim == 1:
        n = input.shape[0] + abs(diagonal)
        return _on_diagonal(input, offset=diagonal, axis1=0, axis2=1, shape=(n, n))
    if input.ndim == 2:
        return clone(_diagonal(input, offset=diagonal, axis1=0, axis2=1))
    raise RuntimeError(f"diag(): needs a vector or a matrix, the input has shape {input.shape}")
