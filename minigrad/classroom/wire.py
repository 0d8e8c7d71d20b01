"""Values as messages between the checker and the process of the learner's file: JSON, never pickle.

A message from the learner's process is untrusted. It is bounded in size, depth and number of
elements before anything is built of it, and what comes out of `decode` is plain data and stand-ins
made by the receiver, whatever went in. Mutable values that the checker sent are numbered, so that
the other side can say that it returns that very one, or that it changed it.
"""

import base64
import itertools
import json
import math
import re

import numpy as np

LIMIT = 16 * 2**20  # bytes in a message
ELEMENTS = 200_000  # elements in a message, those of arrays not counted
DEPTH = 100  # containers within containers
KEYS = 10_000  # in a set or dictionary: keys can be chosen so that all of them collide
DIGITS = 1000  # of an integer
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # up to the end, if unclosed


class WireError(Exception):
    """A message that is no message, or a value too large for one."""


def write(stream, message):
    """Send a message: four bytes of length, then JSON."""
    try:
        data = json.dumps(message).encode()
    except (ValueError, RecursionError) as error:
        raise WireError(f"cannot send the value: {error}") from None
    _check_bounds(data)
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def read(stream):
    """The next message, a dictionary; None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    if length > LIMIT:
        raise WireError("a message that is too long")
    data = stream.read(length)
    if len(data) < length:
        return None
    _check_bounds(data)
    try:
        message = json.loads(data)
    except ValueError as error:
        raise WireError(f"not a message: {error}") from None
    if not isinstance(message, dict):
        raise WireError("not a message")
    return message


def _check_bounds(data):
    if len(data) > LIMIT:
        raise WireError(f"a value of more than {LIMIT // 2**20} MB")
    bare = _STRING.sub(b"", data)
    if max(sum(map(bare.count, marks)) for marks in ((b",", b"[", b"{"), (b"]", b"}"))) > ELEMENTS:
        raise WireError(f"a value of more than {ELEMENTS:,} elements")
    steps = (1 if bracket in b"[{" else -1 for bracket in re.findall(rb"[\[\]{}]", bare))
    if max(itertools.accumulate(steps), default=0) > DEPTH:
        raise WireError(f"a value of more than {DEPTH} containers within each other")


class Codec:
    """Encodes and decodes for one side. `export` makes a message of any other object, `adopt`
    undoes what `export` of the other side made. `known` numbers the mutable values that the
    checker sent; its own side `numbers` them.
    """

    def __init__(self, export, adopt, numbers=False):
        self.export, self.adopt, self.numbers = export, adopt, numbers
        self.known, self._number = {}, {}
        self._scalars = self._longest = 0

    def forget(self, number=None):
        """Drop one numbered value, or all: the next check begins."""
        if number is None:
            self.known, self._number = {}, {}
        else:
            del self._number[id(self.known.pop(number))]

    def _remember(self, number, value):
        self.known[number] = value
        self._number[id(value)] = number

    def encode(self, value):
        """`value` as JSON can carry it."""
        kind = type(value)
        if value is None or kind in (bool, float, str):
            return value
        if kind is int:
            return ["int", str(value)] if abs(value) >= 2**53 else value
        if kind is complex:
            return ["complex", [value.real, value.imag]]
        if kind in (tuple, frozenset):
            return [kind.__name__, [self.encode(item) for item in value]]
        if issubclass(kind, np.generic) and value.dtype.kind in "biufc":
            return ["np", _array(np.asarray(value))]
        if not _is_mutable(value):
            return ["object", self.export(value)]
        number = self._number.get(id(value))
        if number is not None and not self.numbers:
            return ["known", number]
        if number is None and self.numbers:
            number = len(self.known)
            self._remember(number, value)
        return [*self.content(value), number]

    def content(self, value):
        """What is in a mutable value."""
        if isinstance(value, np.ndarray):
            return ["array", _array(value)]
        if isinstance(value, dict):
            return ["dict", [[self.encode(k), self.encode(v)] for k, v in value.items()]]
        if isinstance(value, list | set):
            return [type(value).__name__, [self.encode(item) for item in value]]
        state = value.bit_generator.state
        return ["rng", {**state, "state": {k: str(v) for k, v in state["state"].items()}}]

    def decode(self, message):
        """The value of a message."""
        self._scalars = self._longest = 0
        try:
            return self._decode(message)
        except Exception as error:  # anything may come, and go wrong in any way
            raise WireError(f"not a value: {error}") from None

    def _decode(self, message):
        if message is None or type(message) in (bool, int, float, str):
            self._count(message)
            return message
        kind, content, number = (*message, None)[:3]
        if kind in _PLAIN:
            return _PLAIN[kind](content)
        if kind == "known":
            return self.known[content]
        if kind == "object":
            return self.adopt(content)
        if kind == "tuple":
            return tuple([self._decode(item) for item in content])
        if kind == "frozenset":
            return frozenset(self._keys(content))
        if number in self.known and not self.numbers:
            value = self.known[number]
        else:
            value = _from_array(content) if kind == "array" else _EMPTY[kind]()
            if number is not None and not self.numbers:
                self._remember(number, value)
        return self.refill(value, kind, content)

    def _count(self, scalar):
        """Bound what NumPy would take: in an array of texts each is as long as the longest."""
        self._scalars += 1
        if type(scalar) is str:
            self._longest = max(self._longest, len(scalar))
        if self._scalars * self._longest > LIMIT:
            raise ValueError("a text that is too long among so many values")
        if type(scalar) is int and abs(scalar) >= 10**DIGITS:
            raise ValueError(f"an integer of more than {DIGITS} digits")

    def _keys(self, content):
        """Decoded keys, which Python compares with each other where their hashes agree."""
        if len(content) > KEYS:
            raise ValueError(f"a set or dictionary of more than {KEYS:,} keys")
        keys = [self._decode(key) for key in content]
        if not all(map(_is_small, keys)):
            raise ValueError("a key with an integer of more than 64 bits")
        return keys

    def refill(self, value, kind, content):
        """Give a mutable value new content, in place."""
        if kind == "list":
            value[:] = [self._decode(item) for item in content]
        elif kind == "set":
            items = set(self._keys(content))
            value.clear()
            value.update(items)
        elif kind == "dict":
            keys = self._keys([key for key, _ in content])
            items = dict(zip(keys, [self._decode(v) for _, v in content], strict=True))
            value.clear()
            value.update(items)
        elif kind == "rng":
            state = {k: int(v) for k, v in content["state"].items()}
            value.bit_generator.state = {**content, "state": state}
        elif value.flags.writeable:
            new = _from_array(content)
            if value.shape == new.shape:
                value[...] = new
        return value


def _is_small(key):
    """Whether its integers have at most 64 bits: multiples of 2**61 - 1 have one hash."""
    if isinstance(key, tuple | frozenset):
        return all(map(_is_small, key))
    return not isinstance(key, int) or -(2**63) <= key < 2**63


def _is_mutable(value):
    """Whether it is a value that the other side could change, of a kind that can be sent."""
    if type(value) is np.random.Generator:
        return type(value.bit_generator) is np.random.PCG64
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufcU"
    return type(value) in (list, dict, set)


def _array(array):
    if array.nbytes > LIMIT // 2:
        raise WireError(f"an array of {array.nbytes / 2**20:.0f} MB, which is too large")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return [array.dtype.str, list(array.shape), data, bool(array.flags.writeable)]


def _from_array(content):
    name, shape, data, writeable = content
    dtype = np.dtype(str(name))
    if dtype.kind not in "biufcU":
        raise ValueError(f"arrays of {dtype}")
    if len(shape) > 64 or not all(type(n) is int and 0 <= n <= LIMIT for n in shape):
        raise ValueError("an array of no such shape")
    if math.prod(max(n, 1) for n in shape) > LIMIT:
        raise ValueError(f"an array of shape {shape}")
    array = np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    array.flags.writeable = bool(writeable)
    return array


def _integer(text):
    if len(text) > DIGITS:
        raise ValueError(f"an integer of more than {DIGITS} digits")
    return int(text)


_PLAIN = {
    "int": _integer,
    "complex": lambda parts: complex(*parts),
    "np": lambda content: _from_array(content)[()],
}
_EMPTY = {"list": list, "set": set, "dict": dict, "rng": np.random.default_rng}
