"""Automatic differentiation: recording, the walk back, and numerical checks of gradients.

Threads may record and walk graphs at once. Each has a grad mode and an inference mode of its own;
anomaly detection, the default dtype and the default generator are the process's. Backwards of
several threads add up in a leaf that they share. The user guards all else that threads share: a
tensor that one writes to in place, a graph that is walked without `retain_graph`, the running
statistics of a module, an optimizer.
"""

from .. import absent
from . import functional
from .anomaly import detect_anomaly, set_detect_anomaly
from .function import Function
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .gradients import backward, grad
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .variable import Variable

__getattr__ = absent.getattr_of("minigrad.autograd", globals())
