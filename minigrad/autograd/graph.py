"""Recording: how a NumPy function and its gradient rules become an operation on tensors.

An operation is declared once, its forward in plain NumPy beside one rule for each input:

    @operation(lambda g, out, _x: g * out)
    def exp(x):
        return np.exp(x)

A rule gets the gradient `g` of the result, the result `out` and the inputs, and gives the gradient of its input.
An ordinary backward calls it with arrays. Under `create_graph=True` it is called with tensors, and since NumPy's
functions on tensors are recorded too (`ops/numpy_dispatch.py`), the very same rule then records its own gradient.
A parameter whose values a rule does not read begins with an underscore (of its shape and dtype it may make use);
these values may be overwritten before backward.
"""

import functools
import itertools
import threading
import weakref

import numpy as np

from ..quiet import restore, silence
from ..tensor import Node, Tensor, new
from . import anomaly

tick = itertools.count(1).__next__  # the time: it passes with each record and each in-place write, in any thread
last_write = 0
_last_writes = {}  # id of the array that owns the memory -> the time at which it was last written to
lock = threading.RLock()  # held while what threads share is changed: these, and `.grad` of leaves


class Mode(threading.local):
    """Whether operations are recorded, for each thread by itself; it starts from these values."""

    grad_enabled = True
    inference = False
    recording = True  # grad_enabled and not inference: kept, since every operation asks


mode = Mode()


def set_mode(grad_enabled, inference):
    """Set the mode of this thread; returns the two values that it had."""
    before = mode.grad_enabled, mode.inference
    mode.grad_enabled, mode.inference = grad_enabled, inference
    mode.recording = grad_enabled and not inference
    return before


def record(operation, out, inputs, parents, params):
    """A Tensor over `out` and, when an input wants a gradient, the node that remembers how it came about."""
    tensor = new(Tensor)
    tensor._array = out if type(out) is np.ndarray else np.asarray(out)
    tensor._grad = None
    for parent in parents:
        if parent is not None and mode.recording:
            break
    else:
        tensor._node = None
        return tensor
    node = tensor._node = Node()
    node.operation = operation
    node.inputs = inputs
    node.parents = parents
    node.params = params
    node.out = tensor._array
    node.time = tick()
    node.receiver = None
    if anomaly.enabled:
        anomaly.examine_forward(node)
    return tensor


def operation(*each, rules=None, broadcasts=False, composition=None):
    """Decorate a NumPy function of arrays and keyword parameters into an operation.

    One rule for each positional input (None where there is no gradient), or `rules` for any number of them. With
    `broadcasts`, a rule gives its gradient in the shape of the result and the walk sums it to the input's. A fused
    kernel whose rules work on arrays alone names the `composition` of other operations that it equals; that serves
    higher orders. Called without any Tensor, as rules do in an ordinary backward, it is just its forward.
    """

    def decorate(forward):
        @functools.wraps(forward)
        def operation(*inputs, **params):
            arrays, parents, on_tensors = list(inputs), [None] * len(inputs), False
            for i, x in enumerate(inputs):
                if isinstance(x, Tensor):
                    arrays[i], parents[i], on_tensors = x._array, x._node, True
            alarms = silence()
            try:
                out = forward(*arrays, **params)
            finally:
                restore(alarms)
            return record(operation, out, tuple(arrays), tuple(parents), params) if on_tensors else out

        return declare(operation, forward.__name__.strip("_"), rules or each, broadcasts, composition)

    return decorate


def declare(operation, name, rules, broadcasts, composition=None):
    """Attach to a function that records what the walk needs to know of it."""
    operation.__name__ = operation.__qualname__ = name
    operation.rules = rules
    operation.broadcasts = broadcasts
    operation.composition = composition
    return operation


# -- In-place writes -----------------------------------------------------------------------------------------


def note_write(*arrays):
    """Remember that the memory of these arrays was overwritten, for the nodes that recorded its old values."""
    global last_write
    with lock:
        last_write = tick()
        for array in arrays:
            memory = owner(array)
            key = id(memory)
            if key not in _last_writes:
                weakref.finalize(memory, _last_writes.pop, key, None)
            _last_writes[key] = last_write


def overwritten(node, array):
    """Whether `array`, or another view of its memory, was written to after `node` recorded it."""
    return _last_writes.get(id(owner(array)), 0) > node.time


def owner(array):
    """The array that owns the memory of `array`."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
