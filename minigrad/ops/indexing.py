"""Reading and replacing elements by index, and the scattering that takes gradients back."""

import itertools
import warnings

import numpy as np

from ..core.record import operation, replaceable
from ..core.tensor import Tensor, wrap
from .creation import tensor as tensor_of
from .promotion import array_of_number, check_tensor
from .elementwise import clone, factor, filling, where
from .shape import axis_of, expand, integer_of, reshape
from .views import viewing

__all__ = """
    chunk diag diagonal gather index_add index_fill index_select masked_select narrow
    repeat_interleave scatter scatter_add select split tril triu unbind
""".split()


class Part:
    """A gradient that is zero except at `index` (slices and integers), where it is `g`.

    The gradients of all parts of an array are added up in one array: so a loop over its rows takes
    time in proportion to their number, not to its square.
    """

    def __init__(self, g, index, shape):
        self.g = g
        self.index = index
        self.shape = shape
        self.dtype = g.dtype

    def added_to(self, known, is_own):
        """Add it to the array `known` (None: zeros), in place if the walk made that (`is_own`)."""
        if known is None:
            known = np.zeros(self.shape, self.g.dtype)
        elif not is_own or not known.ndim:  # a sum of 0-d arrays is a number, not an array
            known = np.array(known)
        known[self.index] += self.g
        return known


@operation(lambda g, x_shape, index: _read_rule(g, index, x_shape))
def _read(x, index):
    """Return `x[index]`, for a tuple of indices that NumPy takes."""
    out = x[index]
    return out if isinstance(out, np.ndarray) else x[(*index, ...)]  # an element as a view


read = viewing(_read)  # for one of the indices that `index_steps` returns


def _read_rule(g, index, shape):
    """Return the gradient of an array of `shape`, given the gradient `g` of its part at `index`."""
    if type(g) is np.ndarray and not any([isinstance(part, np.ndarray) for part in index]):
        return Part(g, index, shape)
    return _put(g, index=index, shape=shape)


@operation(lambda g, index: _read(g, index=index))
def _put(x, index, shape):
    """Return zeros of `shape` with `x` added at the index; equal indices add up."""
    out = np.zeros(shape, x.dtype)
    add_at(out, index, x)
    return out


@replaceable
def add_at(out, index, x):
    """Compute `out[index] += x`, where equal indices add up."""
    np.add.at(out, index, x)


def getitem(input, index):
    """Return `input[index]`.

    The index has integers, slices, `...`, None, and integer or boolean tensors or lists, alone or
    mixed. Slices and integers give a view, tensors and lists a copy. IndexError for an index out of
    range, ValueError for a step that is not positive, as in PyTorch.
    """
    try:
        for parts in index_steps(index, input.ndim):
            input = read(input, index=parts)
    except IndexError as error:
        raise IndexError(f"index of a tensor of shape {input.shape}: {error}") from None
    return input


def index_steps(index, ndim):
    """Translate a PyTorch index into one or two NumPy indices, applied in sequence.

    Integers count before index tensors, as in PyTorch: x[0, :, [1, 2]] is x[0][:, [1, 2]]. NumPy
    would take the 0 for another list and move the axis of the lists to the front. The errors are
    those of `getitem`.
    """
    if not isinstance(index, tuple):
        index = tuple(index) if _is_taken_as_a_tuple(index) else (index,)
    parts = tuple([_index_part(part) for part in index])
    for part in parts:
        if isinstance(part, np.ndarray):
            break
    else:
        return (parts,)
    if all(isinstance(part, slice) or getattr(part, "ndim", 0) for part in parts):
        return (parts,)
    return _two_steps(parts, ndim)


def _two_steps(parts, ndim):
    """Return the index of all but the index arrays, and that of the arrays in its result."""
    first = []
    second = []
    whole = slice(None)
    unnamed = ndim - sum([_axes_taken(part) for part in parts])
    for part in parts:
        if part is ...:
            first.append(part)
            second += [whole] * unnamed
        elif not isinstance(part, np.ndarray):
            first.append(part)
            if part is None or isinstance(part, slice):
                second.append(whole)
        elif part.ndim:
            first += [whole] * _axes_taken(part)
            second.append(part)
        else:  # True or False: a new axis, to be kept or emptied
            first.append(None)
            second.append(np.flatnonzero(part))
    return tuple(first), tuple(second)


