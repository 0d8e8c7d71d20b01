"""Losses that compare input and target number by number, both of one shape.

`reduction` is "mean" over all elements, "sum", or "none", which keeps the shape; ValueError for any other.
"""

import numpy as np

from ...autograd.graph import operation
from ...dtypes import is_floating
from .reducing import check_constant, check_floating, check_reduction, check_tensors, reduced


def _check_pair(name, input, target, reduction):
    check_tensors(name, input=input, target=target)
    check_reduction(name, reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"{name}(): input of shape {input.shape} and target of shape {target.shape} must have one shape; "
            "broadcasting would compare what does not belong together: reshape() or expand() one of them"
        )


def mse_loss(input, target, *, reduction="mean"):
    """The squared error (input - target)**2.

    ValueError if the shapes differ (where PyTorch warns and broadcasts).
    """
    difference = _difference("mse_loss", input, target, reduction)
    return reduced(difference * difference, reduction)


def l1_loss(input, target, *, reduction="mean"):
    """The absolute error abs(input - target).

    ValueError if the shapes differ (where PyTorch warns and broadcasts).
    """
    return reduced(_difference("l1_loss", input, target, reduction).abs(), reduction)


def _difference(name, input, target, reduction):
    _check_pair(name, input, target, reduction)
    if not is_floating(target.dtype):
        check_floating(name, input)
    return input - target


# -- Probabilities of yes or no ------------------------------------------------------------------------------


def _weighted(name, losses, weight, role="weight"):
    """`losses` times a constant that broadcasts to their shape."""
    if weight is None:
        return losses
    check_tensors(name, **{role: weight})
    check_constant(name, role, weight)
    try:
        fits = np.broadcast_shapes(weight.shape, losses.shape) == losses.shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(f"{name}(): {role} of shape {weight.shape} does not broadcast to {losses.shape}")
    return losses * weight.to(losses.dtype)


@operation(
    lambda g, _out, x, target: g * (x - target) / np.maximum((1 - x) * x, 1e-12),
    lambda g, _out, x, _target: g * (np.log(1 - x) - np.log(x)),
)
def _binary_cross_entropy(x, target):
    with np.errstate(divide="ignore"):
        yes, no = np.maximum(np.log(x), -100), np.maximum(np.log1p(-x), -100)
    return 0 - target * yes - (1 - target) * no  # with the 0, perfection costs 0 and not -0


def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """-(target * log(input) + (1 - target) * log(1 - input)), for probabilities `input` and `target` in [0, 1].

    Logarithms are cut off at -100, so that a certain mistake costs 100 and not infinity. From logits,
    `binary_cross_entropy_with_logits` is more accurate. `weight` broadcasts to the shape of the input.
    ValueError if the shapes differ; RuntimeError for numbers outside [0, 1] and for different dtypes.
    """
    name = "binary_cross_entropy"
    _check_pair(name, input, target, reduction)
    if input.dtype != target.dtype:
        raise RuntimeError(f"{name}(): input is {input.dtype} but target is {target.dtype}; convert one with .to()")
    check_floating(name, input)
    for role, tensor in (("input", input), ("target", target)):
        x = tensor._array
        if x.size and not (x.min() >= 0 and x.max() <= 1):
            advice = "; for logits use binary_cross_entropy_with_logits" if role == "input" else ""
            raise RuntimeError(
                f"{name}(): {role} of shape {x.shape} must lie in [0, 1], not in [{x.min()}, {x.max()}]{advice}"
            )
    return reduced(_weighted(name, _binary_cross_entropy(input, target), weight), reduction)


@operation(lambda g, out, x: g * np.exp(x - out))
def _softplus(x):
    """log(1 + exp(x)), whose slope is the sigmoid; no exponential overflows."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def binary_cross_entropy_with_logits(input, target, weight=None, *, reduction="mean", pos_weight=None):
    """`binary_cross_entropy` of sigmoid(input), exact for any finite logits.

    `weight` and `pos_weight` broadcast to the shape of the input; `pos_weight` multiplies the cost of the targets
    that are 1, so that a value above 1 favours recall. ValueError if the shapes differ.
    """
    name = "binary_cross_entropy_with_logits"
    _check_pair(name, input, target, reduction)
    check_floating(name, input)
    if not is_floating(target.dtype):
        raise RuntimeError(f"{name}(): target must be floating, it is {target.dtype}; use .to(input.dtype)")
    # log(sigmoid(x)) = -softplus(-x) and log(1 - sigmoid(x)) = -softplus(x): neither is a difference of large numbers
    yes, no = target * _softplus(-input), (1 - target) * _softplus(input)
    return reduced(_weighted(name, _weighted(name, yes, pos_weight, "pos_weight") + no, weight), reduction)
