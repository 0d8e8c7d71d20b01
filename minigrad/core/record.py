"""Recording: how a NumPy function and its gradient rules become an operation on tensors.

An operation is declared once, its forward in plain NumPy beside one rule for each input:

    @operation(lambda g, out: g * out)
    def exp(x):
        return np.exp(x)

A rule takes the gradient `g` of the result and returns that of its input: a new array, `g`, or a
view of it. It names what else it reads, which must not be overwritten before backward: `out` is
the result, other names are the forward's, `x_shape` and `x_dtype` are those of the input `x`.

An ordinary backward calls a rule with arrays, one with `create_graph=True` with tensors. NumPy's
functions on tensors are recorded (`minigrad.ops.numpy_dispatch`), so its own gradient then is, too.
"""

import functools
import itertools
import sys
import threading
import weakref

import numpy as np

from .quiet import restore, silence
from .tensor import Node, Tensor, new

# -- Whether to record -----------------------------------------------------------------------------


class Mode(threading.local):
    """Whether operations are recorded, for each thread by itself; it starts from these values."""

    def __init__(self):
        self.grad_enabled = True
        self.inference = False
        self.recording = True  # grad_enabled and not inference: kept, since every operation asks


mode = Mode()


def set_mode(grad_enabled, inference):
    """Set the mode of this thread; return the two values that it had."""
    own = vars(mode)
    before = own["grad_enabled"], own["inference"]
    own.update(grad_enabled=grad_enabled, inference=inference)
    own["recording"] = grad_enabled and not inference
    return before


class no_grad:
    """Record nothing inside the `with` block: what is computed there requires no gradient."""

    enabled = False

    def __init__(self):
        self._before = []

    def __enter__(self):
        self._before.append(set_mode(self.enabled, mode.inference))

    def __exit__(self, *_exception):
        set_mode(*self._before.pop())


class enable_grad(no_grad):
    """Record inside the `with` block, even if it stands in one of `no_grad`."""

    enabled = True


# -- Recording -------------------------------------------------------------------------------------

on_record = []  # functions that are called with each new node


def recorded(operation, out, inputs, parents, params):
    """Make a Tensor over `out`, with a node for its history if an input wants a gradient."""
    tensor = new(Tensor)
    tensor._array = out if type(out) is np.ndarray else np.asarray(out)
    tensor._grad = None
    if not mode.recording or not any(parents) or tensor._array.dtype.kind != "f":
        tensor._node = None
        return tensor
    node = tensor._node = Node()
    node.operation = operation
    node.inputs = inputs
    node.parents = parents
    node.params = params
    node.out = tensor._array
    node.time = tick()
    node.keeper = None
    for observe in on_record:
        observe(node)
    return tensor


def arrays_of(inputs):
    """Return the arrays of the inputs, the nodes they have, and whether one is a Tensor."""
    arrays = []
    parents = []
    on_tensors = False
    for x in inputs:
        if isinstance(x, Tensor):
            on_tensors = True
            arrays.append(x._array)
            parents.append(x._node)
        else:
            arrays.append(x)
            parents.append(None)
    return arrays, parents, on_tensors


def operation(*rules, broadcasts=False, name=None, names=None):
    """Decorate a NumPy function of arrays and keyword parameters into an operation.

    There is one rule for each positional input, None where there is no gradient. The one rule of a
    function of any number of inputs serves them all, and reads its own position as `i` and all of
    them as `inputs`. With `broadcasts`, a rule gives its gradient in the shape of the result, and
    the walk back sums it to the input's. Without a Tensor, as in most rules, it is its forward.
    """

    def decorate(forward):
        @functools.wraps(forward)
        def recording(*inputs, **params):
            arrays, parents, on_tensors = arrays_of(inputs)
            alarms = silence()
            try:
                out = forward(*arrays, **params)
            finally:
                restore(alarms)
            return recorded(recording, out, arrays, parents, params) if on_tensors else out

        read = names
        if names is None:
            read = forward.__code__.co_varnames[: forward.__code__.co_argcount][: len(rules)]
        return declare(recording, name or forward.__name__.strip("_"), rules, read, broadcasts)

    return decorate


def elementwise(name, forward, *rules):
    """Make an operation of one input `x`, or of two, `x` and `y`, which broadcast."""
    return operation(*rules, broadcasts=True, name=name, names=["x", "y"][: len(rules)])(forward)


def declare(operation, name, rules, names, broadcasts=False):
    """Attach what the walk back needs to a function that records; return the function."""
    operation.__name__ = operation.__qualname__ = name
    operation.broadcasts = broadcasts
    operation.names = names
    operation.rules = [rule and Rule(rule, names) for rule in rules]
    if not names and rules:  # any number of inputs
        operation.rules = itertools.repeat(operation.rules[0])
    return operation


class Rule:
    """A gradient rule, called with what it reads by name."""

    def __init__(self, rule, names):
        _, *self.reads = rule.__code__.co_varnames[: rule.__code__.co_argcount]
        self.rule = rule
        self.names = ["out", "i", "inputs", *names]
        self.places = [self.names.index(x) if x in self.names else x for x in self.reads]

    def __call__(self, g, i, out, inputs, params):
        values = (out, i, inputs, *inputs)
        read = [values[p] if type(p) is int else self.find(p, values, params) for p in self.places]
        return self.rule(g, *read)

    def find(self, name, values, params):
        x, _, attribute = name.rpartition("_")  # x_shape, x_dtype
        return params[name] if name in params else getattr(values[self.names.index(x)], attribute)


def replaceable(function):
    """Mark a seam: a function in whose place the packages around the core may put another.

    A kernel does the same faster, and breadth does more: options, checks. The core's own is the
    definition. `replace` rebinds its name in its module, so other modules never import it by name.
    """
    function.replaceable = True
    return function


def replace(function, other):
    """Put `other` in the place of a replaceable function or method of the core."""
    assert function.replaceable
    *classes, name = function.__qualname__.split(".")
    place = functools.reduce(getattr, classes, sys.modules[function.__module__])
    setattr(place, name, other)


# -- In-place writes -------------------------------------------------------------------------------

tick = itertools.count(1).__next__  # the clock, which ticks with each record and each write
last_write = 0
last_writes = {}  # id of the array that owns the memory -> the time of the last write to it
lock = threading.RLock()  # held while what threads share is changed: these, and `.grad` of leaves


def note_write(*arrays):
    """Remember when the memory of these arrays was overwritten."""
    global last_write
    with lock:
        last_write = tick()
        for array in arrays:
            memory = array if array.base is None else memory_of(array)
            key = id(memory)
            if key not in last_writes:
                weakref.finalize(memory, last_writes.pop, key, None)
            last_writes[key] = last_write


def memory_of(array):
    """Return the array that owns the memory of `array`."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
