"""What the losses share: how they are reduced, and the checks of their arguments."""

from ...dtypes import is_floating
from ...tensor import Tensor

REDUCTIONS = ("none", "mean", "sum")


def check_reduction(name, reduction):
    if reduction not in REDUCTIONS:
        raise ValueError(f"{name}(): reduction must be one of {', '.join(REDUCTIONS)}, not {reduction!r}")


def check_tensors(name, **tensors):
    for role, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}(): {role} must be a Tensor, not {type(tensor).__name__}; see minigrad.tensor()")


def check_floating(name, input):
    if not is_floating(input.dtype):
        raise NotImplementedError(f"{name}(): needs a floating dtype, the input is {input.dtype}; use .float()")


def check_constant(name, role, tensor):
    """A weight is a number that was chosen: gradients do not reach it."""
    if tensor.requires_grad:
        raise RuntimeError(f"{name}(): is not differentiable with respect to {role}; use {role}.detach()")


def reduced(losses, reduction):
    """The `losses` as they are, their mean, or their sum."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
