"""Operations that rearrange, repeat or join tensors; gradients are moved back the same way."""

import math

import numpy as np

from ..core import rules
from ..core.record import operation, memory_of
from ..core.tensor import Tensor
from .promotion import check_tensor, promoted
from .views import viewing

__all__ = """
    cat concat flatten flip hstack moveaxis movedim permute ravel reshape roll squeeze stack
    swapaxes t tile transpose unflatten unsqueeze vstack
""".split()

# -- Axes ------------------------------------------------------------------------------------------


def integer_of(name, number, what="dim"):
    """Return an integer of Python's, NumPy's or a 0-d tensor as an int; TypeError for all else."""
    if isinstance(number, Tensor) and not number.ndim and number.dtype.kind in "iu":
        return number._array.item()
    if not isinstance(number, (int, np.integer)) or isinstance(number, bool):
        raise TypeError(f"{name}(): {what} must be an integer, not {number!r}")
    return int(number)


def axis_of(name, input, dim, extra=0):
    """Return `dim` as a non-negative axis of `input`, which may have `extra` more axes.

    IndexError if there is no such axis, TypeError if `dim` is no integer.
    """
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
    """Return `dim`, one or more axes or none, as a tuple of different non-negative axes."""
    check_tensor(name, input)
    axes = tuple([axis_of(name, input, d) for d in (dim if _is_sequence(dim) else (dim,))])
    if len(set(axes)) != len(axes):
        raise RuntimeError(f"{name}(): dim {dim} names an axis twice")
    return axes if input.ndim else ()


def _is_sequence(dim):
    return isinstance(dim, (tuple, list))


def reduced_axes(name, input, dim, keepdim):
    """Return the axes that a reduction over `dim` removes; no axis means all of them.

    TypeError unless `keepdim` is a bool; other errors as of `axes_of`.
    """
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"{name}(): keepdim must be True or False, not {keepdim!r}; several axes are one tuple"
        )
    check_tensor(name, input)
    if dim is None or (_is_sequence(dim) and not dim):
        return tuple(range(input.ndim))
    return axes_of(name, input, dim)


def count_over(input, axes):
    """Return the number of elements that a reduction over the axes combines into one."""
    return math.prod(input.shape[i] for i in axes)


def sizes_of(sizes):
    """Return the integers of f(2, 3) and of f((2, 3)) alike."""
    return tuple(sizes[0]) if len(sizes) == 1 and _is_sequence(sizes[0]) else sizes


# -- Rearranging -----------------------------------------------------------------------------------


@viewing
@operation(lambda g, x_shape: np.reshape(g, x_shape), name="reshape")
def _reshape(x, shape):
    return np.reshape(x, shape)


@viewing
@operation(lambda g: g, broadcasts=True)
def broadcast_to(x, shape):
    """Return `x` repeated to `shape` by NumPy's broadcasting, without copying."""
    return np.broadcast_to(x, shape)


_permute = viewing(rules.permute)


