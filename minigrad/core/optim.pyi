"""Stub of minigrad.core.optim, written by `python -m tests.stubs`: not to be edited."""

from collections.abc import Callable, Iterable
from typing import Any

from .tensor import Tensor

class Optimizer:
    """The base of all optimizers: a subclass gives `defaults` for its options, and `_update`."""

    defaults: dict[str, Any]
    param_groups: list[dict[str, Any]]
    state: dict[Any, dict[str, Any]]

    # Methods

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Optimize more parameters: a dictionary of "params" and the options that differ."""
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` gave: copy the state, take over the groups' options."""
    def state_dict(self) -> dict[str, Any]:
        """Return a dictionary with "state" and "param_groups"."""
    def step(self, closure: Callable[..., Any] | None = None) -> Any:
        """Update all parameters that have a gradient; return the loss of `closure`, if given."""
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters or, without `set_to_none`, set them to 0."""

    # What Python calls

    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], defaults: dict[str, Any]
    ) -> None: ...

def update_all(optimizer: Any, group: Any, params: Any) -> Any:
    """Update these parameters of a group."""

def check_fit(optimizer: Any, x: Any, grad: Any, state: Any) -> Any:
    """Raise RuntimeError unless a parameter's gradient and state have its shape and dtype."""

def downhill(x: Any, g: Any, group: Any) -> Any:
    """Return the gradient of what is minimized, including the penalty's."""

def count_step(state: Any) -> Any:
    """Count a step in the state; return its number."""

def kept(state: Any, name: Any, x: Any) -> Any:
    """Return the array of this name in the state, at first zeros like `x`."""

class SGD(Optimizer):
    """Stochastic gradient descent."""
    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.001,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None: ...

class Momentum(SGD):
    """`SGD` with a momentum of 0.9 unless told otherwise."""
    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.001,
        momentum: float = 0.9,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None: ...

class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015, algorithm 1), with (beta1, beta2) = betas."""
    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None: ...
