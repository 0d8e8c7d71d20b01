"""Operations that rearrange, repeat or join: no number in them is computed, so their gradients only travel back."""

import math

import numpy as np

from ..autograd.graph import operation, owner
from ..tensor import Tensor
from .declare import check_tensor, promoted
from .views import viewing

__all__ = """
    cat concat flatten flip hstack movedim permute reshape roll squeeze stack swapaxes t tile transpose unflatten
    unsqueeze vstack
""".split()

# -- Axes ----------------------------------------------------------------------------------------------------


def integer_of(name, number, what="dim"):
    """The integer that `number` is, Python's, NumPy's or a 0-d tensor; TypeError for another type."""
    if isinstance(number, Tensor) and not number.ndim and number.dtype.kind in "iu":
        return number._array.item()
    if not isinstance(number, (int, np.integer)) or isinstance(number, bool):
        raise TypeError(f"{name}(): {what} must be an integer, not {number!r}")
    return int(number)


def axis_of(name, input, dim, extra=0):
    """`dim` as a non-negative axis of `input`; IndexError if there is none, TypeError if `dim` is no integer."""
    check_tensor(name, input)
    axis = integer_of(name, dim)
    ndim = max(input.ndim + extra, 1)
    if not -ndim <= axis < ndim:
        raise IndexError(
            f"{name}(): dim {axis} is out of range for a tensor of shape {input.shape}; "
            f"it must lie in [{-ndim}, {ndim - 1}]"
        )
    return axis % ndim


def axes_of(name, input, dim):
    """`dim`, an axis, several or none, as a tuple of different non-negative axes of `input`."""
    check_tensor(name, input)
    axes = tuple([axis_of(name, input, d) for d in (dim if _several(dim) else (dim,))])
    if len(set(axes)) != len(axes):
        raise RuntimeError(f"{name}(): dim {dim} names an axis twice")
    return axes if input.ndim else ()


def _several(dim):
    return isinstance(dim, (tuple, list))


def reduced_axes(name, input, dim, keepdim):
    """As `axes_of` for a reduction, where no axis at all means all of them; TypeError unless `keepdim` is a bool."""
    if not isinstance(keepdim, bool):
        raise TypeError(f"{name}(): keepdim must be True or False, not {keepdim!r}; several axes are one tuple")
    check_tensor(name, input)
    if dim is None or (_several(dim) and not dim):
        return tuple(range(input.ndim))
    return axes_of(name, input, dim)


def count_over(input, axes):
    """The number of elements that a reduction over the axes takes together."""
    return math.prod(input.shape[i] for i in axes)


def restored(g, shape, axis):
    """`g` with the axes that were reduced out of `shape` put back, each with length 1."""
    return np.reshape(g, [1 if i in axis else n for i, n in enumerate(shape)])


