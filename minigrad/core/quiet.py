"""NumPy's alarms about floating-point numbers, silent while minigrad computes.

An infinity, a NaN or a number too small to hold is an answer, as in PyTorch. `np.errstate` takes
longer than an addition of small tensors; what it does, set a context variable, is done here.
"""

import contextvars
import functools

import numpy as np


def _variable_of_alarms():
    """Return the context variable with NumPy's setting, and the value that ignores all."""
    with np.errstate(all="ignore"):
        inside = contextvars.copy_context()
    outside = contextvars.copy_context()
    return next((key, value) for key, value in inside.items() if outside.get(key) is not value)


_variable, _ignoring = _variable_of_alarms()
silence, restore = functools.partial(_variable.set, _ignoring), _variable.reset
