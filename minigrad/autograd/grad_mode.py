"""Context managers and decorators that say whether operations are recorded.

The mode is restored on exceptions. It belongs to the thread: a new one starts out recording,
whatever the mode of the thread that started it.
"""

import functools
import inspect

from ..core import record


def is_grad_enabled():
    """Return whether this thread records operations; in inference mode it never does."""
    return record.mode.grad_enabled


def is_inference_mode_enabled():
    """Return whether this thread is in inference mode."""
    return record.mode.inference


class _ModeSwitch:
    """Base of the context managers, which also decorate: each call then enters a new one.

    In a decorated generator the mode holds while it runs, and the caller's whenever it is
    suspended. A decorator raises TypeError for anything but a function, and for an `async` one,
    which other tasks of the thread interrupt; RuntimeError for a class.
    """

    def __exit__(self, *_exception):
        record.set_mode(*self._before.pop())

    def _again(self):
        return type(self)()

    def __call__(self, function):
        _check_function(type(self).__name__, function)
        again = self._again
        if inspect.isgeneratorfunction(function):
            return _decorated_generator(again, function)

        @functools.wraps(function)
        def within(*args, **kwargs):
            with again():
                return function(*args, **kwargs)

        return within


def _check_function(name, function):
    if inspect.isclass(function):
        raise RuntimeError(f"{name}: a class cannot be decorated; decorate its methods")
    if not callable(function):
        kind = type(function).__name__
        hint = "; put it below @classmethod" if isinstance(function, classmethod) else ""
        raise TypeError(f"{name}: expected a function to decorate, not a {kind}{hint}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"{name}: an async function cannot be decorated, for other tasks of the thread would "
            f"run in its mode; use `with {name}(...):` inside, between two awaits"
        )


def _decorated_generator(again, function):
    @functools.wraps(function)
    def within(*args, **kwargs):
        running = function(*args, **kwargs)
        resume = running.send
        sent = None
        while True:
            try:
                with again():
                    value = resume(sent)
            except StopIteration as end:
                return end.value
            try:
                sent = yield value
                resume = running.send
            except GeneratorExit:
                with again():
                    running.close()
                raise
            except BaseException as error:
                sent = error
                resume = running.throw

    return within


class no_grad(_ModeSwitch):
    """Record nothing: a context manager and a decorator, with or without brackets.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> with mg.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    _mode = False

    def __new__(cls, orig_func=None):
        self = super().__new__(cls)
        self._before = []
        return self if orig_func is None else self(orig_func)

    def __enter__(self):
        self._before.append(record.set_mode(self._mode, record.mode.inference))


class enable_grad(no_grad):
    """Record, even inside `no_grad`, but as in PyTorch not inside `inference_mode`.

    A context manager and a decorator, with or without brackets.
    """

    _mode = True


class inference_mode(_ModeSwitch):
    """Record nothing, even inside `enable_grad`; `mode=False` ends it inside the `with` block.

    Unlike in PyTorch, the tensors made in it are ordinary ones: they may be written to, take part
    in a recorded graph and require grad afterwards. TypeError for a mode that is neither a bool nor
    a function to decorate.
    """

    def __new__(cls, mode=True):
        self = super().__new__(cls)
        self._inference = mode is not False
        self._before = []
        return self if isinstance(mode, bool) else self(mode)

    def __enter__(self):
        self._before.append(record.set_mode(not self._inference, self._inference))

    def _again(self):
        return type(self)(self._inference)


class set_grad_enabled(_ModeSwitch):
    """Switch recording on or off, at once.

    As a context manager or a decorator, only inside the `with` block or the function. TypeError for
    a mode that is not a bool.
    """

    def __init__(self, mode):
        if not isinstance(mode, bool):
            kind = type(mode).__name__
            raise TypeError(f"set_grad_enabled(): mode must be True or False, not a {kind}")
        self.mode = mode
        self._first, _ = record.set_mode(mode, record.mode.inference)

    def __enter__(self):
        record.set_mode(self.mode, record.mode.inference)

    def __exit__(self, *_exception):
        record.set_mode(self._first, record.mode.inference)

    def __call__(self, function):
        self.__exit__()  # a decorator switches when the function is called, not when it is defined
        return super().__call__(function)

    def _again(self):
        return type(self)(self.mode)
