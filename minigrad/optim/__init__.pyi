"""Stub of minigrad.optim, written by `python -m tests.stubs`: not to be edited."""

from ..core.optim import SGD as SGD
from ..core.optim import Adam as Adam
from ..core.optim import Momentum as Momentum
from ..core.optim import Optimizer as Optimizer
from . import lr_scheduler as lr_scheduler
from .adaptive import Adadelta as Adadelta
from .adaptive import Adagrad as Adagrad
from .adaptive import AdamW as AdamW
from .adaptive import RMSprop as RMSprop
