"""The walk back: from a result to the gradients of all that it was computed from.

The chain rule, read from the end: the gradient of a node is the sum, over the operations that used it, of each
one's rule applied to that operation's own gradient. So a node may be visited only after all its users were.
Since a node is recorded after all that it was computed from, `_in_order` has only to sort them by time, without
recursion; `_walk` follows it once, however deep or entangled the graph.
"""

import numpy as np

from ..quiet import restore, silence
from ..tensor import Tensor, wrap
from . import anomaly, graph
from .accumulate import Part, total, unbroadcast
from .grad_mode import enable_grad
from .hooks import Hooked


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, *, inputs=None):
    """Add to `.grad` of every leaf the gradient of the `tensors` weighted by `grad_tensors`.

    `grad_tensors` has, for each tensor, a tensor of its shape; None stands for 1 and is allowed for a tensor of
    one element. `retain_graph` keeps the graph for another backward (default: `create_graph`). With `create_graph`
    the gradients are themselves differentiable. With `inputs`, only these tensors receive a gradient.

    Raises RuntimeError for a tensor that does not require grad, a missing or misshapen gradient, a
    graph that was already walked and freed, or a recorded value that was since overwritten in
    place; for `inputs` that are empty or no tensors. TypeError for tensors and gradients that are
    none, and for a flag that is neither True nor False.
    """
    tensors = _listed("tensors", tensors)
    if inputs is None:
        arrived = _walk(tensors, grad_tensors, None, retain_graph, create_graph)
        pairs = [(node.receiver(), g) for node, g in arrived.items()]
    else:
        inputs = _inputs("backward", inputs)
        targets = {tensor._node: tensor for tensor in inputs}  # a tensor given twice counts once
        arrived = _walk(tensors, grad_tensors, targets.keys(), retain_graph, create_graph)
        pairs = [(tensor, arrived.get(node)) for node, tensor in targets.items()]
    with graph.lock:  # another thread may be adding to the same leaves
        for tensor, g in pairs:
            if tensor is not None and g is not None:
                _add_to_grad(tensor, g)


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, *, allow_unused=None,
         materialize_grads=False):  # fmt: skip
    """The gradients of `outputs` with respect to each of `inputs`, as a tuple; no `.grad` is touched.

    An input that the outputs do not depend on is a RuntimeError, unless `allow_unused` makes its gradient None
    or `materialize_grads` makes it zeros. The other arguments and errors are those of `backward`;
    ValueError if `materialize_grads` comes with `allow_unused=False`.

    >>> import minigrad as mg
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> (dx,) = mg.autograd.grad(x**3, x, create_graph=True)
    >>> dx.item(), mg.autograd.grad(dx, x)[0].item()
    (27.0, 18.0)
    """
    _check_flag("materialize_grads", materialize_grads)
    if materialize_grads and allow_unused is False:
        raise ValueError("materialize_grads=True contradicts allow_unused=False; drop one")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    _check_flag("allow_unused", allow_unused)
    inputs = _inputs("grad", inputs)
    nodes = {tensor._node for tensor in inputs}
    outputs = _listed("outputs", outputs)
    arrived = _walk(outputs, grad_outputs, nodes, retain_graph, create_graph)
    gradients = []
    for position, tensor in enumerate(inputs):
        g = arrived.get(tensor._node)
        if g is None and not allow_unused:
            raise RuntimeError(
                f"inputs[{position}], of shape {tensor.shape}, was not used to compute the outputs; "
                "pass allow_unused=True if its gradient may be None"
            )
        if g is None and materialize_grads:
            g = np.zeros_like(tensor._array)
        gradients.append(g if g is None or isinstance(g, Tensor) else wrap(g))
    return tuple(gradients)


# -- The walk ------------------------------------------------------------------------------------------------


