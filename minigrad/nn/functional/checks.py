"""What the functions share: the checks of their arguments, how losses are reduced, and what divisors keep."""

import numpy as np

import numbers

from ...dtypes import is_floating
from ...tensor import Tensor, wrap


def check_tensors(name, **tensors):
    for role, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}(): {role} must be a Tensor, not {type(tensor).__name__}; see minigrad.tensor()")


_KINDS = {int: (numbers.Integral, "an integer"), float: (numbers.Real, "a number"), bool: (bool, "True or False")}


def check_kind(name, kind, **values):
    """TypeError unless all values are of this kind: int, float (any number that is not complex), or bool."""
    accepted, words = _KINDS[kind]
    for role, value in values.items():
        if not isinstance(value, accepted) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{name}(): {role} must be {words}, not {value!r}")


def check_floating(name, input):
    check_tensors(name, input=input)
    if not is_floating(input.dtype):
        raise NotImplementedError(f"{name}(): needs a floating dtype, the input is {input.dtype}; use .float()")


def check_dtypes(name, input, **tensors):
    for role, tensor in tensors.items():
        if tensor is not None and tensor.dtype != input.dtype:
            raise RuntimeError(f"{name}(): {role} is {tensor.dtype} but input is {input.dtype}; convert one with .to()")


def check_constant(name, role, tensor):
    """A factor is a number that was chosen: gradients do not reach it."""
    check_tensors(name, **{role: tensor})
    if tensor.requires_grad:
        raise RuntimeError(f"{name}(): is not differentiable with respect to {role}; use {role}.detach()")


def reduced(name, losses, reduction):
    """The `losses` as they are ("none"), their mean, or their sum."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}(): reduction must be one of none, mean, sum, not {reduction!r}")
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def at_least(divisor, eps):
    """`divisor` raised to `eps` where it is less; unlike clamp's, the gradient passes there too."""
    return divisor + wrap(np.maximum(float(eps) - divisor._array, 0))
