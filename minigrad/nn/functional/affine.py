"""The affine map behind every fully connected layer."""

from ...core import layers
from .checks import check_dtypes, check_tensors


def linear(input, weight, bias=None):
    """Return input @ weight.T + bias.

    `input` is (..., in), `weight` (out, in), `bias` (out,) or None; the result is (..., out).
    TypeError unless they are tensors, RuntimeError for shapes that do not fit and for different
    dtypes.
    """
    check_tensors("linear", input=input, weight=weight)
    if bias is not None:
        check_tensors("linear", bias=bias)
    x = input._array
    w = weight._array
    check_fit(x.shape, w.shape, None if bias is None else bias._array.shape)
    if x.dtype is not w.dtype or (bias is not None and bias._array.dtype is not w.dtype):
        check_dtypes("linear", input, weight=weight, bias=bias)
    return layers.linear(input, weight, bias)


def check_fit(input, weight, bias):
    """Raise RuntimeError unless these shapes fit together."""
    if len(weight) != 2:
        raise RuntimeError(f"linear(): weight must have shape (out, in), it has {weight}")
    if not input or input[-1] != weight[1]:
        raise RuntimeError(
            f"linear(): input of shape {input} does not fit weight of shape {weight}: "
            f"its last length must be {weight[1]}"
        )
    if bias is not None and bias != weight[:1]:
        raise RuntimeError(f"linear(): bias of shape {bias} does not fit weight of shape {weight}")