def _is_taken_as_a_tuple(index):
    """Return whether a list stands for a tuple: it has more than numbers, as in x[[[0, 1], 2]]."""
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
    """Return how many axes a part of an index consumes."""
    if isinstance(part, np.ndarray) and part.dtype == bool:
        return part.ndim
    return 0 if part is None or part is Ellipsis else 1


def _index_part(part):
    """Return a part of an index in a form that NumPy takes; errors as of `getitem`."""
    if isinstance(part, slice):
        if part.step is not None and part.step <= 0:
            raise ValueError(
                f"a slice must have a positive step, not {part.step}; use flip() to reverse an axis"
            )
        return part
    is_integer = isinstance(part, (int, np.integer)) and not isinstance(part, bool)
    if is_integer or part is None or part is Ellipsis:
        return part
    if isinstance(part, str):
        raise TypeError(f"index of a tensor: a string, {part!r}, names no element")
    part = _index_array(part)
    if part.dtype == np.uint8:
        return part.astype(bool)
    return part if part.ndim or part.dtype == bool else part.item()


def _index_array(part):
    """Return an index tensor, a mask or a list of indices as an array."""
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
    if not isinstance(part, np.ndarray) or part.dtype.kind not in "biu":
        what = part.dtype if isinstance(part, np.ndarray) else type(part).__name__
        raise IndexError(
            "an index must be integers, slices, ..., None or integer or boolean tensors, not "
            f"{what}"
        )
    return part


@operation(
    lambda g, x_shape, index, axis: _gather_scattered(g, index=index, axis=axis, shape=x_shape)
)
def _gather(x, index, axis):
    return x[_full_index(index, axis)]


@operation(lambda g, index, axis: _gather(g, index=index, axis=axis))
def _gather_scattered(x, index, axis, shape):
    out = np.zeros(shape, x.dtype)
    np.add.at(out, _full_index(index, axis), x)
    return out


def _full_index(index, axis):
    """Return the index of all axes that is equivalent to an `index` along one axis."""
    place = list(np.ix_(*[np.arange(n) for n in index.shape]))
    place[axis] = index
    return tuple(place)


def gather(input, dim, index):
    """Return the elements at the int64 tensor `index` along `dim`.

    For dim 1, out[i][j] = input[i][index[i][j]]. `index` has as many axes as `input` and, except
    along `dim`, lengths no greater. RuntimeError otherwise or for an index out of range.
    """
    axis = axis_of("gather", input, dim)
    _check_index("gather", index)
    if not index.numel():
        return reshape(getitem(reshape(input, (-1,)), slice(0)), index.shape)
    x, at = map(_with_axes, (input, index))
    if at.ndim != x.ndim or any(n > x.shape[i] for i, n in enumerate(at.shape) if i != axis):
        raise RuntimeError(
            f"gather(): index {index.shape} does not fit input {input.shape} along dim {dim}"
        )
    _check_range("gather", index, x.shape[axis])
    return reshape(_gather(x, index=at._array, axis=axis), index.shape)


def _check_index(name, index):
    check_tensor(name, index)
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): index must be int64 or int32, not {index.dtype}")


def _with_axes(x):
    """Return the tensor, a 0-d one with an axis of length 1."""
    return x if x.ndim else reshape(x, (1,))


def scatter_add(input, dim, index, src):
    """Return `input` with the elements of `src` added at `index` along `dim`.

    For dim 0, out[index[i][j]][j] += src[i][j]. Shapes and errors are those of `gather`, with
    `input` in the place of the result.
    """

    def added(x, src, index, axis):
        return x + _gather_scattered(src, index=index, axis=axis, shape=x.shape)

    return _written_along("scatter_add", added, input, dim, index, src)


@operation(
    lambda g, index, axis: _replaced_along(g, 0, index=index, axis=axis),
    lambda g, index, axis: _gather(g, index=index, axis=axis),
)
def _replaced_along(x, src, index, axis):
    out = x.copy()
    out[_full_index(index, axis)] = src
    return out


