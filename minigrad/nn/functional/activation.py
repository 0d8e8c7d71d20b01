"""Activations, element by element, and dropout.

With `inplace` the input's own values are replaced.
"""

import math
import warnings

import numpy as np

from ... import ops
from ...core.record import operation
from ...core.tensor import Tensor, wrap
from ...kernels.activation import gelu_by_erf, gelu_of_singles
from ...ops import functions
from ...ops.inplace import in_place
from ...random import rand
from .checks import check_dtypes, check_floating, check_kind, check_tensors


def apply(name, function, input, inplace=False):
    """Apply a function of a floating tensor, under `inplace` in place as the operation `name`."""
    check_floating(name, input)
    if not inplace:
        return function(input)
    function.__name__ = name
    return in_place(function)(input)


def relu(input, inplace=False):
    """Return max(x, 0)."""
    return in_place(functions.relu)(input) if inplace else functions.relu(input)


def relu6(input, inplace=False):
    """Return min(max(x, 0), 6), flat at both bounds (Howard et al. 2017)."""

    def forward(x):
        return ops.where(x <= 0, 0, ops.where(x >= 6, 6, x))

    return apply("relu6", forward, input, inplace)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """Return x where it is positive, else negative_slope * x (Maas et al. 2013)."""
    check_kind("leaky_relu", float, negative_slope=negative_slope)
    return apply("leaky_relu", lambda x: ops.where(x > 0, x, x * negative_slope), input, inplace)


def prelu(input, weight):
    """Return x where it is positive, else weight * x: one weight, or one a channel (axis 1).

    RuntimeError for other weights or another dtype. He et al. 2015.
    """
    check_tensors("prelu", input=input, weight=weight)
    check_dtypes("prelu", input=input, weight=weight)
    check_floating("prelu", input)
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.numel() not in (1, channels):
        raise RuntimeError(
            f"prelu(): weight must have one element or one for each of {channels} channels, not "
            f"the shape {weight.shape}"
        )
    axes = (-1, *(1,) * (input.ndim - 2)) if weight.numel() > 1 else ()
    weight = ops.reshape(weight, axes)
    return ops.where(input > 0, input, ops.where(input > 0, 0, input) * weight)


def elu(input, alpha=1.0, inplace=False):
    """Return x where it is positive, else alpha * (exp(x) - 1) (Clevert et al. 2016)."""
    check_kind("elu", float, alpha=alpha)

    def forward(x):
        return ops.where(x > 0, x, ops.expm1(ops.where(x > 0, 0, x)) * alpha)

    return apply("elu", forward, input, inplace)


def selu(input, inplace=False):
    """Return `elu` with the alpha and the factor of Klambauer et al. 2017, equation 2."""
    alpha = 1.6732632423543772848170429916717
    factor = 1.0507009873554804934193349852946
    return apply("selu", lambda x: elu(x, alpha) * factor, input, inplace)


def silu(input, inplace=False):
    """Return x * sigmoid(x), also known as swish (Elfwing et al. 2018)."""
    return apply("silu", lambda x: x * ops.sigmoid(x), input, inplace)


def gelu(input, *, approximate="none"):
    """Return x * P(Z <= x) for a standard normal Z, or its approximation by "tanh".

    Hendrycks and Gimpel 2016.
    """
    if not isinstance(approximate, str):
        raise TypeError(f"gelu(): approximate must be 'none' or 'tanh', not {approximate!r}")
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"gelu(): approximate must be 'none' or 'tanh', not {approximate!r}")
    if approximate == "tanh":
        return apply("gelu", gelu_by_tanh, input)
    if isinstance(input, Tensor) and input.dtype == np.float32:
        return gelu_of_singles(input)
    return apply("gelu", gelu_by_erf, input)


def gelu_by_tanh(x):
    """Return the approximation x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2."""
    slope = math.sqrt(2 / math.pi)
    return x * 0.5 * (ops.tanh(x * (x * x * 0.044715 + 1) * slope) + 1)


@operation(lambda g, x: g * np.exp(-log_1_plus_exp(-x)))
def log_1_plus_exp(x):
    """Return log(1 + exp(x)), computed so that no exponential overflows.

    Its slope is the sigmoid, whose logarithm is -log_1_plus_exp(-x).
    """
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def logsigmoid(input):
    """Return log(sigmoid(x)), exact for any finite x."""
    return apply("logsigmoid", lambda x: -log_1_plus_exp(-x), input)


def softplus(input, beta=1.0, threshold=20.0):
    """Return log(1 + exp(beta * x)) / beta, or x itself where beta * x exceeds `threshold`.

    Dugas et al. 2001.
    """
    check_kind("softplus", float, beta=beta, threshold=threshold)

    def forward(x):
        return ops.where(x * beta > threshold, x, log_1_plus_exp(x * beta) / beta)

    return apply("softplus", forward, input)


def check_probability(name, p):
    """Raise TypeError unless `p` is a number, ValueError unless it lies in [0, 1]."""
    check_kind(name, float, p=p)
    if not 0 <= p <= 1:
        raise ValueError(f"{name}(): the probability must lie in [0, 1], not be {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    """Set each element to 0 with probability `p`, and scale the others by 1 / (1 - p).

    Unless `training`, return the input itself. ValueError for a `p` outside [0, 1]. Srivastava et
    al. 2014.
    """
    return dropped("dropout", input, p, training, inplace, 0)


def dropped(name, input, p, training, inplace, kept_axes):
    """Drop parts of the input, each of one value in all axes behind the first `kept_axes`, if any.

    With `kept_axes=0` the parts are the elements.
    """
    check_probability(name, p)
    check_floating(name, input)
    if not training:
        return input
    shape = [n if i < kept_axes else 1 for i, n in enumerate(input.shape)]
    kept = rand(shape if kept_axes else input.shape, dtype=input.dtype)._array < 1 - p
    factors = wrap(kept / input.dtype.type(1 - p or 1))
    return apply(name, lambda x: x * factors, input, inplace)


def dropout1d(input, p=0.5, training=True, inplace=False):
    """Set each channel of (N, C, L) or (C, L) to 0 with probability `p`; scale the others.

    RuntimeError for an input of other axes. Tompson et al. 2015, section 3.2.
    """
    check_probability("dropout1d", p)
    check_tensors("dropout1d", input=input)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"dropout1d(): input must be (N, C, L) or (C, L), not {input.shape}")
    return dropped("dropout1d", input, p, training, inplace, input.ndim - 1)


def dropout2d(input, p=0.5, training=True, inplace=False):
    """Set each channel of (N, C, H, W) to 0 with probability `p`; scale the others.

    PyTorch warns for any other number of axes, and takes the first two for samples and channels.
    RuntimeError for fewer than two. Tompson et al. 2015, section 3.2.
    """
    check_probability("dropout2d", p)
    check_tensors("dropout2d", input=input)
    if input.ndim != 4:
        warnings.warn(
            f"dropout2d: Received a {input.ndim}-D input to dropout2d, whose first two axes are "
            "taken for samples and channels; give it (N, C, H, W), or use dropout or dropout1d",
            stacklevel=3,
        )
    if input.ndim < 2 and training:
        raise RuntimeError(f"dropout2d(): input needs at least 2 axes, not the shape {input.shape}")
    return dropped("dropout2d", input, p, training, inplace, 2)