def sizes_of(sizes):
    """The integers of f(2, 3) and of f((2, 3)) alike."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes


# -- Rearranging ---------------------------------------------------------------------------------------------


@viewing
@operation(lambda g, _out, _x, shape: np.reshape(g, _x.shape))
def _reshape(x, shape):
    return np.reshape(x, shape)


@viewing
@operation(lambda g, _out, _x, axes: np.transpose(g, tuple(np.argsort(axes))))
def _permute(x, axes):
    return np.transpose(x, axes)


def reshape(input, shape):
    """The same elements in another shape, of which one length may be -1; a view where memory allows it.

    RuntimeError if the number of elements differs.
    """
    check_tensor("reshape", input)
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"reshape(): shape must be a tuple of integers, not {shape!r}")
    known = math.prod(n for n in shape if n != -1)
    if list(shape).count(-1) > 1 or any(n < -1 for n in shape):
        raise RuntimeError(f"reshape(): shape {tuple(shape)} may have one -1 and no other negative length")
    if (-1 in shape and (not known or input.numel() % known)) or (-1 not in shape and known != input.numel()):
        raise RuntimeError(
            f"reshape(): shape {tuple(shape)} does not hold the {input.numel()} elements of {input.shape}"
        )
    return _reshape(input, shape=tuple(n if n != -1 else input.numel() // known for n in shape))


def view(input, size):
    """As `reshape`, but never a copy: RuntimeError where the memory does not lie in the order of the new shape."""
    viewed = reshape(input, size)
    if owner(viewed._array) is not owner(input._array):
        raise RuntimeError(
            f"view(): a tensor of shape {input.shape} cannot be seen as {tuple(size)} without copying; use reshape()"
        )
    return viewed


def flattened(input):
    """All elements along one axis, in their order."""
    return _reshape(input, shape=(-1,))


def permute(input, dims):
    """The axes in the order `dims`; a view. RuntimeError unless every axis is named once."""
    check_tensor("permute", input)
    if len(dims) != input.ndim:
        raise RuntimeError(f"permute(): {tuple(dims)} must name each of the {input.ndim} axes of {input.shape}")
    return _permute(input, axes=axes_of("permute", input, dims))


def transpose(input, dim0, dim1):
    """Two axes swapped; a view."""
    i, j = axis_of("transpose", input, dim0), axis_of("transpose", input, dim1)
    axes = list(range(input.ndim))
    if axes:
        axes[i], axes[j] = j, i
    return _permute(input, axes=tuple(axes))


def swapaxes(input, axis0, axis1):
    """As `transpose`."""
    return transpose(input, axis0, axis1)


def t(input):
    """A matrix with its axes swapped; fewer axes stay as they are. RuntimeError for more than two."""
    check_tensor("t", input)
    if input.ndim > 2:
        raise RuntimeError(f"t(): expects at most 2 axes, the input has shape {input.shape}; use transpose(dim0, dim1)")
    return _permute(input, axes=tuple(reversed(range(input.ndim))))


def squeeze(input, dim=None):
    """Without the axes of length 1, or without those in `dim` that have length 1; a view."""
    check_tensor("squeeze", input)
    axes = range(input.ndim) if dim is None else axes_of("squeeze", input, dim)
    return _reshape(input, shape=tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in axes))


def unsqueeze(input, dim):
    """With a new axis of length 1 at `dim`; a view."""
    axis = axis_of("unsqueeze", input, dim, extra=1)
    return _reshape(input, shape=(*input.shape[:axis], 1, *input.shape[axis:]))


def flatten(input, start_dim=0, end_dim=-1):
    """The axes from `start_dim` to `end_dim` as one, for a single axis `input` itself.

    RuntimeError if the first lies behind the second.
    """
    start, end = axis_of("flatten", input, start_dim), axis_of("flatten", input, end_dim)
    if start > end:
        raise RuntimeError(f"flatten(): start_dim {start_dim} lies behind end_dim {end_dim}")
    if start == end and input.ndim:
        return input
    middle = math.prod(input.shape[start : end + 1])
    return _reshape(input, shape=(*input.shape[:start], middle, *input.shape[end + 1 :]))


def movedim(input, source, destination):
    """The axes `source` (one or several) moved to the places `destination`, the others in their order; a view."""
    if _several(source) != _several(destination):
        raise TypeError(f"movedim(): {source} and {destination} must both be one axis or both be several")
    source, destination = axes_of("movedim", input, source), axes_of("movedim", input, destination)
    if len(source) != len(destination):
        raise RuntimeError(f"movedim(): {len(source)} axes cannot move to {len(destination)} places")
    axes = [axis for axis in range(input.ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        axes.insert(place, axis)
    return _permute(input, axes=tuple(axes))


def unflatten(input, dim, sizes):
    """The axis `dim` as several of lengths `sizes`, of which one may be -1. RuntimeError if they do not fit."""
    axis = axis_of("unflatten", input, dim)
    if not sizes or not input.ndim or (-1 not in sizes and math.prod(sizes) != input.shape[axis]):
        raise RuntimeError(f"unflatten(): sizes {sizes} do not multiply to the length of axis {axis} of {input.shape}")
    return reshape(input, (*input.shape[:axis], *sizes, *input.shape[axis + 1 :]))


@operation(lambda g, *_, axes: _flip(g, axes=axes))
def _flip(x, axes):
    return np.flip(x, axes).copy()


def flip(input, dims):
    """The order of the elements along the axes `dims` reversed; a copy."""
    return _flip(input, axes=axes_of("flip", input, dims))


@operation(lambda g, *_, shifts, axes: _roll(g, shifts=tuple([-n for n in shifts]), axes=axes))
def _roll(x, shifts, axes):
    return np.roll(x, shifts, axes)


def roll(input, shifts, dims=()):
    """The elements moved `shifts` places along `dims`, those pushed out at the end coming in at the start.

    Without `dims` the flattened tensor is rolled. RuntimeError if the two differ in number.
    """
    shifts = tuple([integer_of("roll", n, "a shift") for n in (shifts if _several(shifts) else (shifts,))])
    if dims is None or (_several(dims) and not dims):
        if len(shifts) != 1:
            raise RuntimeError(f"roll(): {len(shifts)} shifts need as many dims")
        return reshape(roll(reshape(input, (-1,)), shifts, 0), input.shape)
    dims = dims if _several(dims) else (dims,)
    if len(shifts) != len(dims):
        raise RuntimeError(f"roll(): {len(shifts)} shifts for {len(dims)} dims")
    return _roll(input, shifts=shifts, axes=axes_of("roll", input, dims))


# -- Repeating and joining -----------------------------------------------------------------------------------


@viewing
@operation(lambda g, *_, shape: g, broadcasts=True)
def broadcast_to(x, shape):
    """`x` repeated to `shape` by NumPy's broadcasting, without copying."""
    return np.broadcast_to(x, shape)


