"""Results in the place of a function: what a copy of the course without answers compares with.

A function of a master that is marked `answer` computes what a check expects; it is as good as the
answer. `Recorder` notes what such functions return in a run of the checks, and `recorded` returns
it again. Arguments and results are plain data: numbers, texts, arrays, and lists, tuples and
dictionaries of them.
"""

import base64
import hashlib
import json

import numpy as np

from .checks import CourseError

PLAIN = (type(None), bool, int, float, str)


def recorded(name, table):
    """A function that returns the results in `table`, which `Recorder` made of `name`."""

    def function(*arguments):
        key = digest(arguments)
        if key not in table:
            raise CourseError(
                f"{name}() has no result for these arguments: this copy of the course holds only "
                "those that `check` needs; take the whole course"
            )
        return _decoded(json.loads(table[key]))

    return function


class Recorder:
    """Stands in for the functions marked `answer` among the names in `namespace`, and notes in
    `tables`, by name, what they return when a check calls them.
    """

    def __init__(self, namespace):
        self.tables, self._busy = {}, False
        for name, function in list(namespace.items()):
            if getattr(function, "answer", False):
                self.tables[name] = {}
                namespace[name] = self._noting(name, function)

    def _noting(self, name, function):
        def noting(*arguments):
            if self._busy:  # one answer calls another: only what the check asks for is noted
                return function(*arguments)
            self._busy = True
            try:
                key = digest(arguments)
                result = function(*arguments)
            finally:
                self._busy = False
            text = json.dumps(_encoded(result))
            if self.tables[name].setdefault(key, text) != text:
                raise CourseError(f"{name}() has two results for the same arguments")
            return result

        return noting


def digest(arguments):
    """A short name for arguments: equal for those that are equal but for rounding errors, which
    differ from machine to machine.
    """
    return hashlib.sha256(_text(arguments).encode()).hexdigest()[:16]


def _text(value):
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    if isinstance(value, dict):
        return f"dict({', '.join(_text(item) for item in value.items())})"
    if value is None or isinstance(value, str):
        return repr(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise CourseError(f"a {type(value).__name__} is no argument of an answer: plain data only")
    numbers = array.ravel().tolist()
    if array.dtype.kind == "f":
        numbers = [f"{number + 0.0:.6e}" for number in numbers]  # + 0.0: 0 has no sign
    return f"{array.dtype.kind}{array.shape}{numbers}"


def _encoded(value):
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_encoded(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_encoded(key), _encoded(item)] for key, item in value.items()]}
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biuf":
            raise CourseError(f"an array of {value.dtype} is no result of an answer")
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        kind = "array" if isinstance(value, np.ndarray) else "number"
        return {kind: [value.dtype.str, list(value.shape), data]}
    if type(value) in PLAIN:
        return value
    raise CourseError(f"a {type(value).__name__} is no result of an answer: plain data only")


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tuple":
        return tuple(_decoded(item) for item in content)
    if kind == "dict":
        return {_decoded(key): _decoded(item) for key, item in content}
    dtype, shape, data = content
    array = np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    return array if kind == "array" else array[()]
