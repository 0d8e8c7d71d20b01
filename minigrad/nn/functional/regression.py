"""Losses that compare input and target element by element, both of one shape.

`reduction` is "mean" over all elements, "sum", or "none", which keeps the shape; ValueError for any
other. Different shapes are a ValueError, too, where PyTorch warns and broadcasts what does not
belong together, and a RuntimeError if they do not even broadcast.
"""

import math

import numpy as np

from ...core.record import operation
from ...core.tensor import Tensor, wrap
from ...dtypes import is_floating
from ...kernels.dense import mean_squared_error
from ...ops import exp, log
from ...ops.promotion import unary
from .activation import log_1_plus_exp
from .checks import (
    at_least,
    check_constant,
    check_dtypes,
    check_floating,
    check_kind,
    check_tensors,
    reduced,
)
from .deprecated import reduction_of


def check_pair(name, input, target, other_error=ValueError):
    """Raise an error unless these are tensors of one shape.

    For shapes that do not even broadcast it is `other_error`.
    """
    check_tensors(name, input=input, target=target)
    if input.shape == target.shape:
        return
    lengths = zip(input.shape[::-1], target.shape[::-1], strict=False)
    error = ValueError if all(n == m or 1 in (n, m) for n, m in lengths) else other_error
    raise error(
        f"{name}(): input of shape {input.shape} and target of shape {target.shape} must have "
        "one shape; reshape() or expand() one of them"
    )


def difference_of(name, input, target):
    """Return input - target; raise an error unless they have one shape and one is floating."""
    check_pair(name, input, target, RuntimeError)
    if not is_floating(target.dtype):
        check_floating(name, input)
    return input - target


def times(name, losses, weight):
    """Return losses * weight, if there is a weight; ValueError unless it has their shape."""
    if weight is None:
        return losses
    check_tensors(name, weight=weight)
    if weight.shape != losses.shape:
        raise ValueError(
            f"{name}(): weight of shape {weight.shape} must have the input's shape {losses.shape}"
        )
    return losses * weight


