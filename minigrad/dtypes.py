"""The number types of a Tensor, and PyTorch's rules for what two of them make together.

A dtype is NumPy's own object, so it can be handed to any NumPy function. The promotion rules are PyTorch's
and not NumPy's: an integer and a float32 make a float32, and a 0-d tensor never widens a tensor with axes.
"""

from types import SimpleNamespace

import numpy as np

float32 = np.dtype("float32")
float64 = np.dtype("float64")
int64 = np.dtype("int64")
int32 = np.dtype("int32")
uint8 = np.dtype("uint8")
bool = np.dtype("bool")

SUPPORTED = (float32, float64, int64, int32, uint8, bool)

_default = float32


def get_default_dtype():
    """The dtype of a tensor made from Python floats; float32 unless `set_default_dtype` changed it."""
    return _default


def set_default_dtype(d):
    """Make `d` (float32 or float64) the dtype of tensors made from Python floats.

    Raises TypeError for any other dtype.
    """
    global _default
    if not isinstance(d, np.dtype) or d not in (float32, float64):
        raise TypeError(
            "set_default_dtype(): needs a floating dtype, minigrad.float32 or minigrad.float64, "
            f"not {d!r}"
        )
    _default = d


def is_floating(dtype):
    return dtype.kind == "f"


def finfo(type=None):
    """The limits of a floating dtype, the default one unless given: `min`, `max`, `eps`, `tiny`, `bits`.

    TypeError for another dtype.
    """
    dtype = _default if type is None else supported(type, "finfo()")
    if not is_floating(dtype):
        raise TypeError(f"finfo(): needs a floating dtype, not {dtype}")
    limits = np.finfo(dtype)
    names = {name: float(getattr(limits, name)) for name in ("min", "max", "eps", "tiny")}
    return SimpleNamespace(bits=limits.bits, dtype=str(dtype), **names)


def supported(dtype, operation):
    """`dtype` as one of the supported dtypes, or a TypeError that lists them."""
    try:
        # NumPy takes much else as well: names of dtypes, None, and what has a dtype
        known = np.dtype(dtype if isinstance(dtype, (np.dtype, type)) else object)
    except TypeError:
        known = np.dtype(object)
    if known not in SUPPORTED:
        names = ", ".join(f"minigrad.{name}" for name in SUPPORTED)
        raise TypeError(f"{operation}: dtype {dtype} is not supported; use one of {names}")
    return known


def of_scalar(value):
    """The dtype of a tensor made from one Python number."""
    if isinstance(value, (np.bool_, type(True))):
        return bool
    return int64 if isinstance(value, (int, np.integer)) else _default


def promote_types(type1, type2):
    """The smallest dtype that holds both, an integer and a float giving that float.

    >>> promote_types(int64, float32)
    dtype('float32')
    """
    type1, type2 = supported(type1, "promote_types()"), supported(type2, "promote_types()")
    if is_floating(type1) != is_floating(type2):
        return type1 if is_floating(type1) else type2
    return np.promote_types(type1, type2)


def result_type(*operands):
    """The dtype of an elementwise operation over arrays and Python numbers.

    Arrays with axes decide; a 0-d array, and after it a Python number, counts only when it is of a higher
    kind (bool, then integer, then float) than what came before.
    """
    ranked = [None, None, None]  # arrays with axes, 0-d arrays, Python numbers
    for operand in operands:
        if isinstance(operand, np.ndarray):
            rank, dtype = (0 if operand.ndim else 1), operand.dtype
        else:
            rank, dtype = 2, of_scalar(operand)
        ranked[rank] = dtype if ranked[rank] is None else promote_types(ranked[rank], dtype)
    result = None
    for dtype in ranked:
        if result is None:
            result = dtype
        elif dtype is not None and not is_floating(result) and (result == bool or is_floating(dtype)):
            result = promote_types(result, dtype)
    return result
