"""Normalisation: to mean 0 and variance 1 over a layer or over a batch."""

import math

import numpy as np

from ... import ops
from ...autograd.accumulate import add_up
from ...autograd.graph import operation
from ...ops import reshape, rsqrt
from ...ops.norms import vector_norm
from ...quiet import quiet
from ..module import overwrite
from .checks import at_least, check_dtypes, check_floating, check_kind
from .matrices import as_matrix


def _mean(x, axis):
    return add_up(x, axis, keepdims=True) / math.prod([x.shape[i] for i in axis])


def _moments(x, axis):
    """The deviations from the mean over `axis`, the mean, and the mean of the squared deviations."""
    mean = _mean(x, axis)
    deviation = x - mean
    return deviation, mean, _mean(deviation * deviation, axis)


@operation(
    lambda g, out, x, axis, eps: (
        (g - _mean(g, axis) - out * _mean(g * out, axis)) / np.sqrt(_moments(x, axis)[2] + eps)
    )
)
def _normalized(x, axis, eps):
    deviation, _, variance = _moments(x, axis)
    return deviation / np.sqrt(variance + eps)


def _scaled(name, x, weight, bias, shape, place):
    """x * weight + bias, where given, both of `shape` and seen as of the shape `place`."""
    check_dtypes(name, x, weight=weight, bias=bias)
    for role, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor.shape != shape:
            raise RuntimeError(f"{name}(): {role} must have shape {shape}, not {tensor.shape}")
    x = x if weight is None else x * reshape(weight, place)
    return x if bias is None else x + reshape(bias, place)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """(x - mean) / sqrt(var + eps) * weight + bias over the last axes, those of `normalized_shape`.

    RuntimeError unless the input's shape ends with it, and weight and bias have it. Ba et al. 2016.
    """
    check_floating("layer_norm", input)
    check_kind("layer_norm", float, eps=eps)
    shape = tuple(normalized_shape)
    if not shape or input.shape[-len(shape) :] != shape:
        raise RuntimeError(f"layer_norm(): input of shape {input.shape} does not end with normalized_shape {shape}")
    if weight is not None and bias is not None and weight.shape == bias.shape == shape and len(shape) == 1:
        check_dtypes("layer_norm", input, weight=weight, bias=bias)
        return _layer_norm(input, weight, bias, eps=eps, saved={})
    axes = tuple(range(input.ndim - len(shape), input.ndim))
    return _scaled("layer_norm", _normalized(input, axis=axes, eps=eps), weight, bias, shape, shape)


def _of_layer_norm_input(g, _out, _x, weight, _bias, eps, saved):
    normalized, inverse_std = saved["normalized"], saved["inverse_std"]
    g = as_matrix(g) * weight
    n = weight.dtype.type(len(weight))
    along = add_up(g * normalized, (1,), keepdims=True) / n
    g -= add_up(g, (1,), keepdims=True) / n
    g -= normalized * along
    g *= inverse_std
    return g.reshape(_x.shape)


# One kernel in place, with what it takes from the forward to the rules: 3 times as fast as its seven operations.
@operation(
    _of_layer_norm_input,
    lambda g, _out, _x, _weight, _bias, eps, saved: add_up(as_matrix(g) * saved["normalized"], (0,)),
    lambda g, *_, eps, saved: add_up(as_matrix(g), (0,)),
    composition=lambda x, weight, bias, eps, saved: _normalized(x, axis=(x.ndim - 1,), eps=eps) * weight + bias,
)
def _layer_norm(x, weight, bias, eps, saved):
    n, rows = x.dtype.type(len(weight)), as_matrix(x)
    normalized = rows - add_up(rows, (1,), keepdims=True) / n
    variance = add_up(normalized * normalized, (1,), keepdims=True) / n
    inverse_std = 1 / np.sqrt(variance + x.dtype.type(eps))
    normalized *= inverse_std
    saved.update(normalized=normalized, inverse_std=inverse_std)
    out = normalized * weight
    out += bias
    return out.reshape(x.shape)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x / max(norm(x), eps), for the p-norm along `dim`."""
    check_floating("normalize", input)
    return input / ops.clamp(vector_norm("normalize", input, p, dim, keepdim=True), min=eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """The inner product along `dim` of the two, each divided by its norm (at least `eps`); the shapes broadcast.

    RuntimeError if they do not.
    """
    check_floating("cosine_similarity", x1)
    check_floating("cosine_similarity", x2)
    try:
        shape = np.broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise RuntimeError(f"cosine_similarity(): shapes {x1.shape} and {x2.shape} do not broadcast") from None
    x1, x2 = (x.expand(shape) for x in (x1, x2))
    if not eps >= 0:
        raise RuntimeError(f"cosine_similarity(): eps must not be negative, got {eps}")
    norms = [vector_norm("cosine_similarity", x, 2, dim, keepdim=True) for x in (x1, x2)]
    return ((x1 / at_least(norms[0], eps)) * (x2 / at_least(norms[1], eps))).sum(dim)


@quiet
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """(x - mean) / sqrt(var + eps) * weight + bias, for each channel of an input (N, C) or (N, C, ...).

    When `training`, mean and variance are the batch's, and the running ones, where given, move towards them by the
    share `momentum` (the variance unbiased); otherwise they are the running ones. RuntimeError for shapes other than
    (C,), ValueError for a batch of one value a channel. Ioffe and Szegedy 2015, algorithms 1 and 2.
    """
    check_floating("batch_norm", input)
    check_kind("batch_norm", float, momentum=momentum, eps=eps)
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm(): eps must be positive, or 0 in evaluation, not {eps}")
    shape, place = input.shape[1:2], (1, -1, *[1] * (input.ndim - 2))
    axes = tuple(i for i in range(input.ndim) if i != 1)
    count = math.prod(input.shape[i] for i in axes)
    if training and count == 1:
        raise ValueError(f"batch_norm(): needs more than one value a channel to train, got shape {input.shape}")
    for role, tensor in (("running_mean", running_mean), ("running_var", running_var)):
        if (tensor is None and not training) or (tensor is not None and tensor.shape != shape):
            raise RuntimeError(f"batch_norm(): {role} must have shape {shape}, not {getattr(tensor, 'shape', None)}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm(): running_mean and running_var must be given both or neither")
    if not training:
        out = (input - reshape(running_mean, place)) * rsqrt(reshape(running_var, place) + eps)
        return _scaled("batch_norm", out, weight, bias, shape, place)
    if count:
        _, mean, variance = _moments(input._array, axes)
        for running, batch in ((running_mean, mean), (running_var, variance * (count / (count - 1)))):
            if running is not None:
                overwrite(running, (1 - momentum) * running._array + momentum * batch.ravel())
    return _scaled("batch_norm", _normalized(input, axis=axes, eps=eps), weight, bias, shape, place)
