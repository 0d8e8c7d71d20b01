"""Helpers for training, and sequences of different lengths in one batch (`rnn`)."""

from ... import absent
from ... import arguments as _arguments
from . import rnn
from .parameters import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    parameters_to_vector,
    vector_to_parameters,
)

__getattr__ = absent.getattr_of("minigrad.nn.utils", globals())

_arguments.publish(globals())