def scatter(input, dim, index, src):
    """Return `input` with the elements at `index` along `dim` replaced by `src`.

    `src` is a tensor or a number. For dim 0, out[index[i][j]][j] = src[i][j]. Where an index occurs
    twice, one of its values is taken. Shapes and errors are those of `gather`, with `input` in the
    place of the result.
    """
    check_tensor("scatter", input, index)
    if not isinstance(src, Tensor):
        src = wrap(np.full(index.shape, array_of_number("scatter", src, input.dtype)))
    return _written_along("scatter", _replaced_along, input, dim, index, src)


def _written_along(name, kernel, input, dim, index, src):
    """Check the arguments of `scatter` or `scatter_add`, and apply the kernel."""
    axis = axis_of(name, input, dim)
    _check_index(name, index)
    check_tensor(name, src)
    if src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): src must be {input.dtype} like input, not {src.dtype}")
    if not index.numel():
        return clone(input)
    x, at, values = map(_with_axes, (input, index, src))
    if not at.ndim == x.ndim == values.ndim or any(
        n > values.shape[i] or (i != axis and n > x.shape[i]) for i, n in enumerate(at.shape)
    ):
        raise RuntimeError(
            f"{name}(): index {index.shape} does not fit input {input.shape} and src {src.shape}"
        )
    _check_range(name, index, x.shape[axis])
    values = getitem(values, tuple(slice(n) for n in at.shape))
    return reshape(kernel(x, values, index=at._array, axis=axis), input.shape)


def _check_range(name, index, length, error=RuntimeError):
    if index.numel() and not (index._array.min() >= 0 and index._array.max() < length):
        raise error(f"{name}(): an index lies outside [0, {length - 1}]")


def index_add(input, dim, index, source, *, alpha=1):
    """Return `input` with `alpha` times the slices of `source` added at `index` along `dim`.

    For dim 0, out[index[i]] += alpha * source[i]; equal indices add up. IndexError for an index of
    more axes or, in a vector, out of range; RuntimeError for others out of range, and for a shape
    or a dtype of `source` that does not fit.
    """
    axis = axis_of("index_add", input, dim)
    check_tensor("index_add", index, source)
    if index.ndim > 1:
        raise IndexError(f"index_add(): index must be 1-d, not {index.shape}")
    _check_index("index_add", index)
    fits = list(_with_axes(input).shape)
    length = fits[axis]
    fits[axis] = index.numel()
    if source.ndim != input.ndim or list(_with_axes(source).shape) != fits:
        raise RuntimeError(
            f"index_add(): source must be {tuple(fits)}, not {source.shape}, for an input of "
            f"shape {input.shape} and {fits[axis]} indices along dim {dim}"
        )
    _check_range("index_add", index, length, IndexError if len(fits) == 1 else RuntimeError)
    if type(alpha) is not int or alpha != 1:
        source = source * factor("index_add", "alpha", alpha, source.dtype, bools=False)
    along = [-1 if i == axis else 1 for i in range(len(fits))]
    place = expand(reshape(index, along), fits) if index.numel() else index
    return scatter_add(input, dim, reshape(place, source.shape), source)


def index_fill(input, dim, index, value):
    """Return `input` with the slices at the int64 `index` along `dim` replaced by `value`.

    `value` is a number or a 0-d tensor. IndexError for an index out of range or of another dtype,
    RuntimeError for one of more axes.
    """
    axis = axis_of("index_fill", input, dim)
    check_tensor("index_fill", index)
    if index.dtype != np.int64:
        raise IndexError(f"index_fill(): index must be int64, not {index.dtype}")
    if index.ndim > 1:
        raise RuntimeError(f"index_fill(): index must be 1-d, not {index.shape}")
    value = filling("index_fill", value, input)
    x = _with_axes(input)
    marked = np.zeros([n if i == axis else 1 for i, n in enumerate(x.shape)], bool)
    marked.reshape(-1)[index._array] = True
    return reshape(where(wrap(marked), value, x), input.shape)


