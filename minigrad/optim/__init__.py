"""Optimizers: what turns gradients into better parameters.

In the formulas g is the gradient, to which all except AdamW add weight_decay * x, and t counts the
steps. With `maximize` the gradient is climbed. Negative options are a ValueError.

`foreach` and `fused`, by which PyTorch is faster, change nothing. NotImplementedError for
`capturable` and `differentiable`, and for `decoupled_weight_decay` where Adam or AdamW has another.
"""

from .. import absent
from .. import arguments as _arguments
from . import lr_scheduler
from .adaptive import Adadelta, Adagrad, Adam, AdamW, RMSprop
from .optimizer import Optimizer
from .sgd import SGD, Momentum

_arguments.publish_classes(globals(), Optimizer)

__getattr__ = absent.getattr_of("minigrad.optim", globals())
