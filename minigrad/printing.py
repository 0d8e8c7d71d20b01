"""How a tensor prints: as PyTorch prints it, four digits and the columns aligned."""

import numpy as np

from .dtypes import get_default_dtype

_PRECISION = 4


def text_of(tensor):
    """What `repr(tensor)` gives: the values, then whatever is not to be seen from them."""
    array = tensor._array
    notes = [_values(array)]
    if array.size == 0 and array.shape != (0,):
        notes.append(f"size={array.shape}")
    seen = (get_default_dtype(), np.int64, np.bool_) if array.size else (get_default_dtype(),)
    if array.dtype not in seen:
        notes.append(f"dtype={array.dtype}")
    if tensor.grad_fn:
        notes.append(f"grad_fn={tensor.grad_fn}")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    return f"tensor({', '.join(notes)})"


def _values(array):
    formatter = {}
    if array.dtype.kind == "f" and array.size:
        element = _float_format(array)
        width = max(len(element(x)) for x in array.flat) if array.ndim else 0
        formatter = {"float_kind": lambda x: element(x).rjust(width)}
    elif array.dtype == bool and array.all():
        formatter = {"bool": str}  # NumPy leaves room for a False that is not there
    return np.array2string(
        array, separator=", ", prefix="tensor(", threshold=1000, max_line_width=80, formatter=formatter
    )


def _float_format(array):
    """The format of one element: scientific when the magnitudes differ too much, "1." when all are whole."""
    size = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    whole = bool(np.all(size == np.floor(size)))
    if size.size and (size.max() / size.min() > 1000 or size.max() > 1e8 or (not whole and size.min() < 1e-4)):
        return lambda x: f"{x:.{_PRECISION}e}"
    if whole:
        return lambda x: f"{x:.0f}." if np.isfinite(x) else f"{x}"
    return lambda x: f"{x:.{_PRECISION}f}"
