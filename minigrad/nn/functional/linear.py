"""The affine map behind every fully connected layer."""

import math

import numpy as np

from ...autograd.graph import operation
from ...ops import reshape
from ...tensor import Tensor


@operation(
    lambda g, _out, _x, weight, _bias: np.matmul(g, weight),
    lambda g, _out, x, _weight, _bias: np.matmul(np.transpose(g), x),
    lambda g, *_: np.sum(g, axis=0),
)
def _linear(x, weight, bias):
    out = np.matmul(x, weight.T)  # (N, out)
    if bias is not None:
        out += bias
    return out


def linear(input, weight, bias=None):
    """input @ weight.T + bias, for `input` (..., in), `weight` (out, in) and `bias` (out,); gives (..., out).

    TypeError for what is no tensor, RuntimeError for shapes that do not fit and for different dtypes.
    """
    _check(input, weight, bias)
    if input.ndim == 2:
        return _linear(input, weight, bias)
    *leading, last = input.shape
    out = _linear(reshape(input, (math.prod(leading), last)), weight, bias)
    return reshape(out, (*leading, weight.shape[0]))


def _check(input, weight, bias):
    for role, tensor in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(tensor, Tensor) and not (role == "bias" and tensor is None):
            raise TypeError(f"linear(): {role} must be a Tensor, not {type(tensor).__name__}; see minigrad.tensor()")
    x, w = input._array, weight._array
    if w.ndim != 2:
        raise RuntimeError(f"linear(): weight must have shape (out, in), it has {w.shape}")
    if not x.ndim or x.shape[-1] != w.shape[1]:
        raise RuntimeError(
            f"linear(): input of shape {x.shape} does not fit weight of shape {w.shape}: "
            f"its last length must be {w.shape[1]}"
        )
    if bias is not None and bias._array.shape != w.shape[:1]:
        raise RuntimeError(f"linear(): bias of shape {bias.shape} does not fit weight of shape {w.shape}")
    for role, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor._array.dtype != x.dtype:
            raise RuntimeError(f"linear(): input is {x.dtype} but {role} is {tensor.dtype}; convert one with .to()")