def expand(input, size):
    """Axes of length 1 repeated to `size`, in which -1 keeps a length and new axes may lead; not copied.

    RuntimeError where a length other than 1 would have to change.
    """
    added = len(size) - input.ndim
    kept = (*size[: max(added, 0)], *input.shape)
    wanted = tuple([old if new == -1 else new for new, old in zip(size, kept, strict=False)])
    try:
        if added < 0 or min(wanted, default=0) < 0:
            raise ValueError
        return broadcast_to(input, shape=wanted)
    except ValueError:
        raise RuntimeError(f"expand(): a tensor of shape {input.shape} does not expand to {tuple(size)}") from None


class _RuleOfEach:
    """The rules of `_cat`, which has any number of inputs: each gets its own stretch of the gradient."""

    def __getitem__(self, i):
        def rule(g, _out, *inputs, axis):
            start = sum(x.shape[axis] for x in inputs[:i])
            return g[(slice(None),) * axis + (slice(start, start + inputs[i].shape[axis]),)]

        return rule


@operation(rules=_RuleOfEach())
def _cat(*arrays, axis):
    return np.ascontiguousarray(np.concatenate(arrays, axis=axis))


def tensors_in(name, tensors, least=0):
    """`tensors` itself; TypeError unless it is a tuple or list of tensors, RuntimeError for fewer than `least`."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}(): expected a tuple or list of tensors, not {type(tensors).__name__}")
    check_tensor(name, *tensors)
    if len(tensors) < least:
        raise RuntimeError(f"{name}(): expected at least one tensor")
    return tensors


def cat(tensors, dim=0):
    """The tensors one after the other along the axis `dim`, in their common dtype; empty 1-d ones are skipped.

    RuntimeError if another axis differs in length, ValueError if there is no tensor.
    """
    tensors = promoted("cat", *tensors_in("cat", tensors))
    tensors = [x for x in tensors if x.shape != (0,)] or tensors[:1]
    if not tensors:
        raise ValueError("cat(): expected at least one tensor")
    axis = axis_of("cat", tensors[0], dim)
    rest = {(x.ndim, x.shape[:axis], x.shape[axis + 1 :]) for x in tensors}
    if len(rest) > 1 or not tensors[0].ndim:
        shapes = ", ".join(str(x.shape) for x in tensors)
        raise RuntimeError(f"cat(): shapes {shapes} must have axes and be equal but for axis {dim}")
    return _cat(*tensors, axis=axis)


concat = cat


def hstack(tensors):
    """The tensors side by side: along the second axis, vectors along their only one; numbers count as vectors."""
    tensors = [reshape(x, (1,)) if not x.ndim else x for x in tensors_in("hstack", tensors, least=1)]
    return cat(tensors, min(tensors[0].ndim - 1, 1))


def vstack(tensors):
    """The tensors one below the other: along the first axis, vectors as rows."""
    tensors = tensors_in("vstack", tensors, least=1)
    return cat([reshape(x, (1, x.numel())) if x.ndim < 2 else x for x in tensors])


def stack(tensors, dim=0):
    """The tensors, all of one shape, along a new axis at `dim`. RuntimeError if the shapes differ or there are none."""
    tensors = tensors_in("stack", tensors, least=1)
    if len({x.shape for x in tensors}) > 1:
        raise RuntimeError(f"stack(): shapes {', '.join(str(x.shape) for x in tensors)} must be equal")
    return cat([unsqueeze(x, dim) for x in tensors], axis_of("stack", tensors[0], dim, extra=1))


def tile(input, dims):
    """As `repeat`, but fewer numbers than axes leave the leading axes as they are."""
    check_tensor("tile", input)
    return repeat(input, (*(1,) * (input.ndim - len(dims)), *dims))


def repeat(input, repeats):
    """The tensor repeated `repeats[i]` times along axis i; more numbers than axes add leading ones. A copy.

    RuntimeError for fewer numbers than axes.
    """
    added = len(repeats) - input.ndim
    if added < 0 or any(n < 0 for n in repeats):
        raise RuntimeError(
            f"repeat(): {tuple(repeats)} must be non-negative and at least one for each of {input.shape}"
        )
    shape = (*(1,) * added, *input.shape)
    paired = [n for pair in zip((1,) * len(shape), shape, strict=True) for n in pair]  # (1, n0, 1, n1, ...)
    wanted = [n for pair in zip(repeats, shape, strict=True) for n in pair]  # (r0, n0, r1, n1, ...)
    tiled = broadcast_to(_reshape(input, shape=tuple(paired)), shape=tuple(wanted))
    return _reshape(tiled, shape=tuple(r * n for r, n in zip(repeats, shape, strict=True)))
