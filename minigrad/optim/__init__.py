"""Optimizers: what turns gradients into better parameters."""

from .. import absent
from . import lr_scheduler
from .adaptive import Adagrad, Adam, AdamW, RMSprop
from .optimizer import Optimizer
from .sgd import SGD, Momentum

__getattr__ = absent.getattr_of("minigrad.optim", globals())
