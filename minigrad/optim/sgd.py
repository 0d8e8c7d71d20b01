"""Gradient descent, with and without momentum."""

import numpy as np

from ..tensor import wrap
from .optimizer import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent. With gradient g, at every step

        g <- g + weight_decay * x
        v <- momentum * v + (1 - dampening) * g    (v starts as the first g)
        x <- x - lr * v                            (with nesterov: x - lr * (g + momentum * v))

    Sutskever et al. 2013, section 2, with the learning rate outside of the velocity v, as in PyTorch. With
    `maximize` the gradient is climbed. ValueError for negative options, and for `nesterov` unless there is momentum
    and no dampening.
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False):
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def _check(self, group):
        self._check_not_negative(group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            given = f"momentum={group['momentum']} and dampening={group['dampening']}"
            raise ValueError(f"{self._name}: nesterov requires a momentum and zero dampening, got {given}")

    def _update(self, x, g, state, group):
        g, buffer, momentum = self._direction(x, g, group), self._buffer(x), group["momentum"]
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = wrap(g.copy())
                v = state["momentum_buffer"]._array
            else:
                v = state["momentum_buffer"]._array
                v *= momentum
                v += np.multiply(g, 1 - group["dampening"], out=buffer)
            g = g + momentum * v if group["nesterov"] else v
        x -= np.multiply(g, group["lr"], out=buffer)


class Momentum(SGD):
    """`SGD` with a momentum of 0.9 unless told otherwise."""

    def __init__(self, params, lr=1e-3, momentum=0.9, dampening=0, weight_decay=0, nesterov=False, *, maximize=False):
        super().__init__(params, lr, momentum, dampening, weight_decay, nesterov, maximize=maximize)
