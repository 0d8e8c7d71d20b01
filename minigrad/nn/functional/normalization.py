"""Normalisation: to mean 0 and variance 1 over a layer or over a batch."""

import math

import numpy as np

from ... import ops
from ...kernels.normalization import (
    batch_norm_of_channels,
    layer_norm_of_rows,
    moments_of_channels,
    normalized,
)
from ...ops import reshape, rsqrt
from ...ops.norms import vector_norm
from ...quiet import quiet
from ..module import overwrite
from .checks import at_least, check_dtypes, check_floating, check_kind


def scaled(name, x, weight, bias, shape, broadcast_shape):
    """Return x * weight + bias, where given; RuntimeError unless both have this shape.

    They are reshaped to `broadcast_shape`, which broadcasts to that of `x`.
    """
    check_affine(name, x, weight, bias, shape)
    if weight is not None:
        x = x * reshape(weight, broadcast_shape)
    return x if bias is None else x + reshape(bias, broadcast_shape)


def check_affine(name, x, weight, bias, shape):
    """Raise RuntimeError unless weight and bias, where given, have the dtype of `x`, this shape."""
    check_dtypes(name, x, weight=weight, bias=bias)
    for role, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.shape != shape:
            raise RuntimeError(f"{name}(): {role} must have shape {shape}, not {tensor.shape}")


