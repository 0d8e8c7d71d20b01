"""Helpers that the functions share: checks of arguments, reductions of losses, safe divisors."""

import numbers

import numpy as np

from ...absent import refuse
from ...core.tensor import Tensor, wrap
from ...dtypes import is_floating


def check_tensors(name, **tensors):
    """Raise TypeError unless all of these are tensors."""
    for role, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name}(): {role} must be a Tensor, not {type(tensor).__name__}; "
                "see minigrad.tensor()"
            )


_KINDS = {
    int: (numbers.Integral, "an integer"),
    float: (numbers.Real, "a number"),
    bool: (bool, "True or False"),
}


def check_kind(name, kind, **values):
    """Raise TypeError unless all values are of this kind: int, float or bool.

    A float is any number that is not complex.
    """
    accepted, words = _KINDS[kind]
    for role, value in values.items():
        if not isinstance(value, accepted) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{name}(): {role} must be {words}, not {value!r}")


def check_usual(name, **options):
    """Refuse each option that has another value than the usual one: {option: (value, usual)}."""
    for option, (value, usual) in options.items():
        if value != usual:
            refuse(name, f"{option}={value!r}", f"{option}={usual!r}")


def check_floating(name, input):
    """Raise TypeError unless `input` is a tensor, NotImplementedError unless it is floating."""
    check_tensors(name, input=input)
    if not is_floating(input.dtype):
        raise NotImplementedError(
            f"{name}(): needs a floating dtype, the input is {input.dtype}; use .float()"
        )


def check_dtypes(name, input, **tensors):
    """Raise RuntimeError unless these tensors, where given, have the dtype of `input`."""
    for role, tensor in tensors.items():
        if tensor is not None and tensor.dtype != input.dtype:
            raise RuntimeError(
                f"{name}(): {role} is {tensor.dtype} but input is {input.dtype}; "
                "convert one with .to()"
            )


def check_constant(name, role, tensor):
    """Raise RuntimeError if `tensor` requires grad: such a weight is a constant."""
    check_tensors(name, **{role: tensor})
    if tensor.requires_grad:
        raise RuntimeError(
            f"{name}(): is not differentiable with respect to {role}; use {role}.detach()"
        )


def reduced(name, losses, reduction):
    """Return the `losses` as they are ("none"), their mean, or their sum."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}(): reduction must be one of none, mean, sum, not {reduction!r}")
    if reduction == "mean":
        return losses.mean()
    return losses.sum() if reduction == "sum" else losses


def at_least(divisor, eps):
    """Return the larger of `divisor` and `eps`; unlike clamp, it lets the gradient pass always."""
    return divisor + wrap(np.maximum(float(eps) - divisor._array, 0))
