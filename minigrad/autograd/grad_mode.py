"""Whether operations are recorded: context managers that are decorators too, and restore on exceptions."""

import contextlib

from . import graph


def is_grad_enabled():
    """Whether operations are being recorded now."""
    return graph.recording


def _switch(mode):
    before, graph.recording = graph.recording, bool(mode)
    return before


class no_grad(contextlib.ContextDecorator):
    """A context manager and a decorator, with or without brackets, within which nothing is recorded.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> with mg.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    _mode = False

    def __new__(cls, function=None):
        self = super().__new__(cls)
        return self if function is None else self(function)

    def __enter__(self):
        self.before = _switch(self._mode)

    def __exit__(self, *_exception):
        _switch(self.before)

    def _recreate_cm(self):  # each call of a decorated function restores its own state, recursive ones too
        return type(self)()


class inference_mode(no_grad):
    """As `no_grad`; with `mode=False` as `enable_grad`."""

    def __new__(cls, mode=True):
        self = super().__new__(cls)
        self._mode = mode is False
        return self(mode) if callable(mode) else self

    def _recreate_cm(self):
        return type(self)(not self._mode)


class enable_grad(no_grad):
    """A context manager and a decorator within which operations are recorded, even inside `no_grad`."""

    _mode = True


class set_grad_enabled(contextlib.ContextDecorator):
    """Switch recording on or off, at once; as a context manager or a decorator, for that stretch only."""

    def __init__(self, mode):
        self.mode = mode
        self.before = _switch(mode)

    def __enter__(self):
        _switch(self.mode)

    def __exit__(self, *_exception):
        _switch(self.before)

    def __call__(self, function):
        _switch(self.before)  # a decorator switches when the function is called, not where it is defined
        return super().__call__(function)

    def _recreate_cm(self):
        return type(self)(self.mode)
