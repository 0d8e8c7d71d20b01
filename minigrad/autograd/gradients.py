"""`backward` and `grad` with PyTorch's arguments, checked here; `core/backward.py` walks."""

import warnings

import numpy as np

from ..absent import refuse
from ..core import backward as core
from ..core.tensor import Tensor, wrap
from ..ops.promotion import cast


def backward(
    tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None,
    inputs=None
):  # fmt: skip
    """Add to `.grad` of every leaf the gradient of the `tensors` weighted by `grad_tensors`.

    `grad_tensors` has, for each tensor, a tensor of its shape; None stands for 1 and is allowed for
    a tensor of one element. `retain_graph` keeps the graph for another backward (default:
    `create_graph`). With `create_graph` the gradients are themselves differentiable. With `inputs`,
    only these tensors receive a gradient.

    Raises RuntimeError for a tensor that does not require grad, a missing gradient or one of the
    wrong shape, a graph that was already walked and freed, a recorded value that was since
    overwritten in place, and for `inputs` that are empty or not tensors. TypeError for `tensors`
    and gradients that are not tensors, and for a flag that is neither True nor False.
    NotImplementedError for `grad_variables`, the old name of `grad_tensors`.
    """
    if grad_variables is not None:
        refuse("backward", "grad_variables", "grad_tensors")
    tensors = _as_list("tensors", tensors)
    gradients = _checked_gradients(grad_tensors, tensors)
    flags = _flags(retain_graph, create_graph)
    if inputs is None:
        core.accumulate(tensors, gradients, **flags)
    else:
        inputs = _checked_inputs("backward", inputs)
        targets = {tensor._node: tensor for tensor in inputs}  # a tensor given twice counts once
        arrived = core.run(tensors, gradients, targets.keys(), **flags)
        core.add_to_grads([(tensor, arrived.get(node)) for node, tensor in targets.items()])


def grad(
    outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True,
    allow_unused=None, is_grads_batched=False, materialize_grads=False
):  # fmt: skip
    """Return the tuple of the gradients of `outputs` with respect to each of `inputs`.

    No `.grad` is touched. An input that the outputs do not depend on is a RuntimeError, unless
    `allow_unused` makes its gradient None or `materialize_grads` makes it zeros. `only_inputs`,
    which changes nothing, is an old argument: False warns. The other arguments and errors are those
    of `backward`; ValueError if `materialize_grads` comes with `allow_unused=False`,
    NotImplementedError for `is_grads_batched`: call it once for each of the `grad_outputs`.

    >>> import minigrad as mg
    >>> x = mg.tensor(3.0, requires_grad=True)
    >>> (dx,) = mg.autograd.grad(x**3, x, create_graph=True)
    >>> dx.item(), mg.autograd.grad(dx, x)[0].item()
    (27.0, 18.0)
    """
    if not only_inputs:
        text = "only_inputs argument is deprecated and is ignored now; use autograd.backward"
        warnings.warn(text, FutureWarning, stacklevel=2)
    _check_flag("materialize_grads", materialize_grads)
    if is_grads_batched:
        refuse("grad", "is_grads_batched=True", "one call for each of the grad_outputs")
    if materialize_grads and allow_unused is False:
        raise ValueError("materialize_grads=True contradicts allow_unused=False; drop one")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    _check_flag("allow_unused", allow_unused)
    inputs = _checked_inputs("grad", inputs)
    outputs = _as_list("outputs", outputs)
    weights = _checked_gradients(grad_outputs, outputs)
    found = core.grad(outputs, inputs, weights, **_flags(retain_graph, create_graph))
    gradients = []
    for position, (tensor, g) in enumerate(zip(inputs, found, strict=True)):
        if g is None and not allow_unused:
            raise RuntimeError(
                f"inputs[{position}], of shape {tensor.shape}, was not used to compute the "
                "outputs; pass allow_unused=True if its gradient may be None"
            )
        if g is None and materialize_grads:
            g = wrap(np.zeros_like(tensor._array))
        gradients.append(g)
    return tuple(gradients)


# -- Arguments -------------------------------------------------------------------------------------


def _flags(retain_graph, create_graph):
    """Return the two flags by name; TypeError unless they are flags."""
    retain_graph = create_graph if retain_graph is None else retain_graph
    _check_flag("create_graph", create_graph)
    _check_flag("retain_graph", retain_graph)
    return {"retain_graph": retain_graph, "create_graph": create_graph}


def _check_flag(name, flag):
    if not isinstance(flag, int):
        raise TypeError(f"{name} must be True or False, not a {type(flag).__name__}")


def _as_list(role, tensors):
    if isinstance(tensors, Tensor):
        return [tensors]
    try:
        return list(tensors)
    except TypeError:
        kind = type(tensors).__name__
        raise TypeError(f"{role} must be a Tensor or a sequence of Tensors, not a {kind}") from None


def _checked_inputs(name, inputs):
    """Return the tensors as a list; RuntimeError if empty, or if one does not require grad."""
    inputs = _as_list("inputs", inputs)
    if not inputs:
        raise RuntimeError(f"{name}(): inputs must not be empty")
    for position, tensor in enumerate(inputs):
        if not isinstance(tensor, Tensor):
            kind = type(tensor).__name__
            raise RuntimeError(f"{name}(): inputs[{position}] must be a Tensor, not {kind}")
        _check_requires_grad("inputs", position, tensor)
    return inputs


def _checked_gradients(gradients, tensors):
    """Return a Tensor or None for each of the tensors; RuntimeError for another number."""
    gradients = [None] * len(tensors) if gradients is None else _as_list("gradients", gradients)
    for g in gradients:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"a gradient must be a Tensor or None, not {type(g).__name__}")
    if len(gradients) != len(tensors):
        raise RuntimeError(f"got {len(gradients)} gradients for {len(tensors)} tensors")
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"tensors[{position}] must be a Tensor, not {type(tensor).__name__}")
        _check_requires_grad("tensors", position, tensor)
    return [_checked_gradient(g, tensor) for g, tensor in zip(gradients, tensors, strict=True)]


def _check_requires_grad(role, position, tensor):
    if not tensor.requires_grad:
        raise RuntimeError(
            f"{role}[{position}], of shape {tensor.shape}, does not require grad: it was neither "
            "made with requires_grad=True nor computed, while recording, from a tensor that was"
        )


def _checked_gradient(g, tensor):
    """Return the gradient in the dtype of its tensor; RuntimeError for another shape."""
    if g is None and tensor.numel() != 1:
        raise RuntimeError(
            f"backward of a tensor of shape {tensor.shape} needs a gradient of that shape; "
            "without one the tensor must have a single element, such as a loss"
        )
    if g is not None and g.shape != tensor.shape:
        raise RuntimeError(
            f"the gradient has shape {g.shape}, the tensor it belongs to {tensor.shape}"
        )
    return g if g is None or g.dtype == tensor.dtype else cast(g, dtype=tensor.dtype)