def _walk(outputs, grad_outputs, targets, retain_graph, create_graph):
    """The gradients that arrive at the targets or, without any, at the nodes which have a receiver.

    Gradients are arrays, under `create_graph` Tensors. None of those returned shares memory with anything.
    """
    retain_graph = create_graph if retain_graph is None else retain_graph
    _check_flag("create_graph", create_graph)
    _check_flag("retain_graph", retain_graph)
    own, arrived = set(), {}
    before = graph.set_mode(bool(create_graph), graph.mode.inference)
    alarms = silence()
    try:
        seeds = _seeds(outputs, grad_outputs)
        order = _in_order(seeds)
        useful = None if targets is None else _leading_to(targets, order)
        gradients = {node: g if create_graph else g._array for node, g in seeds.items()}
        for node in order:
            g = gradients.pop(node, None)
            if g is None:
                continue
            if node.receiver is not None and type(node.receiver) is Hooked:
                g = node.receiver.run(g)
            if node.receiver is not None if targets is None else node in targets:
                arrived[node] = g if node.operation is None else np.positive(g)
            if node.operation is None:
                continue
            if node.inputs is None:
                what = f"backward through {node.operation.__name__} a second time"
                raise RuntimeError(f"{what}: the first freed its values; pass it retain_graph=True to keep them")
            for parent, gx in _parents_gradients(node, g, useful, create_graph):
                known = gradients.get(parent)
                if known is None and type(gx) is not Part:
                    gradients[parent] = gx
                else:
                    gradients[parent] = total(known, gx, parent in own)
                    own.add(parent)
            if not retain_graph:
                node.inputs = node.out = node.params = None
    finally:
        restore(alarms)
        graph.set_mode(*before)
    return arrived


def _in_order(roots):
    """The nodes that the roots were computed from, roots included, each after all of its users.

    What was recorded last comes first, and a leaf as soon as all of its users were there: PyTorch's order, too.
    """
    turns = {root: root.time for root in roots}
    found = list(roots)
    for node in found:  # grows while it is walked
        for parent in node.parents:
            if parent is not None:
                if parent not in turns:
                    turns[parent] = parent.time or node.time - 0.5
                    found.append(parent)
                elif not parent.time and node.time < turns[parent]:
                    del turns[parent]  # to the end: leaves that end together keep the order of the operation's inputs
                    turns[parent] = node.time - 0.5
    return sorted(turns, key=turns.get, reverse=True)


def _leading_to(targets, order):
    """The nodes of `order` through which a gradient reaches one of the targets."""
    useful = set(targets)
    for node in reversed(order):
        if not useful.isdisjoint(node.parents):
            useful.add(node)
    return useful


def _parents_gradients(node, g, useful, create_graph):
    """Pairs of a parent that wants a gradient and its share of the gradient `g` of the node."""
    operation, out, inputs, params, shares = node.operation, node.out, node.inputs, node.params, []
    if create_graph:
        out = wrap(out, node)
        inputs = [x if parent is None else wrap(x, parent) for x, parent in zip(inputs, node.parents, strict=True)]
        if operation.composition:
            return _through_composition(node, g, inputs)
    for i, parent in enumerate(node.parents):
        if parent is None or (useful is not None and parent not in useful):
            continue
        if node.time < graph.last_write:
            _check_not_overwritten(node, i)
        gx = operation.rules[i](g, out, *inputs, **params)
        if gx is None:
            continue
        x = node.inputs[i]
        if type(gx) is not np.ndarray or gx.shape != x.shape or gx.dtype is not x.dtype:
            gx = _fitted(node, i, gx, x)
        if anomaly.enabled:
            anomaly.examine_backward(node, g, gx)
        if parent.operation is None and (gx is g or getattr(gx, "base", None) is not None):
            gx = np.positive(gx)  # a copy: a leaf's .grad shares memory with nothing
        shares.append((parent, gx))
    return shares


def _fitted(node, i, gx, x):
    """What rule `i` gave, as a gradient of the input `x`, summed where that was broadcast; RuntimeError if none."""
    operation = node.operation
    if type(gx) is Part:
        return gx
    if isinstance(gx, np.generic):  # what NumPy makes of 0-d arrays
        gx = np.asarray(gx)
    if operation.broadcasts and gx.shape == node.out.shape:
        gx = unbroadcast(gx, x.shape)
    if gx.shape != x.shape or gx.dtype != x.dtype:
        raise RuntimeError(
            f"the gradient rule of {operation.__name__} for input {i} gave {gx.dtype} of shape {gx.shape}, "
            f"the input is {x.dtype} of shape {x.shape}"
        )
    return gx


