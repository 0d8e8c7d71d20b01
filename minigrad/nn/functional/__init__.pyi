"""Stub of minigrad.nn.functional, written by `python -m tests.stubs`: not to be edited."""

from typing import Any

from ...core.tensor import Tensor, _Dims, _DType, _Size

def adaptive_avg_pool1d(input: Tensor, output_size: _Dims) -> Tensor:
    """Return the means of `output_size` windows of nearly equal size, which cover the sequence."""

def adaptive_avg_pool2d(input: Tensor, output_size: _Dims) -> Tensor:
    """Return the means of windows of nearly equal size, `output_size` of them along each axis."""

def avg_pool1d(
    input: Tensor,
    kernel_size: _Dims,
    stride: _Dims | None = None,
    padding: _Dims | str = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Return the mean of each window of sequences (N, C, L), as `avg_pool2d`."""

def avg_pool2d(
    input: Tensor,
    kernel_size: _Dims,
    stride: _Dims | None = None,
    padding: _Dims | str = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: float | None = None,
) -> Tensor:
    """Return the mean of each window of `input` (N, C, H, W): (N, C, H', W')."""

def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Return (x - mean) / sqrt(var + eps) * weight + bias, by channel of (N, C) or (N, C, ...)."""

def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean of -(target * log(input) + (1 - target) * log(1 - input)), for
    probabilities.
    """

def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Return `binary_cross_entropy` of sigmoid(input), exact for any finite logits."""

def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: _Dims = 1,
    padding: _Dims | str = 0,
    dilation: _Dims = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate `input` (N, C, L) with `weight` (O, C / groups, k), as `conv2d`: (N, O,
    L').
    """

def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: _Dims = 1,
    padding: _Dims | str = 0,
    dilation: _Dims = 1,
    groups: int = 1,
) -> Tensor:
    """Cross-correlate `input` (N, C, H, W) with `weight` (O, C / groups, kh, kw); add `bias`
    (O,).
    """

def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: _Dims = 1,
    padding: _Dims | str = 0,
    output_padding: _Dims = 0,
    groups: int = 1,
    dilation: _Dims = 1,
) -> Tensor:
    """Apply the transpose of `conv2d` to `input` (N, C, H, W): return (N, O, H', W')."""

def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08) -> Tensor:
    """Return the inner product along `dim` of the two, each divided by its norm (at least
    `eps`).
    """

def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the mean of -log(softmax(input)) at the target's class: the cost of logits `input`."""

def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set each element to 0 with probability `p`, and scale the others by 1 / (1 - p)."""

def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set each channel of (N, C, L) or (C, L) to 0 with probability `p`; scale the others."""

def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set each channel of (N, C, H, W) to 0 with probability `p`; scale the others."""

def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return x where it is positive, else alpha * (exp(x) - 1) (Clevert et al. 2016)."""

def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Return the rows of `weight` (V, D) at the indices `input`: from (...) to (..., D)."""

def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor,
    full: bool = False,
    eps: float = 1e-06,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean of (log(var) + (input - target)**2 / var) / 2, + log(2 pi) / 2 if `full`."""

def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """Return x * P(Z <= x) for a standard normal Z, or its approximation by "tanh"."""

def group_norm(
    input: Tensor,
    num_groups: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Return (x - mean) / sqrt(var + eps) * weight + bias of (N, C, ...), by groups of channels."""

def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Return the mean of d**2 / 2 where abs(d) < delta, else delta * (abs(d) - delta / 2)."""

def interpolate(
    input: Tensor,
    size: _Size | None = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Tensor:
    """Resample `input` (N, C, ...) to `size`, or to its own lengths times `scale_factor`."""

def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Return the mean of target * (log(target) - input), for log-probabilities `input`."""

def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Return the mean of the absolute errors abs(input - target)."""

def layer_norm(
    input: Tensor,
    normalized_shape: _Dims,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Return (x - mean) / sqrt(var + eps) * weight + bias over the axes of `normalized_shape`."""

def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Return x where it is positive, else negative_slope * x (Maas et al. 2013)."""

def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input @ weight.T + bias."""

def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: Any = 3, dtype: _DType | None = None
) -> Tensor:
    """Return log(softmax(x)) over the axis `dim`; without it warn, and choose by the rank."""

def logsigmoid(input: Tensor) -> Tensor:
    """Return log(sigmoid(x)), exact for any finite x."""

def max_pool1d(
    input: Tensor,
    kernel_size: _Dims,
    stride: _Dims | None = None,
    padding: _Dims | str = 0,
    dilation: _Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Return the largest value in each window of sequences (N, C, L), as `max_pool2d`."""

def max_pool2d(
    input: Tensor,
    kernel_size: _Dims,
    stride: _Dims | None = None,
    padding: _Dims | str = 0,
    dilation: _Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Return the largest value in each window of `input` (N, C, H, W): (N, C, H', W')."""

def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Return the mean of the squared errors (input - target)**2."""

def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """Return `cross_entropy` at class indices for an input that went through `log_softmax`."""

def normalize(input: Tensor, p: float | str = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Return x / max(norm(x), eps), for the p-norm along `dim`."""

def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Return, for each class index, a row of `num_classes` zeros with a 1 at that index (int64)."""

def pad(
    input: Tensor, pad: _Size, mode: str = "constant", value: Tensor | float | None = None
) -> Tensor:
    """Add pad[0] and pad[1] elements of `value` (0) before and behind the last axis of `input`."""

def pixel_shuffle(input: Tensor, upscale_factor: Any) -> Tensor:
    """Make r * r channels the pixels of one: from (..., C r^2, H, W) to (..., C, H r, W r)."""

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return x where it is positive, else weight * x: one weight, or one a channel (axis 1)."""

def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return max(x, 0)."""

def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Return min(max(x, 0), 6), flat at both bounds (Howard et al. 2017)."""

def rms_norm(
    input: Tensor, normalized_shape: _Dims, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Return x / sqrt(mean(x**2) + eps) * weight over the axes of `normalized_shape`, the last."""

def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Return softmax(query @ key^T * scale) @ value."""

def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return `elu` with the alpha and the factor of Klambauer et al. 2017, equation 2."""

def sigmoid(input: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x))."""

def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x * sigmoid(x), also known as swish (Elfwing et al. 2018)."""

def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Return the mean of d**2 / (2 beta) where abs(d) < beta, else abs(d) - beta / 2."""

def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: Any = 3, dtype: _DType | None = None
) -> Tensor:
    """Return exp(x) / sum(exp(x)) over the axis `dim`; without it warn, and choose by the rank."""

def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Return log(1 + exp(beta * x)) / beta, or x itself where beta * x exceeds `threshold`."""

def tanh(input: Tensor) -> Tensor:
    """Return the hyperbolic tangent, sinh(x) / cosh(x)."""
