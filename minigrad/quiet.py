"""NumPy's alarms about floating-point numbers, silent while minigrad computes.

An infinity, a NaN or a number too small to hold is an answer, as in PyTorch: never a warning, never an exception,
however the program has set `np.seterr`. That setting is left alone; it holds for the program's own arrays.

`np.errstate` takes longer than an addition of small tensors. What it does is to set a variable of the context, which
is done here directly, in a tenth of the time:

    alarms = silence()
    try:
        ...
    finally:
        restore(alarms)
"""

import contextvars
import functools

import numpy as np


def _variable_of_alarms():
    """The context variable in which NumPy keeps its setting, and its value that ignores everything."""
    with np.errstate(all="ignore"):
        inside = contextvars.copy_context()
    outside = contextvars.copy_context()
    return next((variable, value) for variable, value in inside.items() if outside.get(variable) is not value)


_variable, _ignoring = _variable_of_alarms()
silence, restore = functools.partial(_variable.set, _ignoring), _variable.reset


def quiet(function):
    """The function, silent while it runs."""

    @functools.wraps(function)
    def silenced(*args, **kwargs):
        alarms = silence()
        try:
            return function(*args, **kwargs)
        finally:
            restore(alarms)

    return silenced
