"""Operations of one's own: a forward and a backward in Python, as PyTorch's `autograd.Function`."""

import math
import threading
from types import NoneType

import numpy as np

from ..tensor import Tensor, wrap
from . import graph
from .grad_mode import no_grad


class Context:
    """What a Function's forward leaves for its backward: saved tensors, and attributes of any name."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()
        self.non_differentiable = ()

    def save_for_backward(self, *tensors):
        """Keep tensors, inputs or outputs or others, for backward to find in `saved_tensors`.

        TypeError for what is neither a tensor nor None.
        """
        for x in tensors:
            if not isinstance(x, (Tensor, NoneType)):
                kind = type(x).__name__
                raise TypeError(f"save_for_backward(): keep a {kind} as an attribute of ctx")
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *outputs):
        """Say which outputs have no gradient."""
        self.non_differentiable = outputs


class Function:
    """The base of custom operations: subclasses give two static methods, and are called by `apply`.

    `forward(ctx, *args)`, or `forward(*args)` with `setup_context(ctx, inputs, output)`, gives a tensor or a tuple of
    them. `backward(ctx, *grad_outputs)` gives a gradient, or None, for each argument of forward; written with tensor
    operations it can itself be differentiated. RuntimeError for a wrong number of gradients, and
    for one that is no tensor, of another shape, or of an argument that is no tensor.

    >>> import minigrad as mg
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x**2
    >>> x = mg.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    setup_context = None

    @classmethod
    def apply(cls, *args):
        """Call forward on the arguments, of which the tensors may require grad, and record how to go back."""
        nodes = [x._node if isinstance(x, Tensor) else None for x in args]
        ctx = Context(tuple([node is not None for node in nodes]))
        with no_grad():
            outputs = cls.forward(*args) if cls.setup_context else cls.forward(ctx, *args)
            if cls.setup_context:
                cls.setup_context(ctx, args, outputs)
        if not graph.mode.recording or not any(nodes):
            return outputs
        return _recorded(cls, ctx, args, nodes, outputs)


def _recorded(function, ctx, args, nodes, outputs):
    """The outputs as parts of one flat tensor, whose single node has the function's backward as its rule."""
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    places, flat, end = [], [], 0  # for each output where its part starts; None for those without a gradient
    for x in parts:
        flowing = isinstance(x, Tensor) and x.dtype.kind == "f"
        flowing = flowing and not any(x is y for y in ctx.non_differentiable)
        places.append((end if flowing else None, x))
        if flowing:
            flat.append(x._array.ravel())
            end += x.numel()
    arrays = [x._array if isinstance(x, Tensor) else x for x in args]
    operation = graph.declare(lambda: None, function.__name__, _Rules(function, ctx, args, places), False)
    whole = graph.record(operation, np.concatenate(flat or [[0.0]]), tuple(arrays), tuple(nodes), {})
    results = []
    for start, x in places:
        if start is not None:
            x = _part(whole, start=start, shape=x.shape, dtype=x.dtype)
        elif isinstance(x, Tensor):
            x = wrap(x._array)
        results.append(x)
    return tuple(results) if isinstance(outputs, tuple) else results[0]


class _Rules:
    """The rules of one call: they share one run of the function's backward."""

    def __init__(self, function, ctx, args, places):
        self.function, self.ctx = function, ctx
        self.places = [
            (start, x.shape, x.dtype) if isinstance(x, Tensor) else None for start, x in places
        ]
        self.time = graph.tick()
        self.last = None, None
        self.lock = threading.RLock()  # held while `ctx`, one for all walks, has saved tensors
        self.sources = [_source(x, args, [y for _, y in places]) for x in ctx.saved_tensors]
        ctx.saved_tensors = ()  # an output kept here would make a reference cycle

    def __getitem__(self, i):
        def rule(g, out, *inputs):
            known, gradients = self.last
            if known is not g:
                gradients = self._gradients(g, out, inputs)
                self.last = g, gradients
            return gradients[i]

        return rule

    def _gradients(self, g, out, inputs):
        differentiable = isinstance(g, Tensor)
        whole = [x if isinstance(x, Tensor) else wrap(x) for x in (g, out)]
        grads, outs = ([_part_of(x, place) for place in self.places] for x in whole)
        known = {"input": inputs, "output": outs}
        saved = [known[kind][i] if kind else i for kind, i in self.sources]
        saved = tuple([x if isinstance(x, (Tensor, NoneType)) else wrap(x) for x in saved])
        for x in saved:
            if x is not None and graph.overwritten(self, x._array):
                raise RuntimeError(f"{self.function.__name__}: a saved tensor was changed by an in-place operation")
        with self.lock:
            self.ctx.saved_tensors = saved
            try:
                gradients = self.function.backward(self.ctx, *grads)
            finally:
                self.ctx.saved_tensors = ()
        gradients = self._checked(gradients, inputs)
        return [x if x is None or differentiable else x._array for x in gradients]

    def _checked(self, gradients, inputs):
        """The gradients in the dtypes of the inputs; RuntimeError where they do not fit to them."""
        name = f"{self.function.__name__}.backward"
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        more = gradients[len(inputs) :]
        if len(gradients) < len(inputs) or any(x is not None for x in more):
            raise RuntimeError(f"{name} gave {len(gradients)} gradients for {len(inputs)} inputs")
        checked = []
        for i, (x, input) in enumerate(zip(gradients, inputs, strict=False)):
            if not isinstance(x, (Tensor, NoneType)):
                kind = type(x).__name__
                raise RuntimeError(f"{name} gave a {kind} for input {i}, not a Tensor or None")
            if x is not None and not isinstance(input, (Tensor, np.ndarray)):
                raise RuntimeError(f"{name} gave a gradient for input {i}, which is no tensor")
            checked.append(x if x is None else x.to(input.dtype))
        return checked


def _part_of(flat, place):
    """An output, or its gradient, out of those of all: zeros if it has none, None if no tensor."""
    if place is None:
        return None
    start, shape, dtype = place
    if start is None:
        return wrap(np.zeros(shape, dtype))
    return _part(flat, start=start, shape=shape, dtype=dtype)


def _source(saved, args, outputs):
    """Where backward finds a saved tensor again, with its place in the graph."""
    for kind, tensors in (("input", args), ("output", outputs)):
        for i, x in enumerate(tensors):
            if x is saved and isinstance(x, Tensor) and x.dtype.kind == "f":
                return kind, i
    return None, None if saved is None else saved.detach()


def _back_in_place(g, _out, _x, start, **_of_part):
    return _placed(g, start=start, length=_x.shape[0], dtype=_x.dtype)


@graph.operation(_back_in_place)
def _part(x, start, shape, dtype):
    return x[start : start + math.prod(shape)].reshape(shape).astype(dtype, copy=False)


def _out_of_place(g, _out, _x, start, **_of_whole):
    return _part(g, start=start, shape=_x.shape, dtype=_x.dtype)


@graph.operation(_out_of_place)
def _placed(x, start, length, dtype):
    out = np.zeros(length, dtype)
    out[start : start + x.size] = x.ravel()
    return out
