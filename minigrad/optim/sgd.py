"""Gradient descent, with and without momentum: the checks of its options."""

from ..core.optim import SGD, Momentum
from ..extension import extends
from .optimizer import with_switches


@extends(SGD)
class _:
    __init__ = with_switches(SGD.__init__, "foreach differentiable fused")

    def _check(self, group):
        self._check_not_negative(group, "lr", "momentum", "weight_decay")
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            given = f"momentum={group['momentum']} and dampening={group['dampening']}"
            raise ValueError(
                f"{self._name}: nesterov requires a momentum and zero dampening, got {given}"
            )


@extends(Momentum)
class _:
    __init__ = with_switches(Momentum.__init__, "foreach differentiable fused")