def reshape(input, shape):
    """Return the same elements in another shape: a view where memory allows it.

    One length may be -1. RuntimeError if the number of elements differs.
    """
    check_tensor("reshape", input)
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"reshape(): shape must be a tuple of integers, not {shape!r}")
    if list(shape).count(-1) > 1 or any(n < -1 for n in shape):
        raise RuntimeError(
            f"reshape(): shape {tuple(shape)} may have one -1 and no other negative length"
        )
    size = input.numel()
    product = math.prod(n for n in shape if n != -1)
    fits = product == size
    if -1 in shape:
        fits = product and not size % product
    if not fits:
        raise RuntimeError(
            f"reshape(): shape {tuple(shape)} does not hold the {size} elements of {input.shape}"
        )
    return _reshape(input, shape=tuple(n if n != -1 else size // product for n in shape))


def view(input, size):
    """Return `reshape(input, size)`, but never a copy; RuntimeError where it would need one."""
    viewed = reshape(input, size)
    if memory_of(viewed._array) is not memory_of(input._array):
        raise RuntimeError(
            f"view(): a tensor of shape {input.shape} cannot be seen as {tuple(size)} without "
            "copying; use reshape()"
        )
    return viewed


def flattened(input):
    """Return all elements along one axis, in their order."""
    return _reshape(input, shape=(-1,))


def permute(input, dims):
    """Return a view with the axes in the order `dims`; RuntimeError unless each is named once."""
    check_tensor("permute", input)
    if len(dims) != input.ndim:
        raise RuntimeError(
            f"permute(): {tuple(dims)} must name each of the {input.ndim} axes of {input.shape}"
        )
    return _permute(input, axes=axes_of("permute", input, dims))


def transpose(input, dim0, dim1):
    """Return a view with two axes swapped."""
    i = axis_of("transpose", input, dim0)
    j = axis_of("transpose", input, dim1)
    axes = list(range(input.ndim))
    if axes:
        axes[i], axes[j] = j, i
    return _permute(input, axes=tuple(axes))


def swapaxes(input, axis0, axis1):
    """Return a view with two axes swapped, as `transpose`."""
    return transpose(input, axis0, axis1)


def t(input):
    """Return a matrix with its axes swapped, a vector or a number as it is.

    RuntimeError for more than two axes.
    """
    check_tensor("t", input)
    if input.ndim > 2:
        raise RuntimeError(
            f"t(): expects at most 2 axes, the input has shape {input.shape}; "
            "use transpose(dim0, dim1)"
        )
    return _permute(input, axes=tuple(reversed(range(input.ndim))))


def squeeze(input, dim=None):
    """Return a view without the axes of length 1, or without those of them in `dim`."""
    check_tensor("squeeze", input)
    axes = range(input.ndim) if dim is None else axes_of("squeeze", input, dim)
    shape = tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in axes)
    return _reshape(input, shape=shape)


def unsqueeze(input, dim):
    """Return a view with a new axis of length 1 at `dim`."""
    axis = axis_of("unsqueeze", input, dim, extra=1)
    return _reshape(input, shape=(*input.shape[:axis], 1, *input.shape[axis:]))


def flatten(input, start_dim=0, end_dim=-1):
    """Join the axes from `start_dim` to `end_dim` into one; a single axis gives `input` itself.

    RuntimeError if the first comes after the second.
    """
    start = axis_of("flatten", input, start_dim)
    end = axis_of("flatten", input, end_dim)
    if start > end:
        raise RuntimeError(f"flatten(): start_dim {start_dim} comes after end_dim {end_dim}")
    if start == end and input.ndim:
        return input
    middle = math.prod(input.shape[start : end + 1])
    return _reshape(input, shape=(*input.shape[:start], middle, *input.shape[end + 1 :]))


def ravel(input):
    """Return all elements along one axis, in their order: a view where memory allows it."""
    return reshape(input, (-1,))


def movedim(input, source, destination):
    """Return a view with the axes `source` (one or more) at the places `destination`.

    The other axes keep their order.
    """
    if _is_sequence(source) != _is_sequence(destination):
        raise TypeError(
            f"movedim(): {source} and {destination} must both be one axis or both be several"
        )
    if _is_sequence(source) and len(source) != len(destination):
        raise RuntimeError(
            f"movedim(): {len(source)} axes cannot move to {len(destination)} places"
        )
    source = axes_of("movedim", input, source)
    destination = axes_of("movedim", input, destination)
    axes = [axis for axis in range(input.ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        axes.insert(place, axis)
    return _permute(input, axes=tuple(axes))


moveaxis = movedim


def unflatten(input, dim, sizes):
    """Split the axis `dim` into axes of lengths `sizes`, one of which may be -1.

    RuntimeError if they do not fit.
    """
    axis = axis_of("unflatten", input, dim)
    if not sizes or not input.ndim or (-1 not in sizes and math.prod(sizes) != input.shape[axis]):
        raise RuntimeError(
            f"unflatten(): sizes {sizes} do not multiply to the length of axis {axis} of "
            f"{input.shape}"
        )
    return reshape(input, (*input.shape[:axis], *sizes, *input.shape[axis + 1 :]))


@operation(lambda g, axes: _flip(g, axes=axes))
def _flip(x, axes):
    return np.flip(x, axes).copy()


def flip(input, dims):
    """Return a copy with the order of the elements along the axes `dims` reversed."""
    return _flip(input, axes=axes_of("flip", input, dims))


@operation(lambda g, shifts, axes: _roll(g, shifts=tuple([-n for n in shifts]), axes=axes))
def _roll(x, shifts, axes):
    return np.roll(x, shifts, axes)


def roll(input, shifts, dims=()):
    """Shift the elements by `shifts` places along `dims`; those beyond the end enter at the start.

    Without `dims` the flattened tensor is rolled. RuntimeError if the two differ in number.
    """
    shifts = shifts if _is_sequence(shifts) else (shifts,)
    shifts = tuple([integer_of("roll", n, "a shift") for n in shifts])
    if dims is None or (_is_sequence(dims) and not dims):
        if len(shifts) != 1:
            raise RuntimeError(f"roll(): {len(shifts)} shifts need as many dims")
        return reshape(roll(reshape(input, (-1,)), shifts, 0), input.shape)
    dims = dims if _is_sequence(dims) else (dims,)
    if len(shifts) != len(dims):
        raise RuntimeError(f"roll(): {len(shifts)} shifts for {len(dims)} dims")
    return _roll(input, shifts=shifts, axes=axes_of("roll", input, dims))


# -- Repeating and joining -------------------------------------------------------------------------


def expand(input, size):
    """Repeat axes of length 1 to `size`, without copying.

    In `size`, -1 keeps a length, and new axes may lead. RuntimeError where a length other than 1
    would have to change.
    """
    added = len(size) - input.ndim
    kept = (*size[: max(added, 0)], *input.shape)
    wanted = tuple([old if new == -1 else new for new, old in zip(size, kept, strict=False)])
    try:
        if added < 0 or min(wanted, default=0) < 0:
            raise ValueError
        return broadcast_to(input, shape=wanted)
    except ValueError:
        raise RuntimeError(
            f"expand(): a tensor of shape {input.shape} does not expand to {tuple(size)}"
        ) from None


def _cat_rule(g, i, inputs, axis):
    """Return the gradient of input `i` of `_cat`: its own slices."""
    start = sum(x.shape[axis] for x in inputs[:i])
    return g[(slice(None),) * axis + (slice(start, start + inputs[i].shape[axis]),)]


@operation(_cat_rule)
def _cat(*arrays, axis):
    return np.ascontiguousarray(np.concatenate(arrays, axis=axis))


def tensors_in(name, tensors, least=0):
    """Return `tensors` itself.

    TypeError unless it is a tuple or list of tensors, RuntimeError for fewer than `least`.
    """
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(
            f"{name}(): expected a tuple or list of tensors, not {type(tensors).__name__}"
        )
    check_tensor(name, *tensors)
    if len(tensors) < least:
        raise RuntimeError(f"{name}(): expected at least one tensor")
    return tensors


def cat(tensors, dim=0):
    """Join the tensors along the axis `dim`, in their common dtype; empty 1-d ones are skipped.

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
        raise RuntimeError(
            f"cat(): shapes {shapes} must have axes and be equal except along axis {dim}"
        )
    return _cat(*tensors, axis=axis)


concat = cat


def hstack(tensors):
    """Join the tensors along the second axis, vectors (and numbers) along their only one."""
    tensors = tensors_in("hstack", tensors, least=1)
    tensors = [x if x.ndim else reshape(x, (1,)) for x in tensors]
    return cat(tensors, min(tensors[0].ndim - 1, 1))


def vstack(tensors):
    """Join the tensors along the first axis, vectors as rows."""
    tensors = tensors_in("vstack", tensors, least=1)
    return cat([reshape(x, (1, x.numel())) if x.ndim < 2 else x for x in tensors])


def stack(tensors, dim=0):
    """Join tensors of one shape along a new axis at `dim`.

    RuntimeError if the shapes differ or there are none.
    """
    tensors = tensors_in("stack", tensors, least=1)
    if len({x.shape for x in tensors}) > 1:
        raise RuntimeError(
            f"stack(): shapes {', '.join(str(x.shape) for x in tensors)} must be equal"
        )
    return cat([unsqueeze(x, dim) for x in tensors], axis_of("stack", tensors[0], dim, extra=1))


def tile(input, dims):
    """Return `repeat(input, dims)`, but fewer numbers than axes leave the leading axes alone."""
    check_tensor("tile", input)
    return repeat(input, (*(1,) * (input.ndim - len(dims)), *dims))


@operation(lambda g: g)
def _copied(x):
    return np.array(x, order="C")


def repeat(input, repeats):
    """Return a copy with the elements repeated `repeats[i]` times along axis i.

    More numbers than axes add leading axes. RuntimeError for fewer numbers than axes.
    """
    added = len(repeats) - input.ndim
    if added < 0 or any(n < 0 for n in repeats):
        raise RuntimeError(
            f"repeat(): {tuple(repeats)} must be non-negative and at least one for each of "
            f"{input.shape}"
        )
    shape = (*(1,) * added, *input.shape)
    paired = [n for length in shape for n in (1, length)]  # (1, n0, 1, n1, ...)
    wanted = [n for pair in zip(repeats, shape, strict=True) for n in pair]  # (r0, n0, r1, n1, ...)
    tiled = broadcast_to(_reshape(input, shape=tuple(paired)), shape=tuple(wanted))
    tiled = _copied(tiled)  # else the reshape might still be a view
    return _reshape(tiled, shape=tuple(r * n for r, n in zip(repeats, shape, strict=True)))
