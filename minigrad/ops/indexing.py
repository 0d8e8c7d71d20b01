"""Reading and replacing elements by index, and the scattering that takes gradients back."""

import itertools

import numpy as np

from ..autograd.graph import operation
from ..tensor import Tensor, wrap
from .declare import check_tensor
from .elementwise import clone, where
from .shape import axis_of, expand, reshape
from .views import viewing

__all__ = """
    chunk diag diagonal gather index_select masked_select narrow scatter scatter_add split tril triu unbind
""".split()


@viewing
@operation(lambda g, _out, _x, index: _scattered(g, index=index, shape=_x.shape))
def read(x, index):
    """`x[index]`, for an index as `index_parts` gives it."""
    out = x[index]
    return out if isinstance(out, np.ndarray) else x[(*index, ...)]  # a single element as a view of it, no copy


@operation(lambda g, *_, index, shape: read(g, index=index))
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
    parts = index_parts(index)
    try:
        return read(input, index=parts)
    except IndexError as error:
        raise IndexError(f"index of a tensor of shape {input.shape}: {error}") from None


def index_parts(index):
    """What stands in the brackets as a tuple of what NumPy takes; the errors are those of `getitem`."""
    return tuple([_index_part(part) for part in (index if isinstance(index, tuple) else (index,))])


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
    check_tensor("gather", index)
    if index.dtype != np.int64:
        raise RuntimeError(f"gather(): index must be int64, not {index.dtype}")
    others = [i for i in range(input.ndim) if i != axis]
    if index.ndim != input.ndim or any(index.shape[i] > input.shape[i] for i in others):
        raise RuntimeError(f"gather(): index {index.shape} does not fit input {input.shape} along dim {dim}")
    if index.numel() and not (0 <= index._array.min() and index._array.max() < input.shape[axis]):
        raise RuntimeError(f"gather(): an index lies outside [0, {input.shape[axis] - 1}], the range of dim {dim}")
    return _gather(input, index=index._array, axis=axis)


def scatter_add(input, dim, index, src):
    """`input` with the elements of `src` added where `index` says: out[index[i][j]][j] += src[i][j] for dim 0.

    Shapes and errors are those of `gather`, with `input` in the place of the result.
    """
    axis, src = _scattering("scatter_add", input, dim, index, src)
    return input + _gather_scattered(src, index=index._array, axis=axis, shape=input.shape)


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
    if not isinstance(src, Tensor):
        src = wrap(np.full(index.shape, src, input.dtype))
    axis, src = _scattering("scatter", input, dim, index, src)
    return _replaced_along(input, src, index=index._array, axis=axis)


def _scattering(name, input, dim, index, src):
    axis = axis_of(name, input, dim)
    for operand in (index, src):
        check_tensor(name, operand)
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): index must be int64, not {index.dtype}")
    if src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): src must be {input.dtype} like input, not {src.dtype}")
    fits = index.ndim == input.ndim == src.ndim and all(
        n <= src.shape[i] and (i == axis or n <= input.shape[i]) for i, n in enumerate(index.shape)
    )
    if index.numel() and not fits:
        raise RuntimeError(f"{name}(): index {index.shape} does not fit input {input.shape} and src {src.shape}")
    _check_range(name, index, input.shape[axis] if input.ndim else 1)
    return axis, getitem(src, tuple(slice(n) for n in index.shape))


def _check_range(name, index, length):
    if index.numel() and not (index._array.min() >= 0 and index._array.max() < length):
        raise RuntimeError(f"{name}(): an index lies outside [0, {length - 1}]")


def index_select(input, dim, index):
    """The slices of `input` along `dim` that the 1-d integer tensor `index` names, as a copy.

    RuntimeError for an index of another rank or dtype, IndexError for one out of range.
    """
    axis = axis_of("index_select", input, dim)
    check_tensor("index_select", index)
    if index.ndim > 1 or index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"index_select(): index must be 1-d int64 or int32, not {index.dtype} of {index.shape}")
    return getitem(input, (slice(None),) * axis + (reshape(index, (-1,)),)) if input.ndim else clone(input)


def masked_select(input, mask):
    """The elements where the boolean `mask` is true, as a 1-d tensor; the two shapes broadcast."""
    check_tensor("masked_select", mask)
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
    start = int(start) + (input.shape[axis] if start < 0 else 0)
    if not 0 <= start <= input.shape[axis]:
        raise IndexError(f"narrow(): start {start} lies outside axis {axis} of {input.shape}")
    if length < 0 or start + length > input.shape[axis]:
        raise RuntimeError(f"narrow(): {length} slices from {start} on exceed axis {axis} of {input.shape}")
    return getitem(input, (slice(None),) * axis + (slice(start, start + length),))


def _axis_to_cut(name, input, dim):
    axis = axis_of(name, input, dim)
    if not input.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor has no axis to cut")
    return axis


def split(tensor, split_size_or_sections, dim=0):
    """Views of consecutive stretches along `dim`: all of one length but the last, or of the given lengths.

    RuntimeError if the lengths do not add up to the axis.
    """
    axis = _axis_to_cut("split", tensor, dim)
    size, sections = tensor.shape[axis], split_size_or_sections
    if isinstance(sections, int):
        if sections < 0 or (sections == 0 and size):
            raise RuntimeError(f"split(): the length must be positive, got {sections}")
        sections = [min(sections, size - i) for i in range(0, size, sections)] if size else [0]
    if sum(sections) != size or min(sections, default=0) < 0:
        raise RuntimeError(f"split(): lengths {list(sections)} do not add up to axis {axis} of {tensor.shape}")
    ends = np.cumsum([0, *sections]).tolist()
    return tuple([narrow(tensor, axis, start, end - start) for start, end in itertools.pairwise(ends)])


def chunk(input, chunks, dim=0):
    """At most `chunks` views of equal length along `dim`, the last one possibly shorter."""
    if chunks < 1:
        raise RuntimeError(f"chunk(): the number of chunks must be positive, got {chunks}")
    size = input.shape[_axis_to_cut("chunk", input, dim)]
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
    if input.ndim < 2:
        raise RuntimeError(f"{name}(): needs at least 2 axes, the input has shape {input.shape}")
    kept = wrap(mask(*input.shape[-2:], k, bool))
    return where(kept, input, wrap(np.zeros((), input.dtype)))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of the axes `dim1` and `dim2` as the last axis, a view; `offset` > 0 takes one above.

    RuntimeError if the two axes are one.
    """
    i, j = axis_of("diagonal", input, dim1), axis_of("diagonal", input, dim2)
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
    if input.ndim == 1:
        n = input.shape[0] + abs(diagonal)
        return _on_diagonal(input, offset=diagonal, axis1=0, axis2=1, shape=(n, n))
    if input.ndim == 2:
        return clone(_diagonal(input, offset=diagonal, axis1=0, axis2=1))
    raise RuntimeError(f"diag(): needs a vector or a matrix, the input has shape {input.shape}")
