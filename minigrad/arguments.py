"""What every public function does about arguments that do not fit: it says its name, what was wanted, and what came.

The functions are written for arguments that fit. What does not fit mostly fails deep within, in the words of NumPy or
of another function; `public` puts these into the words of the function that was called. What would not fail at all, such
as a text where a flag is meant, is refused beforehand, by the name of the parameter: a name means one thing everywhere.
"""

import functools
import inspect
import opcode
import re
from pathlib import Path

import numpy as np

from .tensor import Tensor

PACKAGE = str(Path(__file__).parent)
NUMPY = str(Path(np.__file__).parent)
RAISE = opcode.opmap["RAISE_VARARGS"]
INNER_NAME = re.compile(r"^[\w.]+\(\): ")
REFUSALS = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
PLAIN = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)
KINDS = {AttributeError: TypeError, KeyError: TypeError, TypeError: TypeError, IndexError: IndexError}


# -- What a parameter of that name wants: a sentence of it, or None where the value will do ---------------------


def _flag(value):
    return None if value is None or isinstance(value, (bool, np.bool_)) else "True or False"


def _dtype(value):
    return None if value is None or isinstance(value, (np.dtype, type)) else "a dtype, such as minigrad.float32"


def _number(value):
    if value is None or isinstance(value, (int, float, np.number, np.bool_)):
        return None
    return None if isinstance(value, Tensor) and not value.ndim else "a number"


def _integer(value):
    if value is None or (isinstance(value, (int, np.integer)) and not isinstance(value, bool)):
        return None
    return None if isinstance(value, Tensor) and value.dtype.kind in "iu" and value.numel() == 1 else "an integer"


FLAGS = """
    as_tuple copy descending equal_nan keepdim largest non_blocking requires_grad return_counts return_inverse sorted
    stable
""".split()
NUMBERS = "alpha beta delta dropout_p eps label_smoothing momentum negative_slope rtol atol threshold".split()
INTEGERS = "chunks diagonal groups k length num_classes offset".split()
WANTED = {"dtype": _dtype} | dict.fromkeys(FLAGS, _flag)
WANTED |= dict.fromkeys(NUMBERS, _number) | dict.fromkeys(INTEGERS, _integer)


# -- The functions -------------------------------------------------------------------------------------------------


def publish(namespace):
    """Make `public` each function of a module that its `globals()` has under a public name."""
    for name, value in list(namespace.items()):
        if name[0] != "_" and inspect.isfunction(value):
            namespace[name] = public(value)


def public(function, name=None):
    """The function, with the parameters of `WANTED` checked, and with errors that begin with its name."""
    name = name or function.__name__
    parameters = inspect.signature(function).parameters
    by_name = {parameter: WANTED[parameter] for parameter in parameters if parameter in WANTED}
    placed = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    by_place = [(place, by_name[parameter]) for place, parameter in enumerate(placed) if parameter in by_name]

    @functools.wraps(function)
    def checked(*arguments, **keywords):
        for place, wanted in by_place:
            if place < len(arguments) and (text := wanted(arguments[place])):
                raise TypeError(f"{name}(): argument {place + 1} must be {text}, not {described(arguments[place])}")
        for key, value in keywords.items():
            if key in by_name and (text := by_name[key](value)):
                raise TypeError(f"{name}(): {key} must be {text}, not {described(value)}")
        try:
            return function(*arguments, **keywords)
        except REFUSALS as error:
            told = explained(error, name, arguments, keywords)
            if told is None:
                raise
            raise told from None

    return checked


def explained(error, name, arguments, keywords):
    """The error in the words of the function `name`; None where it says enough, or comes from a user's own code."""
    frames = list(_frames(error.__traceback__.tb_next))
    if not frames or not all(map(_ours_or_numpys, frames)):
        return None
    if _raised_here(frames[-1]):
        text = str(error)
        plain = type(error) in PLAIN and name not in text
        return type(error)(f"{name}(): {INNER_NAME.sub('', text)}") if plain else None
    given = [described(value) for value in arguments] + [f"{key}={described(v)}" for key, v in keywords.items()]
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), RuntimeError)
    return kind(f"{name}(): these arguments do not fit: {', '.join(given) or 'none'} ({error})")


def _frames(traceback):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _ours_or_numpys(traceback):
    file = traceback.tb_frame.f_code.co_filename
    return file.startswith((PACKAGE, NUMPY)) or file.endswith(".pyx")


def _raised_here(traceback):
    """Whether it was raised by a `raise` of minigrad's, and did not come out of what an expression called."""
    code = traceback.tb_frame.f_code
    return code.co_filename.startswith(PACKAGE) and code.co_code[traceback.tb_lasti] == RAISE


def described(value):
    """An argument in a few words: a tensor by its dtype and shape, what is short by itself."""
    if isinstance(value, (Tensor, np.ndarray)):
        return f"{value.dtype} {type(value).__name__} of shape {value.shape}"
    if isinstance(value, (list, tuple)) and len(value) <= 8:
        return f"[{', '.join(map(described, value))}]"
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"
