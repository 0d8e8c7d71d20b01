"""The text of a tensor, as PyTorch prints it: four digits and aligned columns."""

import math
from types import SimpleNamespace

import numpy as np

from .core.tensor import Node
from .dtypes import get_default_dtype


def text_of(tensor):
    """Return `repr(tensor)`: the values, then all that these do not show."""
    array = tensor._array
    notes = []
    if array.shape != (0,) if array.size == 0 else not _OPTIONS.edgeitems:
        notes.append(f"size={array.shape}")
    evident = [get_default_dtype()]
    if array.size:
        evident += [np.int64, np.bool_]
    if array.dtype not in evident:
        notes.append(f"dtype={array.dtype}")
    if tensor.grad_fn:
        notes.append(f"grad_fn={tensor.grad_fn}")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    text = f"tensor({_values(array)}"
    column = len(text) - text.rfind("\n")
    for note in notes:
        fits = column + len(note) + 2 <= _OPTIONS.linewidth
        text += f", {note}" if fits else f",\n{' ' * len('tensor(')}{note}"
        column = column + len(note) + 2 if fits else len("tensor(") + len(note)
    return f"{text})"


def name_of(node):
    """Return `repr(tensor.grad_fn)`, as in PyTorch: <MulBackward0>."""
    name = node.operation.__name__ if node.operation else "accumulate_grad"
    return f"<{name.title().replace('_', '')}Backward0>"


Node.__repr__ = name_of


def set_printoptions(
    precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None
):
    """Set how tensors print: what is None stays as it is, but for `sci_mode`.

    `precision`: digits after the point. `threshold`: with more elements only `edgeitems` at both
    ends of each axis are shown. `linewidth`: characters in a line. `sci_mode`: whether numbers have
    exponents, None to decide by their sizes. `profile`: "default", "short" or "full", first.
    """
    given = zip(_DEFAULT, (precision, threshold, edgeitems, linewidth), strict=True)
    chosen = {name: value for name, value in given if value is not None}
    vars(_OPTIONS).update(_PROFILES.get(profile, {}) | chosen, sci_mode=sci_mode)


_DEFAULT = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}
_PROFILES = {
    "default": _DEFAULT,
    "short": _DEFAULT | {"precision": 2, "edgeitems": 2},
    "full": _DEFAULT | {"threshold": math.inf},
}
_OPTIONS = SimpleNamespace(**_DEFAULT, sci_mode=None)


def _values(array):
    if not array.size:
        return "[]"
    shown = array
    if array.size > _OPTIONS.threshold:
        for axis, n in enumerate(array.shape):
            shown = np.take(shown, _shown_of(n, array.size), axis)
    element, texts = _format_of(shown)
    width = max(map(len, texts), default=1)
    return _rows(array, array.size, len("tensor("), lambda x: element(x).rjust(width), width)


def _shown_of(n, size):
    """Return the places along an axis of length `n` that are shown of `size` elements in all."""
    edge = _OPTIONS.edgeitems
    is_cut = size > _OPTIONS.threshold and n > 2 * edge
    return [*range(edge), *range(n - edge, n)] if is_cut else range(n)


def _rows(array, size, indent, element, width):
    """Return the text of an array, a part of one of `size` elements, its brackets at `indent`."""
    if not array.ndim:
        return element(array.item())
    places = _shown_of(len(array), size)
    parts = [_rows(array[i], size, indent + 1, element, width) for i in places]
    if len(places) < len(array):
        dots = " ..." if array.ndim == 1 and parts else "..."
        parts.insert(_OPTIONS.edgeitems, dots)
    joint = "," + "\n" * (array.ndim - 1)
    if array.ndim == 1:
        joint = ",\n"
        n = max(1, math.floor((_OPTIONS.linewidth - indent) / (width + 2)))
        parts = [", ".join(parts[i : i + n]) for i in range(0, len(parts), n)]
    return f"[{(joint + ' ' * (indent + 1)).join(parts)}]"


def _format_of(array):
    """Return the function that formats one element, and the texts that decide on the width.

    It is scientific if the magnitudes differ too much, and writes "1." if all numbers are whole.
    """
    if array.dtype.kind != "f":
        return str, map(str, array.flat)
    nonzero = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    digits = _OPTIONS.precision
    if nonzero.size and _has_exponents(np.abs(nonzero)):
        element = lambda x: f"{x:.{digits}e}"  # noqa: E731
    elif np.all(nonzero == np.floor(nonzero)):
        element = lambda x: f"{x:.0f}." if math.isfinite(x) else f"{x}"  # noqa: E731
    else:
        element = lambda x: f"{x:.{digits}f}"  # noqa: E731
    return element, map(element, nonzero)


def _has_exponents(size):
    if _OPTIONS.sci_mode is not None:
        return _OPTIONS.sci_mode
    return size.max() / size.min() > 1000 or size.max() > 1e8 or size.min() < 1e-4