def index_select(input, dim, index):
    """Return a copy of the slices of `input` at the 1-d integer tensor `index` along `dim`.

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
    x, index = map(_with_axes, (input, index))
    _check_range("index_select", index, x.shape[axis], IndexError)
    selected = getitem(x, (slice(None),) * axis + (index,))
    return selected if input.ndim else reshape(selected, ())


def repeat_interleave(input, repeats, dim=None):
    """Repeat each slice along `dim`, or each element without `dim`, `repeats` times.

    `repeats` is an integer or an integer vector. RuntimeError for negative repeats, or a vector of
    another length than the axis.
    """
    if dim is None:
        x = reshape(input, (-1,))
        axis = 0
    else:
        x = input
        axis = axis_of("repeat_interleave", input, dim)
    if not isinstance(repeats, Tensor):
        repeats = wrap(np.array(integer_of("repeat_interleave", repeats, "repeats")))
    times = repeats._array
    if times.dtype.kind != "i":
        raise NotImplementedError(
            f"repeat_interleave(): repeats must be integers, not {times.dtype}"
        )
    if times.ndim > 1 or (times.size and times.min() < 0):
        raise RuntimeError(
            "repeat_interleave(): repeats must be one or several numbers of 0 or more, got "
            f"{repeats}"
        )
    if times.size not in (1, x.shape[axis]):
        raise RuntimeError(
            f"repeat_interleave(): {times.size} repeats for an axis of length {x.shape[axis]}"
        )
    return index_select(x, axis, wrap(np.repeat(np.arange(x.shape[axis]), times)))


def masked_select(input, mask):
    """Return the elements where the boolean `mask` is true, 1-d; the two shapes broadcast."""
    check_tensor("masked_select", input, mask)
    if mask.dtype != bool:
        raise RuntimeError(f"masked_select(): mask must be boolean, not {mask.dtype}")
    try:
        shape = np.broadcast_shapes(input.shape, mask.shape)
    except ValueError:
        raise RuntimeError(
            f"masked_select(): shapes {input.shape} and {mask.shape} do not broadcast"
        ) from None
    return getitem(expand(input, shape), expand(mask, shape))


def narrow(input, dim, start, length):
    """Return a view of `length` slices along `dim` from `start` on.

    IndexError or RuntimeError if they exceed the axis.
    """
    axis = _axis_to_cut("narrow", input, dim)
    if isinstance(start, Tensor) and (start.ndim or start.dtype.kind not in "iu"):
        raise RuntimeError(
            "narrow(): a tensor start must be an integer without axes, not "
            f"{start.dtype} {start.shape}"
        )
    start, length = [integer_of("narrow", n, "start and length") for n in (start, length)]
    start += input.shape[axis] if start < 0 else 0
    if not 0 <= start <= input.shape[axis]:
        raise IndexError(f"narrow(): start {start} lies outside axis {axis} of {input.shape}")
    if length < 0 or start + length > input.shape[axis]:
        raise RuntimeError(
            f"narrow(): {length} slices from {start} on exceed axis {axis} of {input.shape}"
        )
    return getitem(input, (slice(None),) * axis + (slice(start, start + length),))


def select(input, dim, index):
    """Return a view of the slice at `index` along `dim`; IndexError if there is none."""
    axis = axis_of("select", input, dim)
    return getitem(input, (slice(None),) * axis + (integer_of("select", index, "index"),))


def _axis_to_cut(name, input, dim):
    check_tensor(name, input)
    if not input.ndim:
        raise RuntimeError(f"{name}(): a 0-d tensor has no axis to cut")
    return axis_of(name, input, dim)


def split(tensor, split_size_or_sections, dim=0):
    """Return views of consecutive slices along `dim`, of one length or of the given lengths.

    With one length, the last view may be shorter. RuntimeError if the lengths do not add up to the
    axis.
    """
    axis = _axis_to_cut("split", tensor, dim)
    size = tensor.shape[axis]
    sections = split_size_or_sections
    if not isinstance(sections, (tuple, list)):
        sections = integer_of("split", sections, "the length")
        if sections < 0 or (sections == 0 and size):
            raise RuntimeError(f"split(): the length must be positive, got {sections}")
        sections = [min(sections, size - i) for i in range(0, size, sections)] if size else [0]
    sections = [integer_of("split", n, "each length") for n in sections]
    if sum(sections) != size or min(sections, default=0) < 0:
        raise RuntimeError(
            f"split(): lengths {list(sections)} do not add up to axis {axis} of {tensor.shape}"
        )
    ends = np.cumsum([0, *sections]).tolist()
    return tuple(
        [narrow(tensor, axis, start, end - start) for start, end in itertools.pairwise(ends)]
    )


def chunk(input, chunks, dim=0):
    """Return at most `chunks` views of equal length along `dim`; the last may be shorter."""
    axis = _axis_to_cut("chunk", input, dim)
    size = input.shape[axis]
    chunks = integer_of("chunk", chunks, "the number of chunks")
    if chunks < 1:
        raise RuntimeError(f"chunk(): the number of chunks must be positive, got {chunks}")
    if not size:
        return split(input, [0] * chunks, dim)
    return split(input, -(-size // chunks), dim)


def unbind(input, dim=0):
    """Return a tuple of views of the slices along `dim`; IndexError for a 0-d tensor."""
    axis = axis_of("unbind", input, dim)
    if not input.ndim:
        raise IndexError("unbind(): a 0-d tensor has no axis to unbind")
    return tuple([getitem(input, (slice(None),) * axis + (i,)) for i in range(input.shape[axis])])


def tril(input, diagonal=0):
    """Return the lower triangle of the last two axes, up to the given diagonal; zeros above."""
    return _triangle("tril", np.tri, input, diagonal)


def triu(input, diagonal=0):
    """Return the upper triangle of the last two axes, from the given diagonal on; zeros below."""
    return _triangle("triu", lambda n, m, k, dtype: ~np.tri(n, m, k - 1, dtype), input, diagonal)


def _triangle(name, mask, input, k):
    check_tensor(name, input)
    k = integer_of(name, k, "diagonal")
    if input.ndim < 2:
        raise RuntimeError(f"{name}(): needs at least 2 axes, the input has shape {input.shape}")
    kept = wrap(mask(*input.shape[-2:], k, bool))
    return where(kept, input, wrap(np.zeros((), input.dtype)))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """Return a view of the diagonal of the axes `dim1` and `dim2`, as the last axis.

    An `offset` > 0 takes a diagonal above the main one. RuntimeError if the two axes are the same.
    """
    i = axis_of("diagonal", input, dim1)
    j = axis_of("diagonal", input, dim2)
    offset = integer_of("diagonal", offset, "offset")
    if i == j:
        raise RuntimeError(f"diagonal(): dim1 and dim2 must differ, got {dim1} and {dim2}")
    return _diagonal(input, offset=offset, axis1=i, axis2=j)


@viewing
@operation(
    lambda g, x_shape, offset, axis1, axis2: _on_diagonal(
        g, offset=offset, axis1=axis1, axis2=axis2, shape=x_shape
    )
)
def _diagonal(x, offset, axis1, axis2):
    out = np.diagonal(x, offset, axis1, axis2)
    out.flags.writeable = x.flags.writeable  # a view to write through, as in PyTorch
    return out


@operation(lambda g, offset, axis1, axis2: _diagonal(g, offset=offset, axis1=axis1, axis2=axis2))
def _on_diagonal(x, offset, axis1, axis2, shape):
    out = np.zeros(shape, x.dtype)
    _diagonal(out, offset=offset, axis1=axis1, axis2=axis2)[...] = x
    return out


def diag(input, diagonal=0):
    """Return the diagonal of a matrix, or the matrix with the given vector as its diagonal.

    RuntimeError for another rank.
    """
    check_tensor("diag", input)
    diagonal = integer_of("diag", diagonal, "diagonal")
    if input.ndim == 1:
        n = input.shape[0] + abs(diagonal)
        return _on_diagonal(input, offset=diagonal, axis1=0, axis2=1, shape=(n, n))
    if input.ndim == 2:
        return clone(_diagonal(input, offset=diagonal, axis1=0, axis2=1))
    raise RuntimeError(f"diag(): needs a vector or a matrix, the input has shape {input.shape}")
