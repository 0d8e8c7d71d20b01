"""The dtypes of a Tensor, and PyTorch's rules for their promotion.

A dtype is NumPy's own object, so it can be passed to any NumPy function. The promotion rules are
PyTorch's, not NumPy's: an integer and a float32 make a float32, and a 0-d tensor never widens a
tensor with axes.
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
    """Return the dtype of tensors made from Python floats, float32 unless it was set."""
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
    """Return whether the dtype is a floating one."""
    return dtype.kind == "f"


class Limits(SimpleNamespace):
    """What `finfo` or `iinfo` returns. It prints as PyTorch's: six digits, without the bits."""

    def __repr__(self):
        hidden = ("bits", "dtype")
        texts = [f"{name}={value:g}" for name, value in vars(self).items() if name not in hidden]
        kind = "finfo" if hasattr(self, "eps") else "iinfo"
        return f"{kind}({', '.join(texts)}, dtype={self.dtype})"


def finfo(type=None):
    """Return the limits of a floating dtype, the default one if not given; TypeError for another.

    They are `.resolution`, `.min`, `.max`, `.eps`, `.smallest_normal`, `.tiny` and `.bits`.
    """
    dtype = _default if type is None else supported(type, "finfo()")
    if not is_floating(dtype):
        raise TypeError(f"finfo(): needs a floating dtype, not {dtype}; use iinfo() for integers")
    limits = np.finfo(dtype)
    names = ("min", "max", "eps", "smallest_normal", "tiny")
    numbers = {name: float(getattr(limits, name)) for name in names}
    resolution = float(str(limits.resolution))
    return Limits(resolution=resolution, **numbers, bits=limits.bits, dtype=str(dtype))


def iinfo(type):
    """Return the `.min`, `.max` and `.bits` of an integer dtype; TypeError for another one.

    >>> iinfo(uint8)
    iinfo(min=0, max=255, dtype=uint8)
    """
    dtype = supported(type, "iinfo()")
    if dtype.kind not in "iu":
        raise TypeError(f"iinfo(): needs an integer dtype, not {dtype}; use finfo() for floats")
    limits = np.iinfo(dtype)
    return Limits(min=int(limits.min), max=int(limits.max), bits=limits.bits, dtype=str(dtype))


def supported(dtype, operation):
    """Return `dtype` as one of the supported dtypes, or raise a TypeError that lists them."""
    try:
        # NumPy would accept more: names of dtypes, None, and objects with a dtype
        found = np.dtype(dtype if isinstance(dtype, (np.dtype, type)) else object)
    except TypeError:
        found = np.dtype(object)
    if found not in SUPPORTED:
        names = ", ".join(f"minigrad.{name}" for name in SUPPORTED)
        raise TypeError(f"{operation}: dtype {dtype} is not supported; use one of {names}")
    return found


def of_scalar(value):
    """Return the dtype of a tensor made from one Python number."""
    if isinstance(value, (np.bool_, type(True))):
        return bool
    return int64 if isinstance(value, (int, np.integer)) else _default


def promote_types(type1, type2):
    """Return the smallest dtype that holds both; an integer and a float give that float.

    >>> promote_types(int64, float32)
    dtype('float32')
    """
    type1 = supported(type1, "promote_types()")
    type2 = supported(type2, "promote_types()")
    if is_floating(type1) != is_floating(type2):
        return type1 if is_floating(type1) else type2
    return np.promote_types(type1, type2)


def result_type(*operands):
    """Return the dtype of an elementwise operation over arrays and Python numbers.

    Arrays with axes decide. A 0-d array counts only if it is of a higher kind (bool, then integer,
    then float) than these, and a Python number only if it is of a higher kind than both.
    """
    ranked = [None, None, None]  # arrays with axes, 0-d arrays, Python numbers
    for operand in operands:
        if isinstance(operand, np.ndarray):
            rank = 0 if operand.ndim else 1
            dtype = operand.dtype
        else:
            rank = 2
            dtype = of_scalar(operand)
        ranked[rank] = dtype if ranked[rank] is None else promote_types(ranked[rank], dtype)
    result = None
    for dtype in ranked:
        if result is None:
            result = dtype
        elif dtype is not None and _is_of_higher_kind(dtype, result):
            result = promote_types(result, dtype)
    return result


def _is_of_higher_kind(dtype, other):
    return not is_floating(other) and (other == bool or is_floating(dtype))
