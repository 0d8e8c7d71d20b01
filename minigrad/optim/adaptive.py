"""Optimizers that give each number a rate of its own, from the size of its gradients so far."""

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer


def _start(state, x, *names):
    """Begin a state: a count of steps and, under each of the names, zeros like `x`."""
    state["step"] = wrap(np.zeros((), np.float32))
    for name in names:
        state[name] = wrap(np.zeros_like(x))


def _next_step(state):
    step = state["step"]._array
    step += 1
    return step.item()


def _decay_squares(average, g, beta, buffer):
    """average <- beta * average + (1 - beta) * g**2, in place."""
    average *= beta
    np.multiply(g, g, out=buffer)
    buffer *= 1 - beta
    average += buffer


class Adam(Optimizer):
    """Adaptive moments. With gradient g and (beta1, beta2) = betas, at step t

        g <- g + weight_decay * x
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        x <- x - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    Kingma and Ba 2015, algorithm 1. With `amsgrad` the largest v so far stands in the last line (Reddi et al. 2018,
    algorithm 2). With `maximize` the gradient is climbed. ValueError for negative options or betas outside [0, 1).
    """

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
        if not state:
            _start(state, x, "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))
        t = _next_step(state)
        beta1, beta2 = group["betas"]
        m, v, buffer = state["exp_avg"]._array, state["exp_avg_sq"]._array, self._buffer(x)
        m *= beta1
        m += np.multiply(g, 1 - beta1, out=buffer)
        _decay_squares(v, g, beta2, buffer)
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"]._array, v, out=state["max_exp_avg_sq"]._array)
        np.sqrt(v, out=buffer)
        buffer /= (1 - beta2**t) ** 0.5
        buffer += group["eps"]
        np.divide(m, buffer, out=buffer)
        buffer *= group["lr"] / (1 - beta1**t)
        x -= buffer


class AdamW(Adam):
    """Adam with decoupled weight decay: x <- x - lr * weight_decay * x, which the adaptive rates do not touch.

    Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def _update(self, x, g, state, group):
        x *= 1 - group["lr"] * group["weight_decay"]
        self._adapt(x, -g if group["maximize"] else g, state, group)


class Adagrad(Optimizer):
    """Adaptive gradients. With gradient g, at step t

        g <- g + weight_decay * x
        s <- s + g**2                        (s starts as initial_accumulator_value)
        x <- x - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    Duchi et al. 2011, figure 1. With `maximize` the gradient is climbed. ValueError for negative options.
    """

    def __init__(
        self,
        params,
        lr=1e-2,
        lr_decay=0,
        weight_decay=0,
        initial_accumulator_value=0,
        eps=1e-10,
        *,
        maximize=False,
    ):
        options = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay}
        start = {"initial_accumulator_value": initial_accumulator_value}
        super().__init__(params, {**options, **start, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value")

    def _update(self, x, g, state, group):
        g = self._direction(x, g, group)
        if not state:
            _start(state, x, "sum")
            state["sum"]._array.fill(group["initial_accumulator_value"])
        t = _next_step(state)
        s, buffer = state["sum"]._array, self._buffer(x)
        s += np.multiply(g, g, out=buffer)
        np.sqrt(s, out=buffer)
        buffer += group["eps"]
        np.divide(g, buffer, out=buffer)
        buffer *= group["lr"] / (1 + (t - 1) * group["lr_decay"])
        x -= buffer


class RMSprop(Optimizer):
    """The gradient over its root mean square. With gradient g, at every step

        g <- g + weight_decay * x
        s <- alpha * s + (1 - alpha) * g**2
        v <- momentum * v + g / (sqrt(s) + eps)
        x <- x - lr * v

    Hinton 2012, lecture 6e of "Neural Networks for Machine Learning". With `centered` the variance takes the place
    of s: s - m**2, where m <- alpha * m + (1 - alpha) * g (Graves 2013, equations 38 to 42). With `maximize` the
    gradient is climbed. ValueError for negative options.
    """

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *, maximize=False
    ):
        options = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        super().__init__(params, {**options, "weight_decay": weight_decay, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "alpha", "eps", "weight_decay", "momentum")

    def _update(self, x, g, state, group):
        g = self._direction(x, g, group)
        if not state:
            wanted = {"square_avg": True, "momentum_buffer": group["momentum"], "grad_avg": group["centered"]}
            _start(state, x, *[name for name, is_wanted in wanted.items() if is_wanted])
        _next_step(state)
        s, buffer, alpha = state["square_avg"]._array, self._buffer(x), group["alpha"]
        _decay_squares(s, g, alpha, buffer)
        if group["centered"]:
            m = state["grad_avg"]._array
            m *= alpha
            m += np.multiply(g, 1 - alpha, out=buffer)
            s = np.maximum(s - m * m, 0)  # rounding may leave less than nothing of a constant gradient's variance
        np.sqrt(s, out=buffer)
        buffer += group["eps"]
        np.divide(g, buffer, out=buffer)
        if group["momentum"]:
            v = state["momentum_buffer"]._array
            v *= group["momentum"]
            v += buffer
            np.copyto(buffer, v)
        buffer *= group["lr"]
        x -= buffer
