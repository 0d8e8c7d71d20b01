"""Finding the operation that made a NaN or an infinity, and the line of the user's program that called it."""

import os

import numpy as np

enabled = False

_PACKAGE = os.path.dirname(os.path.dirname(__file__))


class set_detect_anomaly:
    """Switch the search on or off, at once and in all threads.

    As a context manager, for that stretch only.

    While it is on, the first recorded operation, forward or backward, that makes a NaN or an infinity out of finite
    numbers raises RuntimeError, with its name and the line that called it. Without `check_nan` nothing is raised.
    It makes every operation several times slower.
    """

    def __init__(self, mode, check_nan=True):
        global enabled
        self.before, enabled = enabled, bool(mode) and check_nan

    def __enter__(self):
        pass

    def __exit__(self, *_exception):
        global enabled
        enabled = self.before


class detect_anomaly(set_detect_anomaly):
    """As `set_detect_anomaly(True)`, for use as a context manager."""

    def __init__(self, check_nan=True):
        self.check_nan, self.before = check_nan, enabled

    def __enter__(self):
        global enabled
        enabled = self.check_nan


def examine_forward(node):
    """Note the user's line on a new node; RuntimeError if its operation is the first to leave the finite numbers."""
    node.line = _line_of_user()
    if not _finite(node.out) and all(_finite(x) for x in node.inputs):
        raise RuntimeError(
            f"{node.operation.__name__} made {_what(node.out)} out of finite numbers, called at {node.line}"
        )


def examine_backward(node, g, gx):
    """RuntimeError if the rule of the node's operation is the first to leave the finite numbers."""
    if _finite(getattr(g, "_array", g)) and not _finite(getattr(gx, "_array", gx)):
        line = getattr(node, "line", "a line that was not noted: switch anomaly detection on before the forward")
        raise RuntimeError(
            f"the gradient of {node.operation.__name__} made {_what(getattr(gx, '_array', gx))} out of a finite one; "
            f"it was called at {line}"
        )


def _finite(value):
    return not isinstance(value, (np.ndarray, np.generic, float)) or bool(np.isfinite(value).all())


def _what(array):
    return "a NaN" if np.isnan(array).any() else "an infinity"


def _line_of_user():
    import traceback  # here, since every program would wait for what only an error needs

    for frame in reversed(traceback.extract_stack()):
        if not frame.filename.startswith(_PACKAGE):
            return f"{frame.filename}:{frame.lineno}: {frame.line}"
