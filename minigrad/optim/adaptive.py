"""Optimizers with a rate for each element, from the size of its gradients so far."""

import numpy as np

from ..core.optim import Adam, Optimizer, count_step, downhill, kept
from ..core.tensor import Tensor
from ..extension import extends
from .optimizer import with_switches


@extends(Adam)
class _:
    __init__ = with_switches(
        Adam.__init__, "foreach capturable differentiable fused decoupled_weight_decay"
    )

    def _check(self, group):
        if group["decoupled_weight_decay"] != isinstance(self, AdamW):
            advice = "AdamW decouples the weight decay, Adam does not"
            raise NotImplementedError(f"{self._name}: decoupled_weight_decay is fixed; {advice}")
        if group["foreach"] and isinstance(group["lr"], Tensor):
            raise ValueError(f"{self._name}: foreach=True needs a number as lr, not a tensor")
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        betas = group["betas"]
        if len(betas) != 2 or not all(isinstance(beta, float) and 0 <= beta < 1 for beta in betas):
            raise ValueError(f"{self._name}: betas must be two floats in [0, 1), got {betas}")


class AdamW(Adam):
    """Adam with decoupled weight decay, x <- x - lr * weight_decay * x.

    Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *,
        maximize=False
    ):  # fmt: skip
        options = {"maximize": maximize, "decoupled_weight_decay": True}
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options)

    __init__ = with_switches(__init__, "foreach capturable differentiable fused")

    def _update(self, x, g, state, group):
        x *= 1 - group["lr"] * group["weight_decay"]
        super()._update(x, g, state, {**group, "weight_decay": 0})


class Adagrad(Optimizer):
    """Adaptive gradients: the larger an element's so far, the smaller its steps.

        s <- s + g**2
        x <- x - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    Duchi et al. 2011, figure 1. s starts as `initial_accumulator_value`.
    """

    _treats_numbers_alike = True

    def __init__(
        self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10,
        foreach=None, *, maximize=False, differentiable=False, fused=None
    ):  # fmt: skip
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        start = {"initial_accumulator_value": initial_accumulator_value, "maximize": maximize}
        switches = {"foreach": foreach, "differentiable": differentiable, "fused": fused}
        super().__init__(params, {**options, **start, **switches})

    def _check(self, group):
        options = ("lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value")
        self._check_not_negative(group, *options)

    def _update(self, x, g, state, group):
        g = downhill(x, g, group)
        t = count_step(state)
        s = kept(state, "sum", x)
        s += g**2 + (group["initial_accumulator_value"] if t == 1 else 0)
        x -= group["lr"] / (1 + (t - 1) * group["lr_decay"]) * g / (np.sqrt(s) + group["eps"])


class RMSprop(Optimizer):
    """The gradient over its root mean square.

        s <- alpha * s + (1 - alpha) * g**2
        v <- momentum * v + g / (sqrt(s) + eps)
        x <- x - lr * v

    Hinton 2012, lecture 6e of "Neural Networks for Machine Learning". With `centered`, s - m**2
    stands for s, where m <- alpha * m + (1 - alpha) * g (Graves 2013, equations 38 to 42).
    """

    _treats_numbers_alike = True

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False,
        capturable=False, foreach=None, maximize=False, differentiable=False
    ):  # fmt: skip
        options = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        options |= {"weight_decay": weight_decay, "maximize": maximize}
        switches = {"foreach": foreach, "capturable": capturable, "differentiable": differentiable}
        super().__init__(params, {**options, **switches})

    def _check(self, group):
        self._check_not_negative(group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def _update(self, x, g, state, group):
        g = downhill(x, g, group)
        count_step(state)
        alpha = group["alpha"]
        s = kept(state, "square_avg", x)
        s[...] = alpha * s + (1 - alpha) * g**2
        if group["centered"]:
            m = kept(state, "grad_avg", x)
            m[...] = alpha * m + (1 - alpha) * g
            s = np.maximum(s - m * m, 0)  # by rounding, a variance of 0 can come out negative
        direction = g / (np.sqrt(s) + group["eps"])
        if group["momentum"]:
            v = kept(state, "momentum_buffer", x)
            v[...] = group["momentum"] * v + direction
            direction = v
        x -= group["lr"] * direction


class Adadelta(Optimizer):
    """Steps as large as those before, whatever the units of the gradient.

        s <- rho * s + (1 - rho) * g**2
        d <- g * sqrt(v + eps) / sqrt(s + eps)
        v <- rho * v + (1 - rho) * d**2
        x <- x - lr * d

    Zeiler 2012, algorithm 1. ValueError for a `rho` outside [0, 1].
    """

    _treats_numbers_alike = True

    def __init__(
        self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *,
        capturable=False, maximize=False, differentiable=False
    ):  # fmt: skip
        options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
        switches = {"foreach": foreach, "capturable": capturable, "differentiable": differentiable}
        super().__init__(params, {**options, "maximize": maximize, **switches})

    def _check(self, group):
        self._check_not_negative(group, "lr", "rho", "eps", "weight_decay")
        if group["rho"] > 1:
            raise ValueError(f"{self._name}: rho must lie in [0, 1], got {group['rho']}")

    def _update(self, x, g, state, group):
        g = downhill(x, g, group)
        count_step(state)
        rho = group["rho"]
        s = kept(state, "square_avg", x)
        v = kept(state, "acc_delta", x)
        s[...] = rho * s + (1 - rho) * g**2
        d = g * np.sqrt((v + group["eps"]) / (s + group["eps"]))
        v[...] = rho * v + (1 - rho) * d**2
        x -= group["lr"] * d
