"""Products of matrices."""

import numpy as np

from ..autograd.engine import unbroadcast
from ..autograd.graph import operation
from ..tensor import Tensor
from .shape import reshape, squeeze, unsqueeze


def _swapped(x):
    return np.swapaxes(x, -1, -2)


@operation(
    lambda g, _out, _x, y: unbroadcast(np.matmul(g, _swapped(y)), _x.shape),
    lambda g, _out, x, _y: unbroadcast(np.matmul(_swapped(x), g), _y.shape),
)
def _matmul(x, y):
    return np.matmul(x, y)


def matmul(input, other):
    """The matrix product over the last two axes, with the leading ones broadcast; a vector is a row or a column.

    (n,) @ (n,) gives a number, (b, n, m) @ (m, k) gives (b, n, k). RuntimeError if the inner lengths, the leading
    axes or the dtypes do not match, or an operand is 0-d; TypeError unless both are tensors.
    """
    for operand in (input, other):
        if not isinstance(operand, Tensor):
            raise TypeError(f"matmul(): both operands must be Tensors, not {type(operand).__name__}")
    if input.dtype != other.dtype:
        raise RuntimeError(f"matmul(): both operands need one dtype, got {input.dtype} and {other.dtype}; use .to()")
    if not input.ndim or not other.ndim or input.shape[-1] != other.shape[-2 if other.ndim > 1 else 0]:
        raise RuntimeError(
            f"matmul(): shapes {input.shape} and {other.shape} cannot be multiplied; "
            "the last length of the first must be the second-to-last of the other"
        )
    if other.ndim == 1:
        return squeeze(matmul(input, unsqueeze(other, -1)), -1)
    if input.ndim == 1:
        return squeeze(matmul(unsqueeze(input, 0), other), -2)
    if input.ndim > 2 and other.ndim == 2:  # one large product instead of many small ones
        rows = reshape(input, (-1, input.shape[-1])) if input.numel() else input
        return reshape(_matmul(rows, other), (*input.shape[:-1], other.shape[-1]))
    try:
        return _matmul(input, other)
    except ValueError:
        raise RuntimeError(f"matmul(): the leading axes of {input.shape} and {other.shape} do not broadcast") from None
