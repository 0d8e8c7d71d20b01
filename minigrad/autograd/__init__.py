"""Automatic differentiation: recording, the walk back, and the checks of gradients against numbers."""

from .. import absent
from . import functional
from .anomaly import detect_anomaly, set_detect_anomaly
from .engine import backward, grad
from .function import Function
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .gradcheck import GradcheckError, gradcheck, gradgradcheck

__getattr__ = absent.getattr_of("minigrad.autograd", globals())