def weighted_average(name, losses, weight, reduction):
    """Return the losses `reduced`, each counted `weight` times, also in the mean."""
    losses = times(name, losses, weight)
    if weight is None or reduction != "mean":
        return reduced(name, losses, reduction)
    return losses.sum() / weight.sum()


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Return the mean of the squared errors (input - target)**2.

    `input` and `target` are tensors of one shape, at least one of them floating. The result is one
    number, with reduction="none" of that shape. `weight`, of that shape too, multiplies each value;
    the mean is then their sum divided by that of the weights. ValueError for different shapes and
    for another `reduction`, RuntimeError if the shapes do not even broadcast, NotImplementedError
    if both are integers.

    >>> import minigrad as mg
    >>> mse_loss(mg.tensor([1.0, 2.0]), mg.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    reduction = reduction_of(size_average, reduce, reduction)
    if weight is None and reduction == "mean" and are_alike(input, target):
        return mean_squared_error(input, target)
    d = difference_of("mse_loss", input, target)
    return weighted_average("mse_loss", d * d, weight, reduction)


def are_alike(input, target):
    """Tell whether both are floating tensors of one shape and dtype, and not empty."""
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        return False
    x = input._array
    y = target._array
    return x.shape == y.shape and x.dtype == y.dtype and x.dtype.kind == "f" and x.size > 0


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Return the mean of the absolute errors abs(input - target).

    Shapes, `weight` and errors are those of `mse_loss`.

    >>> import minigrad as mg
    >>> l1_loss(mg.tensor([1.0, 2.0]), mg.tensor([0.0, 0.0]), reduction="none")
    tensor([1., 2.])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    losses = difference_of("l1_loss", input, target).abs()
    return weighted_average("l1_loss", losses, weight, reduction)


@operation(lambda g, d, beta: g * np.where(np.abs(d) >= beta, np.sign(d), d / beta))
def _bowl(d, beta):
    """Return a parabola of `d` up to slope 1, and its tangent from there."""
    size = np.abs(d)
    return np.where(size < beta, size * size * (0.5 / beta), size - 0.5 * beta)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """Return the mean of d**2 / (2 beta) where abs(d) < beta, else abs(d) - beta / 2.

    Here d = input - target. Shapes and errors are those of `mse_loss`, and RuntimeError for a
    negative `beta`. Girshick 2015, equation 3.

    >>> import minigrad as mg
    >>> smooth_l1_loss(mg.tensor([0.5, 2.0]), mg.tensor([0.0, 0.0]), reduction="none")
    tensor([0.1250, 1.5000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    check_kind("smooth_l1_loss", float, beta=beta)
    if not beta >= 0:
        raise RuntimeError(f"smooth_l1_loss(): beta must not be negative, got {beta}")
    d = difference_of("smooth_l1_loss", input, target)
    return reduced("smooth_l1_loss", _bowl(d, beta=float(beta)) if beta else d.abs(), reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Return the mean of d**2 / 2 where abs(d) < delta, else delta * (abs(d) - delta / 2).

    Here d = input - target. Shapes and errors are those of `mse_loss`, and RuntimeError unless
    `delta` is positive. `weight`, of the input's shape, multiplies each of the values that the mean
    is of. Huber 1964.

    >>> import minigrad as mg
    >>> huber_loss(mg.tensor([0.5, 2.0]), mg.tensor([0.0, 0.0]), reduction="none", delta=0.5)
    tensor([0.1250, 0.8750])
    """
    check_kind("huber_loss", float, delta=delta)
    if not delta > 0:
        raise RuntimeError(f"huber_loss(): delta must be positive, got {delta}")
    d = difference_of("huber_loss", input, target)
    delta = float(delta)
    losses = d * d * 0.5 if delta == math.inf else _bowl(d, beta=delta) * delta
    return reduced("huber_loss", times("huber_loss", losses, weight), reduction)


_times_its_logarithm = unary(
    "kl_div",
    lambda x: x * np.log(np.where(x == 0, 1, x)),
    lambda g, x: g * (np.log(x) + x / x),  # NaN at 0, as in PyTorch
)


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """Return the mean of target * (log(target) - input), for log-probabilities `input`.

    `target` holds probabilities or, if `log_target`, log-probabilities, too. The sum over a
    distribution is the Kullback-Leibler divergence in nats; the reduction "batchmean" averages it
    over the first axis. Shapes and errors are those of `mse_loss`, but both must be floating.

    >>> import minigrad as mg
    >>> kl_div(mg.tensor([0.5, 0.5]).log(), mg.tensor([0.25, 0.75]), reduction="sum")
    tensor(0.1308)
    """
    is_mean_of_batch = reduction == "batchmean"
    reduction = reduction_of(size_average, reduce, "sum" if is_mean_of_batch else reduction)
    check_floating("kl_div", input)
    check_floating("kl_div", target)
    check_pair("kl_div", input, target, RuntimeError)
    check_kind("kl_div", bool, log_target=log_target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = _times_its_logarithm(target) - target * input
    loss = reduced("kl_div", losses, reduction)
    return loss / len(input) if is_mean_of_batch and input.ndim else loss


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Return the mean of (log(var) + (input - target)**2 / var) / 2, + log(2 pi) / 2 if `full`.

    Shapes and errors of input and target are those of `mse_loss`. `var` has the shape of the input,
    or lacks its last axis, or has length 1 along one, or is a float: ValueError otherwise, and if
    one is negative. A variance below `eps` counts as `eps`. Nix and Weigend 1994.

    >>> import minigrad as mg
    >>> gaussian_nll_loss(mg.tensor([1.0, 2.0]), mg.tensor([0.0, 0.0]), mg.tensor([1.0, 4.0]))
    tensor(0.8466)
    """
    check_tensors("gaussian_nll_loss", input=input, target=target)
    check_kind("gaussian_nll_loss", float, eps=eps)
    var = at_least(fitting_variance(var, input), eps)
    d = difference_of("gaussian_nll_loss", input, target)
    losses = (log(var) + d * d / var) * 0.5
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduced("gaussian_nll_loss", losses, reduction)


def fitting_variance(var, input):
    """Return `var` as a tensor that broadcasts to the input's shape."""
    if isinstance(var, float):
        var = wrap(np.full_like(input._array, var))
    check_tensors("gaussian_nll_loss", var=var)
    if var.shape == input.shape[:-1] != input.shape:
        var = var.unsqueeze(-1)
    others = [n for n, m in zip(var.shape, input.shape, strict=False) if n != m]
    if var.ndim != input.ndim or others not in ([], [1]) or (var._array < 0).any():
        raise ValueError(
            f"gaussian_nll_loss(): var {var.shape} must fit input {input.shape} and not be negative"
        )
    return var


# -- Probabilities of yes or no --------------------------------------------------------------------


def weighted(name, losses, weight, role="weight"):
    """Return `losses` times a constant, where given, that broadcasts to their shape."""
    if weight is None:
        return losses
    check_constant(name, role, weight)
    try:
        return losses * weight.to(losses.dtype).expand(losses.shape)
    except RuntimeError:
        raise RuntimeError(
            f"{name}(): {role} of shape {weight.shape} does not broadcast to {losses.shape}"
        ) from None


@operation(
    lambda g, x, target: g * (x - target) / np.maximum((1 - x) * x, 1e-12),
    lambda g, x: g * (np.log(1 - x) - np.log(x)),
)
def _binary_cross_entropy(x, target):
    yes = np.maximum(np.log(x), -100)
    no = np.maximum(np.log1p(-x), -100)
    return 0 - target * yes - (1 - target) * no  # with the 0, perfection costs 0 and not -0


def binary_cross_entropy(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean"
):
    """Return the mean of -(target * log(input) + (1 - target) * log(1 - input)), for probabilities.

    Both `input` and `target` lie in [0, 1]. Logarithms are cut off at -100, so that a certain
    mistake costs 100 and not infinity. `weight`, a constant, broadcasts to the shape of the input.
    The result is one number, with reduction="none" of that shape. ValueError for different shapes,
    RuntimeError for numbers outside [0, 1] and for different dtypes.

    >>> import minigrad as mg
    >>> binary_cross_entropy(mg.tensor([0.5, 0.75]), mg.tensor([0.0, 1.0]), reduction="none")
    tensor([0.6931, 0.2877])
    """
    name = "binary_cross_entropy"
    reduction = reduction_of(size_average, reduce, reduction)
    check_pair(name, input, target)
    check_dtypes(name, input, target=target)
    check_floating(name, input)
    for role, x in (("input", input._array), ("target", target._array)):
        if x.size and not (x.min() >= 0 and x.max() <= 1):
            advice = "; for logits use binary_cross_entropy_with_logits" if role == "input" else ""
            span = f"[{x.min()}, {x.max()}]"
            raise RuntimeError(
                f"{name}(): {role} of shape {x.shape} must lie in [0, 1], not in {span}{advice}"
            )
    losses = weighted(name, _binary_cross_entropy(input, target), weight)
    return reduced(name, losses, reduction)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """Return `binary_cross_entropy` of sigmoid(input), exact for any finite logits.

    `weight` and `pos_weight`, which multiplies the cost of the targets that are 1, broadcast to the
    input's shape. Shapes and errors are those of `binary_cross_entropy`, but input and target may
    have any values, and different floating dtypes. NotImplementedError for an integer input.

    >>> import minigrad as mg
    >>> binary_cross_entropy_with_logits(mg.tensor([0.0, 1000.0]), mg.tensor([0.0, 1.0]))
    tensor(0.3466)
    """
    name = "binary_cross_entropy_with_logits"
    reduction = reduction_of(size_average, reduce, reduction)
    check_pair(name, input, target)
    check_floating(name, input)
    if not is_floating(target.dtype):
        raise RuntimeError(
            f"{name}(): target must be floating, it is {target.dtype}; use .to(input.dtype)"
        )
    # log(sigmoid(x)) = -softplus(-x), log(1 - sigmoid(x)) = -softplus(x): neither is a difference
    # of large numbers
    yes = target * log_1_plus_exp(-input)
    no = (1 - target) * log_1_plus_exp(input)
    losses = weighted(name, yes, pos_weight, "pos_weight") + no
    return reduced(name, weighted(name, losses, weight), reduction)