def _through_composition(node, g, inputs):
    """As `_parents_gradients`, for a fused kernel: its plain composition is recorded and differentiated."""
    wanted = [i for i, parent in enumerate(node.parents) if parent is not None]
    for i in wanted:
        _check_not_overwritten(node, i)
        inputs[i] = np.positive(inputs[i])  # a node of its own: an input may itself depend on another
    out = node.operation.composition(*inputs, **node.params)
    shares = grad(out, [inputs[i] for i in wanted], g, create_graph=True)
    return [(node.parents[i], share) for i, share in zip(wanted, shares, strict=True)]


def _check_not_overwritten(node, i):
    """RuntimeError if a value that rule `i` reads was written to in place after it was recorded."""
    code = node.operation.rules[i].__code__
    names = code.co_varnames[1 : code.co_argcount]
    for name, value in zip(names, (node.out, *node.inputs), strict=False):
        if name[0] != "_" and isinstance(value, np.ndarray) and graph.overwritten(node, value):
            what = "result" if value is node.out else "input"
            raise RuntimeError(
                f"{node.operation.__name__}: its {what} of shape {value.shape} was changed by an in-place operation "
                "before backward had used it; change a copy (clone()), or use the out-of-place operation"
            )


def _add_to_grad(tensor, g):
    """Add `g` to `.grad`: in place, unless it is a tensor that may have a graph."""
    if tensor._grad is None:
        tensor._grad = g if isinstance(g, Tensor) else wrap(g)
    elif isinstance(g, Tensor):
        with enable_grad():
            tensor._grad = tensor._grad + g
    else:
        tensor._grad._array += g
        graph.note_write(tensor._grad._array)


# -- Arguments -----------------------------------------------------------------------------------------------


def _check_flag(name, flag):
    if not isinstance(flag, int):
        raise TypeError(f"{name} must be True or False, not a {type(flag).__name__}")


def _listed(role, tensors):
    if isinstance(tensors, Tensor):
        return [tensors]
    try:
        return list(tensors)
    except TypeError:
        kind = type(tensors).__name__
        raise TypeError(f"{role} must be a Tensor or a sequence of Tensors, not a {kind}") from None


def _inputs(name, inputs):
    """The tensors as a list; RuntimeError unless there are some, and all of them require grad."""
    inputs = _listed("inputs", inputs)
    if not inputs:
        raise RuntimeError(f"{name}(): inputs must not be empty")
    for position, tensor in enumerate(inputs):
        if not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            raise RuntimeError(f"{name}(): inputs[{position}] must be a Tensor, not {kind}")
        _check_requires_grad("inputs", position, tensor)
    return inputs


def _check_requires_grad(role, position, tensor):
    if tensor._node is None:
        raise RuntimeError(
            f"{role}[{position}], of shape {tensor.shape}, does not require grad: it was neither "
            "made with requires_grad=True nor computed, while recording, from a tensor that was"
        )


def _seeds(tensors, gradients):
    """A dict from each tensor's node to the gradient that the walk starts with."""
    gradients = [None] * len(tensors) if gradients is None else _listed("gradients", gradients)
    for g in gradients:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"a gradient must be a Tensor or None, not {type(g).__name__}")
    if len(gradients) != len(tensors):
        raise RuntimeError(f"got {len(gradients)} gradients for {len(tensors)} tensors")
    seeds = {}
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"tensors[{position}] must be a Tensor, not {type(tensor).__name__}")
        _check_requires_grad("tensors", position, tensor)
        node, g = tensor._node, gradients[position]
        if g is None:
            if tensor._array.size != 1:
                reason = "without one the tensor must have a single element, such as a loss"
                raise RuntimeError(
                    f"backward of a tensor of shape {tensor.shape} needs a gradient of that shape; {reason}"
                )
            g = wrap(np.empty_like(tensor._array))
            g._array.fill(1)
        elif g.shape != tensor.shape:
            raise RuntimeError(f"the gradient has shape {g.shape}, the tensor it belongs to {tensor.shape}")
        else:
            g = g.to(tensor.dtype, copy=True)  # the caller's own must not become a `.grad`
        seeds[node] = seeds[node] + g if node in seeds else g
    return seeds
