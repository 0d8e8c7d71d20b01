"""The walk back: from a result to the gradients of all that it was computed from.

The chain rule, read from the end: the gradient of a node is the sum, over the operations that used
it, of the shares that their rules hand back. So a node is visited after all of its users. Since a
node is recorded after all that it was computed from, sorting by time gives such an order.

Hooks, the search for anomalies and the check of in-place writes (`minigrad.autograd`) are
observers: the walk calls them, and knows no more of them.
"""

import numpy as np

from . import record
from .quiet import restore, silence
from .record import replaceable
from .rules import unbroadcast
from .tensor import Tensor, wrap

on_gradient = []  # called with a node and its whole gradient; each gives the gradient to go on with
before_rule = []  # called with a node and its rule, if anything was overwritten since its record
on_share = []  # called with a node, its gradient, and a share that one of its rules gave


def walk(seeds, targets=None, retain_graph=False, create_graph=False):
    """Go back from the nodes in `seeds`, {node: gradient}; return {target: gradient}.

    The gradients are arrays, under `create_graph` Tensors. What is returned shares no memory.
    """
    order, targets = leading_to(targets, users_first(seeds))
    awaited = set(order)
    gradients = dict(seeds)  # what has come to each node so far
    own = set()  # nodes whose gradient the walk has added up, so that nobody else holds it
    arrived = {}
    for node in order:
        g = gradients.pop(node, None)
        if g is None:
            continue
        for observe in on_gradient:
            g = observe(node, g)
        if node in targets:
            whose = node.operation or create_graph  # then others may hold this array
            arrived[node] = np.positive(g) if whose else g  # a copy, recorded if that of a Tensor
        if awaited.isdisjoint(node.parents):
            continue
        for parent, share in shares(node, g, awaited, create_graph):
            add_share(gradients, own, parent, share)
        if not retain_graph:
            node.inputs = node.out = node.params = None
    return arrived


def users_first(roots):
    """Return the nodes the roots were computed from, and these, each after all of its users.

    What was recorded last comes first, and a leaf just after the earliest of its users.
    """
    turns = {root: root.time for root in roots}
    found = list(roots)
    for node in found:  # grows while it is walked
        for parent in filter(None, node.parents):
            if parent not in turns:
                turns[parent] = parent.time or node.time - 0.5
                found.append(parent)
            elif not parent.time and node.time < turns[parent]:
                del turns[parent]  # to the end: leaves of one turn keep the order of the inputs
                turns[parent] = node.time - 0.5
    return sorted(turns, key=turns.get, reverse=True)


def leading_to(targets, order):
    """Return the nodes of `order` through which a gradient reaches a target, and the targets.

    Without `targets`, these are the nodes whose tensor keeps its gradient.
    """
    if targets is None:
        return order, {node for node in order if node.keeper is not None}
    useful = set(targets)
    for node in reversed(order):
        if not useful.isdisjoint(node.parents):
            useful.add(node)
    return [node for node in order if node in useful], targets


def shares(node, g, awaited, create_graph):
    """Yield pairs of a parent that is awaited, and its share of the node's gradient `g`."""
    out, inputs, params = values_of(node, awaited, create_graph)
    for i, (parent, rule) in enumerate(zip(node.parents, node.operation.rules, strict=False)):
        if parent not in awaited:
            continue
        if node.time < record.last_write:
            for observe in before_rule:
                observe(node, rule)
        share = rule(g, i, out, inputs, params)
        if share is None:
            continue
        x = node.inputs[i]
        if type(share) is not np.ndarray or share.shape != x.shape or share.dtype is not x.dtype:
            share = fitted(share, node, i)
        for observe in on_share:
            observe(node, g, share)
        if parent.operation is None and (share is g or getattr(share, "base", None) is not None):
            share = np.positive(share)  # a copy: a leaf's .grad shares memory with nothing
        yield parent, share


def values_of(node, awaited, create_graph):
    """Return the result, the inputs and the parameters that the rules of a node see."""
    if node.inputs is None:
        raise RuntimeError(
            f"backward through {node.operation.__name__} a second time: the first freed its "
            "values; pass it retain_graph=True to keep them"
        )
    if not create_graph:
        return node.out, node.inputs, node.params
    pairs = zip(node.inputs, node.parents, strict=True)  # tensors that know where they come from
    inputs = [x if parent is None else wrap(x, parent) for x, parent in pairs]
    return wrap(node.out, node), inputs, {**node.params, "awaited": awaited}  # of this walk


