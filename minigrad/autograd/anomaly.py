"""Anomaly detection: which operation made a NaN or an infinity, and which line called it."""

import os

import numpy as np

from ..core import backward, record

_PACKAGE = os.path.dirname(os.path.dirname(__file__))


class set_detect_anomaly:
    """Switch anomaly detection on or off, at once and in all threads.

    As a context manager, only inside the `with` block.

    While it is on, the first recorded operation, forward or backward, that makes a NaN or an
    infinity out of finite numbers raises RuntimeError, with its name and the line that called it.
    Without `check_nan` nothing is raised. It makes every operation several times slower.
    """

    def __init__(self, mode, check_nan=True):
        self.before = _switch(bool(mode) and check_nan)

    def __enter__(self):
        pass

    def __exit__(self, *_exception):
        _switch(self.before)


class detect_anomaly(set_detect_anomaly):
    """As `set_detect_anomaly(True)`, for use as a context manager."""

    def __init__(self, check_nan=True):
        self.check_nan = check_nan

    def __enter__(self):
        self.before = _switch(self.check_nan)


def _switch(on):
    """Start or stop the observers of record and walk; return whether they were on before."""
    before = is_enabled()
    for observers, observer in (
        (record.on_record, examine_forward),
        (backward.on_share, examine_backward),
    ):
        if on and observer not in observers:
            observers.append(observer)
        elif not on and observer in observers:
            observers.remove(observer)
    return before


def is_enabled():
    """Return whether anomaly detection is on."""
    return examine_forward in record.on_record


def examine_forward(node):
    """Note the user's line on a new node, and check its result.

    RuntimeError if its operation is the first to produce a NaN or infinity.
    """
    node.line = _line_of_user()
    if not _is_finite(node.out) and all(_is_finite(x) for x in node.inputs):
        raise RuntimeError(
            f"{node.operation.__name__} made {_name_of_anomaly(node.out)} out of finite numbers, "
            f"called at {node.line}"
        )


def examine_backward(node, g, gx):
    """Raise RuntimeError if a rule of the node is the first to produce a NaN or infinity."""
    before = getattr(g, "_array", g)
    after = getattr(gx, "_array", gx)
    if _is_finite(before) and not _is_finite(after):
        not_noted = "a line that was not noted: switch anomaly detection on before the forward"
        raise RuntimeError(
            f"the gradient of {node.operation.__name__} made {_name_of_anomaly(after)} out of a "
            f"finite one; it was called at {getattr(node, 'line', not_noted)}"
        )


def _is_finite(value):
    return not isinstance(value, (np.ndarray, np.generic, float)) or bool(np.isfinite(value).all())


def _name_of_anomaly(array):
    return "a NaN" if np.isnan(array).any() else "an infinity"


def _line_of_user():
    """Return the innermost line of the call stack that is not minigrad's."""
    import traceback  # here: only an error needs it, and it is slow to import

    for frame in reversed(traceback.extract_stack()):
        if not frame.filename.startswith(_PACKAGE):
            return f"{frame.filename}:{frame.lineno}: {frame.line}"
