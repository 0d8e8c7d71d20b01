"""The text of a tensor, as PyTorch prints it: four digits and aligned columns."""

import numpy as np

from .core.tensor import Node
from .dtypes import get_default_dtype

_PRECISION = 4


def text_of(tensor):
    """Return `repr(tensor)`: the values, then all that these do not show."""
    array = tensor._array
    notes = [_values(array)]
    if array.size == 0 and array.shape != (0,):
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
    return f"tensor({', '.join(notes)})"


def name_of(node):
    """Return `repr(tensor.grad_fn)`, as in PyTorch: <MulBackward0>."""
    name = node.operation.__name__ if node.operation else "accumulate_grad"
    return f"<{name.title().replace('_', '')}Backward0>"


Node.__repr__ = name_of


def _values(array):
    formatter = {}
    if array.dtype.kind == "f" and array.size:
        element = _float_format(array)
        width = max(len(element(x)) for x in array.flat) if array.ndim else 0
        formatter = {"float_kind": lambda x: element(x).rjust(width)}
    elif array.dtype == bool and array.all():
        formatter = {"bool": str}  # NumPy would leave room for False, which is longer
    layout = {"separator": ", ", "prefix": "tensor(", "threshold": 1000, "max_line_width": 80}
    return np.array2string(array, formatter=formatter, **layout)


def _float_format(array):
    """Return the function that formats one element.

    It is scientific if the magnitudes differ too much, and writes "1." if all numbers are whole.
    """
    size = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    whole = bool(np.all(size == np.floor(size)))
    if size.size and _needs_exponents(size.min(), size.max(), whole):
        return lambda x: f"{x:.{_PRECISION}e}"
    if whole:
        return lambda x: f"{x:.0f}." if np.isfinite(x) else f"{x}"
    return lambda x: f"{x:.{_PRECISION}f}"


def _needs_exponents(smallest, largest, whole):
    return largest / smallest > 1000 or largest > 1e8 or (not whole and smallest < 1e-4)
