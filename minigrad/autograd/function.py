"""Custom operations: a forward and a backward in Python, as PyTorch's `autograd.Function`."""

import math
import threading
from types import NoneType

import numpy as np

from ..core.tensor import Tensor, wrap
from ..core import record, rules
from .overwrites import overwritten
from .grad_mode import no_grad


class Context:
    """What a Function's forward keeps for its backward: saved tensors, and any attributes."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()
        self.non_differentiable = ()

    def save_for_backward(self, *tensors):
        """Keep tensors, inputs or outputs or others, which backward finds in `saved_tensors`.

        TypeError for anything that is neither a tensor nor None.
        """
        for x in tensors:
            if not isinstance(x, (Tensor, NoneType)):
                kind = type(x).__name__
                raise TypeError(f"save_for_backward(): keep a {kind} as an attribute of ctx")
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *outputs):
        """Mark the outputs that have no gradient."""
        self.non_differentiable = outputs


class Function:
    """Base of custom operations: a subclass gives two static methods, and is called by `apply`.

    `forward(ctx, *args)`, or `forward(*args)` with `setup_context(ctx, inputs, output)`, returns a
    tensor or a tuple of them. `backward(ctx, *grad_outputs)` returns a gradient, or None, for each
    argument of forward; written with tensor operations it can itself be differentiated.
    A gradient is summed over axes along which its argument was broadcast. RuntimeError for a wrong
    number of gradients, and for one that is not a tensor, has another shape, or belongs to an
    argument that is not a tensor.

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
        """Call forward on the arguments, and record backward if any of them requires grad."""
        nodes = [x._node if isinstance(x, Tensor) else None for x in args]
        ctx = Context(tuple([node is not None for node in nodes]))
        with no_grad():
            outputs = cls.forward(*args) if cls.setup_context else cls.forward(ctx, *args)
            if cls.setup_context:
                cls.setup_context(ctx, args, outputs)
        if not record.mode.recording or not any(nodes):
            return outputs
        return _record_call(cls, ctx, args, nodes, outputs)


def _record_call(function, ctx, args, nodes, outputs):
    """Record one node for all outputs, which become parts of one flat tensor.

    The rules of this node run the function's backward.
    """
    places, flat = _flattened(outputs if isinstance(outputs, tuple) else (outputs,), ctx)
    arrays = [x._array if isinstance(x, Tensor) else x for x in args]
    operation = record.declare(lambda: None, function.__name__, (), ())
    operation.rules = _Rules(function, ctx, args, places)
    whole = record.recorded(operation, flat, tuple(arrays), tuple(nodes), {})
    results = []
    for start, x in places:
        if start is not None:
            x = _part(whole, start=start, shape=x.shape, dtype=x.dtype)
        elif isinstance(x, Tensor):
            x = wrap(x._array)
        results.append(x)
    return tuple(results) if isinstance(outputs, tuple) else results[0]


def _flattened(outputs, ctx):
    """Return pairs of a start and an output, and the outputs end to end in one array.

    The start is the output's place in that array, or None if the output has no gradient.
    """
    places = []
    flat = []
    end = 0
    for x in outputs:
        if _has_gradient(x, ctx):
            places.append((end, x))
            flat.append(x._array.ravel())
            end += x.numel()
        else:
            places.append((None, x))
    return places, np.concatenate(flat or [[0.0]])


def _has_gradient(output, ctx):
    if not isinstance(output, Tensor) or output.dtype.kind != "f":
        return False
    return not any(output is x for x in ctx.non_differentiable)


class _Rules:
    """The rules of one call, which share one run of the function's backward."""

    def __init__(self, function, ctx, args, places):
        self.function = function
        self.ctx = ctx
        self.places = [
            (start, x.shape, x.dtype) if isinstance(x, Tensor) else None for start, x in places
        ]
        self.time = record.tick()
        self.last = None, None
        self.lock = threading.RLock()  # held while `ctx`, one for all walks, has saved tensors
        outputs = [None if start is None else y for start, y in places]
        self.sources = [_source_of(x, args, outputs) for x in ctx.saved_tensors]
        ctx.saved_tensors = ()  # an output kept here would make a reference cycle

    def __getitem__(self, i):
        def rule(g, _i, out, inputs, _params):
            known, gradients = self.last
            if known is not g:
                gradients = self._gradients(g, out, inputs)
                self.last = g, gradients
            return gradients[i]

        rule.reads = ()  # what it reads is checked below
        return rule

    def _gradients(self, g, out, inputs):
        """Return the gradients of all inputs: arrays, or tensors if `g` is one."""
        grads = self._split(g)
        saved = self._saved(inputs, self._split(out))
        with self.lock:
            self.ctx.saved_tensors = saved
            try:
                gradients = self.function.backward(self.ctx, *grads)
            finally:
                self.ctx.saved_tensors = ()
        gradients = self._checked(gradients, inputs)
        differentiable = isinstance(g, Tensor)
        # copies: backward may give one tensor for two inputs, or one that it has saved
        return [x if x is None or differentiable else x._array.copy() for x in gradients]

    def _split(self, flat):
        """Return the part of each output: a tensor, zeros if it has no gradient, None if none."""
        flat = flat if isinstance(flat, Tensor) else wrap(flat)
        return [_part_of(flat, place) for place in self.places]

    def _saved(self, inputs, outputs):
        """Return the saved tensors; RuntimeError if one was overwritten since."""
        tensors = {"input": inputs, "output": outputs}
        saved = [tensors[kind][i] if kind else i for kind, i in self.sources]
        saved = tuple([x if isinstance(x, (Tensor, NoneType)) else wrap(x) for x in saved])
        for x in saved:
            if x is not None and overwritten(self, x._array):
                raise RuntimeError(
                    f"{self.function.__name__}: a saved tensor was changed by an in-place operation"
                )
        return saved

    def _checked(self, gradients, inputs):
        """Return the gradients in the dtypes of the inputs; RuntimeError if they do not fit."""
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
            checked.append(x if x is None else _summed(x, input.shape).to(input.dtype))
        return checked


def _summed(gradient, shape):
    """Return the gradient summed over the axes along which an input of this shape was broadcast."""
    try:
        fits = np.broadcast_shapes(gradient.shape, shape) == gradient.shape
    except ValueError:
        fits = False
    return rules.unbroadcast(gradient, shape) if fits else gradient


def _part_of(flat, place):
    """Return one output's part of `flat`: zeros without a gradient, None if it is no tensor."""
    if place is None:
        return None
    start, shape, dtype = place
    if start is None:
        return wrap(np.zeros(shape, dtype))
    return _part(flat, start=start, shape=shape, dtype=dtype)


def _source_of(saved, args, outputs):
    """Return where backward finds a saved tensor again, with its place in the graph."""
    for kind, tensors in (("input", args), ("output", outputs)):
        for i, x in enumerate(tensors):
            if x is saved and isinstance(x, Tensor) and x.dtype.kind == "f":
                return kind, i
    return None, None if saved is None else saved.detach()


def _back_in_place(g, x_shape, x_dtype, start):
    return _placed(g, start=start, length=x_shape[0], dtype=x_dtype)


@record.operation(_back_in_place)
def _part(x, start, shape, dtype):
    return x[start : start + math.prod(shape)].reshape(shape).astype(dtype, copy=False)


def _out_of_place(g, x_shape, x_dtype, start):
    return _part(g, start=start, shape=x_shape, dtype=x_dtype)


@record.operation(_out_of_place)
def _placed(x, start, length, dtype):
    out = np.zeros(length, dtype)
    out[start : start + x.size] = x.ravel()
    return out