def check_end(name, input, shape, error):
    """Raise the error unless the input's shape ends with `shape`, which has an axis at least."""
    if not shape or input.shape[-len(shape) :] != shape:
        raise error(
            f"{name}(): input of shape {input.shape} does not end with normalized_shape {shape}"
        )


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Return (x - mean) / sqrt(var + eps) * weight + bias over the axes of `normalized_shape`.

    These are the last ones. RuntimeError unless the input's shape ends with it, and weight and bias
    have it. Ba et al. 2016.
    """
    check_floating("layer_norm", input)
    check_kind("layer_norm", float, eps=eps)
    shape = tuple(normalized_shape)
    check_end("layer_norm", input, shape, RuntimeError)
    if len(shape) == 1 and weight is not None and bias is not None:
        if weight.shape == bias.shape == shape:
            check_dtypes("layer_norm", input, weight=weight, bias=bias)
            return layer_norm_of_rows(input, weight, bias, eps=eps)
    axes = tuple(range(input.ndim - len(shape), input.ndim))
    return scaled("layer_norm", normalized(input, axis=axes, eps=eps), weight, bias, shape, shape)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Return x / sqrt(mean(x**2) + eps) * weight over the axes of `normalized_shape`, the last.

    `eps` is by default the dtype's machine epsilon. RuntimeError unless the input's shape ends with
    `normalized_shape`, and the weight has it. Zhang and Sennrich 2019, equation 4.
    """
    check_floating("rms_norm", input)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    check_kind("rms_norm", float, eps=eps)
    shape = tuple(normalized_shape)
    check_end("rms_norm", input, shape, ValueError if input.ndim < len(shape) else RuntimeError)
    axes = tuple(range(-len(shape), 0))
    out = input * rsqrt((input * input).mean(axes, keepdim=True) + eps)
    return scaled("rms_norm", out, weight, None, shape, shape)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Return (x - mean) / sqrt(var + eps) * weight + bias of (N, C, ...), by groups of channels.

    Mean and variance are those of a sample's `num_groups` groups; weight and bias are (C,).
    RuntimeError unless `num_groups` divides C, ValueError for groups of one value. Wu and He 2018.
    """
    check_floating("group_norm", input)
    check_kind("group_norm", int, num_groups=num_groups)
    check_kind("group_norm", float, eps=eps)
    shape = input.shape
    if input.ndim < 2 or num_groups < 1 or shape[1] % num_groups:
        raise RuntimeError(
            f"group_norm(): num_groups={num_groups} must divide the channels of input {shape}"
        )
    size = shape[1] // num_groups * math.prod(shape[2:])
    if shape[0] * size == 1:
        raise ValueError(f"group_norm(): needs more than one value in a group, got shape {shape}")
    groups = reshape(input, (shape[0], num_groups, size))
    out = reshape(normalized(groups, axis=(2,), eps=eps), shape)
    by_channel = (1, -1, *[1] * (input.ndim - 2))
    return scaled("group_norm", out, weight, bias, shape[1:2], by_channel)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """Return x / max(norm(x), eps), for the p-norm along `dim`."""
    check_floating("normalize", input)
    return input / ops.clamp(vector_norm("normalize", input, p, dim, keepdim=True), min=eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """Return the inner product along `dim` of the two, each divided by its norm (at least `eps`).

    The shapes broadcast; RuntimeError if they do not.
    """
    check_floating("cosine_similarity", x1)
    check_floating("cosine_similarity", x2)
    try:
        shape = np.broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise RuntimeError(
            f"cosine_similarity(): shapes {x1.shape} and {x2.shape} do not broadcast"
        ) from None
    x1 = x1.expand(shape)
    x2 = x2.expand(shape)
    if not eps >= 0:
        raise RuntimeError(f"cosine_similarity(): eps must not be negative, got {eps}")
    norm1 = vector_norm("cosine_similarity", x1, 2, dim, keepdim=True)
    norm2 = vector_norm("cosine_similarity", x2, 2, dim, keepdim=True)
    return ((x1 / at_least(norm1, eps)) * (x2 / at_least(norm2, eps))).sum(dim)


@quiet
def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Return (x - mean) / sqrt(var + eps) * weight + bias, by channel of (N, C) or (N, C, ...).

    When `training`, mean and variance are the batch's, and the running ones, where given, move
    towards them by the share `momentum` (the variance unbiased); otherwise they are the running
    ones. RuntimeError for shapes other than (C,), ValueError for a batch of one value a channel.
    Ioffe and Szegedy 2015, algorithms 1 and 2.
    """
    check_floating("batch_norm", input)
    check_kind("batch_norm", float, momentum=momentum, eps=eps)
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm(): eps must be positive, or 0 in evaluation, not {eps}")
    axes = tuple(i for i in range(input.ndim) if i != 1)
    count = math.prod(input.shape[i] for i in axes)
    if training and count == 1:
        raise ValueError(
            f"batch_norm(): needs more than one value a channel to train, got shape {input.shape}"
        )
    shape = input.shape[1:2]
    check_running(running_mean, running_var, shape, training)
    by_channel = (1, -1, *[1] * (input.ndim - 2))
    if not training:
        centered = input - reshape(running_mean, by_channel)
        out = centered * rsqrt(reshape(running_var, by_channel) + eps)
        return scaled("batch_norm", out, weight, bias, shape, by_channel)
    if not count:
        out = normalized(input, axis=axes, eps=eps)
        return scaled("batch_norm", out, weight, bias, shape, by_channel)
    check_affine("batch_norm", input, weight, bias, shape)
    mean, variance = moments_of_channels(input._array)
    if running_mean is not None:
        move(running_mean, mean, momentum)
        move(running_var, variance * (count / (count - 1)), momentum)
    return batch_norm_of_channels(input, weight, bias, mean=mean, variance=variance, eps=eps)


def check_running(running_mean, running_var, shape, training):
    """Raise an error unless the running statistics have this shape, or are absent in training."""
    for role, tensor in (("running_mean", running_mean), ("running_var", running_var)):
        fits = training if tensor is None else tensor.shape == shape
        if not fits:
            found = getattr(tensor, "shape", None)
            raise RuntimeError(f"batch_norm(): {role} must have shape {shape}, not {found}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm(): running_mean and running_var must be given both or neither")


def move(running, batch, momentum):
    """Move a running statistic towards the batch's by the share `momentum`, in place."""
    overwrite(running, (1 - momentum) * running._array + momentum * batch.ravel())
