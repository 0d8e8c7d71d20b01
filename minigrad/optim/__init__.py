"""Optimizers: what turns gradients into better parameters."""

from .adaptive import Adagrad, Adam, AdamW, RMSprop
from .optimizer import Optimizer
from .sgd import SGD, Momentum
