"""A decorator that silences NumPy's floating-point alarms; see `core/quiet.py`."""

import functools

from .core.quiet import restore, silence


def quiet(function):
    """Decorate a function so that NumPy raises no floating-point alarm while it runs."""

    @functools.wraps(function)
    def silenced(*args, **kwargs):
        alarms = silence()
        try:
            return function(*args, **kwargs)
        finally:
            restore(alarms)

    return silenced
