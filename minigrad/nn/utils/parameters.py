"""Helpers for training: gradients kept within bounds, and all parameters as one vector."""

import numpy as np

from ...core.tensor import Tensor
from ...ops import cat, clamp, norm, reshape, stack, zeros
from ...quiet import quiet
from ..functional.deprecated import old_name
from ..module import overwrite


def _gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in parameters if p.grad is not None]


@quiet
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale all gradients in place so that their common norm is at most `max_norm`.

    Return the norm before. RuntimeError if it is NaN or infinite and `error_if_nonfinite`.
    `foreach` changes nothing. Pascanu et al. 2013, algorithm 1.
    """
    norm_type = float(norm_type)
    gradients = [g.detach() for g in _gradients(parameters)]
    if not gradients:
        return zeros(())
    total = norm(stack([norm(g, norm_type) for g in gradients]), norm_type)
    if error_if_nonfinite and not np.isfinite(total._array):
        raise RuntimeError(
            f"clip_grad_norm_(): the {norm_type}-norm of the gradients is {total.item()}"
        )
    scale = clamp(max_norm / (total + 1e-6), max=1.0)._array
    for g in gradients:
        overwrite(g, g._array * scale.astype(g.dtype))
    return total


clip_grad_norm = old_name(clip_grad_norm_, "torch.nn.utils")


def clip_grad_value_(parameters, clip_value, foreach=None):
    """Clip the elements of all gradients in place to [-clip_value, clip_value].

    `foreach` changes nothing.
    """
    for g in _gradients(parameters):
        overwrite(g, np.clip(g._array, -clip_value, clip_value))


def parameters_to_vector(parameters):
    """Return all parameters, flattened and joined in their order."""
    return cat([reshape(p, (-1,)) for p in parameters])


def vector_to_parameters(vec, parameters):
    """Make slices of `vec` the values of the parameters, in their order; they share its memory."""
    start = 0
    for p in parameters:
        p.data = reshape(vec.detach()[start : start + p.numel()], p.shape)
        start += p.numel()
