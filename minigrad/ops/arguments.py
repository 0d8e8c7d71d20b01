"""Checks of numbers and sizes given as arguments; an error names the function."""

import math
import sys

import numpy as np

from ..core.tensor import Tensor

_INT64 = np.iinfo(np.int64)
_MOST_AXES = 64  # NumPy's limit


def _as_index(value):
    """Return `value` as an int, or None if it is no integer."""
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, Tensor) and value.dtype == bool):
        return None
    try:
        return value.__index__()
    except (AttributeError, TypeError):
        return None


def whole(name, argument, value):
    """Return an integer argument as an int: Python's, NumPy's or a tensor's only element.

    TypeError for anything else, booleans included; ValueError for one of more than 64 bits.
    """
    number = _as_index(value)
    if number is None:
        raise TypeError(f"{name}(): {argument} must be an integer, not {value!r}")
    if not _INT64.min <= number <= _INT64.max:
        raise ValueError(f"{name}(): {argument} must fit into 64 bits, got {number}")
    return number


def count(name, argument, value):
    """Return a length, as `whole` does; RuntimeError if it is negative."""
    number = whole(name, argument, value)
    if number < 0:
        raise RuntimeError(f"{name}(): {argument} must not be negative, got {number}")
    return number


def number(name, argument, value):
    """Return a number of Python's or NumPy's, or a 0-d tensor without grad, as Python's own.

    TypeError for anything else; OverflowError for an integer of more than 64 bits.
    """
    if isinstance(value, Tensor) and not value.ndim and not value.requires_grad:
        value = value._array[()].item()
    elif isinstance(value, np.bool_):
        value = float(value)  # as PyTorch does
    elif isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (int, float)):
        said = f"a tensor of shape {value.shape}" if isinstance(value, Tensor) else repr(value)
        raise TypeError(
            f"{name}(): {argument} must be a real number, or a 0-d tensor without grad, not {said}"
        )
    if isinstance(value, int) and not _INT64.min <= value < 2**64:
        raise OverflowError(f"{name}(): {argument} must fit into 64 bits, got {value}")
    return value


def size_of(name, size):
    """Return a tuple or list of lengths as a tuple of ints.

    TypeError for another type or a length that is no integer of 64 bits; RuntimeError for a
    negative length, for too many axes and for more elements than any memory holds.
    """
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"{name}(): size must be a tuple of integers, not {size!r}")
    lengths = tuple([_as_index(n) for n in size])
    if any(n is None or n > _INT64.max for n in lengths):
        raise TypeError(
            f"{name}(): every length in the size must be an integer of 64 bits, got {tuple(size)}"
        )
    if any(n < 0 for n in lengths):
        raise RuntimeError(f"{name}(): no length may be negative, got the size {lengths}")
    if len(lengths) > _MOST_AXES:
        raise RuntimeError(
            f"{name}(): {len(lengths)} axes are too many, a tensor has at most {_MOST_AXES}"
        )
    if 8 * math.prod(n or 1 for n in lengths) > sys.maxsize:
        raise RuntimeError(f"{name}(): no memory holds a tensor of size {lengths}")
    return lengths
