"""Optimizers that give each number a rate of its own, from the size of its gradients so far.

In the formulas g is the gradient, to which all but AdamW add weight_decay * x, and t counts the steps. With `maximize`
the gradient is climbed. Negative options are a ValueError.
"""

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer, counter


def _count(state, x, *names):
    """The number of this step. The first one begins the state: under each of the names, zeros like `x`."""
    if not state:
        state.update({"step": wrap(counter()), **{name: wrap(np.zeros_like(x)) for name in names}})
    steps = state["step"]._array  # of several parameters, the same number for each
    steps += 1
    return steps.item(0)


def _follow(average, value, beta, buffer):
    """average <- beta * average + (1 - beta) * value, in place; the value may be in the buffer."""
    if average.dtype != value.dtype:
        raise RuntimeError(
            f"step(): the optimizer's state is {average.dtype}, its parameter {value.dtype} by now; "
            "make a new optimizer for a parameter of a new dtype"
        )
    average *= beta
    average += np.multiply(value, 1 - beta, out=buffer)


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015, algorithm 1), with (beta1, beta2) = betas.

        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        x <- x - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    With `amsgrad` the largest v so far takes the place of v (Reddi et al. 2018). ValueError for betas outside [0, 1).
    """

    _packs_small = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False):
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "amsgrad": amsgrad, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "eps", "weight_decay")
        if len(group["betas"]) != 2 or not all(isinstance(beta, float) and 0 <= beta < 1 for beta in group["betas"]):
            raise ValueError(f"{self._name}: betas must be two floats in [0, 1), got {group['betas']}")

    def _update(self, x, g, state, group):
        self._adapt(x, self._direction(x, g, group), state, group)

    def _adapt(self, x, g, state, group):
        t = _count(state, x, "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))
        beta1, beta2 = group["betas"]
        m, v, buffer = state["exp_avg"]._array, state["exp_avg_sq"]._array, self._buffer(x)
        _follow(m, g, beta1, buffer)
        _follow(v, np.multiply(g, g, out=buffer), beta2, buffer)
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"]._array, v, out=state["max_exp_avg_sq"]._array)
        correction = (1 - beta2**t) ** 0.5  # of sqrt(v), applied to two numbers in its place: one pass less
        np.sqrt(v, out=buffer)
        buffer += group["eps"] * correction
        np.divide(m, buffer, out=buffer)
        buffer *= group["lr"] * correction / (1 - beta1**t)
        x -= buffer


class AdamW(Adam):
    """Adam with decoupled weight decay, x <- x - lr * weight_decay * x (Loshchilov and Hutter 2019, algorithm 2)."""

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def _update(self, x, g, state, group):
        x *= 1 - group["lr"] * group["weight_decay"]
        self._adapt(x, -g if group["maximize"] else g, state, group)


class Adagrad(Optimizer):
    """Adaptive gradients (Duchi et al. 2011, figure 1), s starting as initial_accumulator_value.

    s <- s + g**2
    x <- x - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)
    """

    _packs_small = True

    def __init__(
        self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *, maximize=False
    ):
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        start = {"initial_accumulator_value": initial_accumulator_value}
        super().__init__(params, {**options, **start, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value")

    def _update(self, x, g, state, group):
        g, t = self._direction(x, g, group), _count(state, x, "sum")
        s, buffer = state["sum"]._array, self._buffer(x)
        s += np.multiply(g, g, out=buffer)
        s += group["initial_accumulator_value"] if t == 1 else 0
        np.sqrt(s, out=buffer)
        buffer += group["eps"]
        np.divide(g, buffer, out=buffer)
        buffer *= group["lr"] / (1 + (t - 1) * group["lr_decay"])
        x -= buffer


class RMSprop(Optimizer):
    """The gradient over its root mean square (Hinton 2012, lecture 6e of "Neural Networks for Machine Learning").

        s <- alpha * s + (1 - alpha) * g**2
        v <- momentum * v + g / (sqrt(s) + eps)
        x <- x - lr * v

    With `centered`, s - m**2 stands for s, where m <- alpha * m + (1 - alpha) * g (Graves 2013, equations 38 to 42).
    """

    _packs_small = True

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *, maximize=False
    ):
        options = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        super().__init__(params, {**options, "weight_decay": weight_decay, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def _update(self, x, g, state, group):
        g, further = self._direction(x, g, group), {"momentum_buffer": group["momentum"], "grad_avg": group["centered"]}
        _count(state, x, "square_avg", *[name for name, is_wanted in further.items() if is_wanted])
        s, buffer, alpha = state["square_avg"]._array, self._buffer(x), group["alpha"]
        _follow(s, np.multiply(g, g, out=buffer), alpha, buffer)
        if group["centered"]:
            m = state["grad_avg"]._array
            _follow(m, g, alpha, buffer)
            s = np.maximum(s - m * m, 0)  # rounding may leave less than nothing of a constant gradient's variance
        np.sqrt(s, out=buffer)
        buffer += group["eps"]
        np.divide(g, buffer, out=buffer)
        if group["momentum"]:
            v = state["momentum_buffer"]._array
            v *= group["momentum"]
            np.copyto(buffer, np.add(v, buffer, out=v))
        buffer *= group["lr"]
        x -= buffer