def fitted(share, node, i):
    """Return a share in the shape of input `i`, summed where that was broadcast."""
    x = node.inputs[i]
    if isinstance(share, np.generic):  # what NumPy makes of 0-d arrays
        share = np.asarray(share)
    if node.operation.broadcasts and share.shape == node.out.shape:
        share = unbroadcast(share, x.shape)
    if share.shape != x.shape or share.dtype != x.dtype:
        raise RuntimeError(
            f"the gradient rule of {node.operation.__name__} for input {i} gave {share.dtype} of "
            f"shape {share.shape}, the input is {x.dtype} of shape {x.shape}"
        )
    return share


def add_share(gradients, own, parent, share):
    """Add a share to what has come to its parent so far, in place if the walk made that array."""
    so_far = gradients.get(parent)
    if hasattr(share, "added_to"):  # a Part of ops/indexing.py, which adds itself where it belongs
        gradients[parent] = share.added_to(so_far, parent in own)
        own.add(parent)
    elif so_far is None:
        gradients[parent] = share
    elif parent in own and type(so_far) is np.ndarray:  # a sum of 0-d arrays is a number
        so_far += share
    else:
        gradients[parent] = so_far + share
        own.add(parent)


# -- Where a walk begins and ends ------------------------------------------------------------------


def accumulate(tensors, gradients=None, retain_graph=False, create_graph=False):
    """Add to `.grad` of every leaf the gradient of the tensors weighted by `gradients`.

    A gradient has the shape and dtype of its tensor; None stands for 1. Unless `retain_graph`, the
    values of the graph are freed on the way. With `create_graph` the gradients are differentiable.
    """
    arrived = run(tensors, gradients, None, retain_graph, create_graph)
    add_to_grads([(node.keeper(), g) for node, g in arrived.items()])


def grad(tensors, inputs, gradients=None, retain_graph=False, create_graph=False):
    """Return the gradients with respect to `inputs`, None where there is none; fill no `.grad`."""
    arrived = run(tensors, gradients, {x._node for x in inputs}, retain_graph, create_graph)
    found = [arrived.get(x._node) for x in inputs]
    return [g if g is None or isinstance(g, Tensor) else wrap(g) for g in found]


def run(tensors, gradients, targets, retain_graph, create_graph):
    """Walk back from these tensors, recording that under `create_graph` only."""
    before = record.set_mode(bool(create_graph), record.mode.inference)
    alarms = silence()
    try:
        seeds = {}
        for tensor, g in zip(tensors, gradients or [None] * len(tensors), strict=True):
            g = seed_of(tensor, g, create_graph)
            seeds[tensor._node] = seeds[tensor._node] + g if tensor._node in seeds else g
        return walk(seeds, targets, retain_graph, create_graph)
    finally:
        restore(alarms)
        record.set_mode(*before)


def seed_of(tensor, g, create_graph):
    """Return the gradient that the walk starts with at a tensor, which nobody else holds."""
    if g is None:
        g = np.array(1, tensor._array.dtype, ndmin=tensor._array.ndim)
        return wrap(g) if create_graph else g
    return np.positive(g if create_graph else g._array)


def add_to_grads(pairs):
    """Add gradients to the `.grad` of tensors, in place unless they are Tensors."""
    with record.lock:  # another thread may be adding to the same leaves
        for tensor, g in pairs:
            if tensor is None or g is None or tensor._node is None:  # it may be frozen by now
                continue
            if tensor._grad is None:
                tensor._grad = g if isinstance(g, Tensor) else wrap(g)
            elif isinstance(g, Tensor):
                with record.enable_grad():
                    tensor._grad = tensor._grad + g
            else:
                tensor._grad._array += g
                record.note_write(tensor._grad._array)


def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Add to `.grad` of every leaf that this tensor was computed from the gradient of its sum.

    `gradient` weights the elements; only a tensor of one element needs none. `retain_graph` keeps
    the graph for another backward (default: `create_graph`). With `create_graph` the gradients are
    differentiable, too. With `inputs`, these tensors alone receive a gradient.
    """
    default = gradient is None and retain_graph is None and create_graph is False and inputs is None
    if default and self._node is not None and self._array.size == 1:
        accumulate([self])
    else:
        backward_with_options(self, gradient, retain_graph, create_graph, inputs)


@replaceable
def backward_with_options(tensor, gradient, retain_graph, create_graph, inputs):
    """Check the arguments, and `accumulate`: see `minigrad.autograd`."""
    raise NotImplementedError("the core goes back from a loss, a single number that requires grad")


Tensor.backward = backward
