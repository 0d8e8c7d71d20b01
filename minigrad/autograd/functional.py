"""Derivatives of functions: Jacobians, Hessians, and their products with vectors.

`func` takes the `inputs`, a tensor or a tuple of them, and returns a tensor or a tuple. Each
function returns a tensor for a tensor, a tuple for a tuple. With `create_graph` the results can be
differentiated in turn, whatever the mode of the caller. `strict` refuses what otherwise counts as
0: a derivative by an input on which nothing depends, or with `create_graph` one that is constant.

All raise TypeError if inputs, vectors or outputs are not tensors, and RuntimeError for vectors of
another number or shape, in inference mode, where nothing is recorded, and for what `strict`
refuses.
"""

import numpy as np

from ..absent import refuse
from ..core.tensor import Tensor, wrap
from ..core import record
from .gradients import grad
from .grad_mode import enable_grad

__all__ = "hessian hvp jacobian jvp vhp vjp".split()


@enable_grad()
def jacobian(
    func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"
):  # fmt: skip
    """Return the derivative of every element of the output by every element of the input.

    Its shape is output + input; for several outputs the result is a tuple with one entry for each.
    `vectorize`, by which PyTorch is faster, changes nothing, and `strict` excludes it, a
    RuntimeError. NotImplementedError for another `strategy`.

    >>> import minigrad as mg
    >>> jacobian(lambda x: x * x, mg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    _check_strategy("jacobian", "strategy", strategy, strict and vectorize)
    return _jacobian("jacobian", func, inputs, create_graph, strict)


@enable_grad()
def hessian(
    func, inputs, create_graph=False, strict=False, vectorize=False,
    outer_jacobian_strategy="reverse-mode"
):  # fmt: skip
    """Return the second derivatives of a function with one output element.

    Their shape is input + input. RuntimeError if the function returns several tensors or
    elements; else as `jacobian`.
    """
    _check_strategy(
        "hessian", "outer_jacobian_strategy", outer_jacobian_strategy, strict and vectorize
    )

    def gradient(*arguments):
        out = _call_for_scalar("hessian", func, arguments, strict)
        return _packed_like(inputs, gradients_of(out, arguments, None, True, strict))

    return _jacobian("hessian", gradient, inputs, create_graph, strict)


def _check_strategy(name, argument, strategy, strictly_vectorized):
    if strategy != "reverse-mode":
        refuse(name, f"{argument}={strategy!r}", "'reverse-mode'")
    if strictly_vectorized:
        raise RuntimeError(f"{name}(): strict and vectorize cannot both be True")


def _jacobian(name, func, inputs, create_graph, strict):
    arguments = _tracked_inputs(name, inputs, create_graph)
    outputs, parts = _call(name, func, arguments, strict)
    jacobians = []
    for out in parts:
        rows = [
            gradients_of(out, arguments, one_hot, create_graph, strict) for one_hot in one_hots(out)
        ]
        columns = zip(*rows, strict=True) if rows else [[]] * len(arguments)
        stacks = [_stacked(column, out, x) for column, x in zip(columns, arguments, strict=True)]
        jacobians.append(_packed_like(inputs, tuple(stacks)))
    return _packed_like(outputs, tuple(jacobians))


@enable_grad()
def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """Return func(inputs), and the product of `v`, of the output's shape, with the Jacobian.

    `v` may be left out where the output has a single element.
    """
    arguments = _tracked_inputs("vjp", inputs, create_graph)
    outputs, parts = _call("vjp", func, arguments, strict)
    v = _checked_vectors("vjp", v, parts, "output")
    products = gradients_of(parts, arguments, v, create_graph, strict)
    return _detached(outputs, create_graph), _packed_like(inputs, products)


@enable_grad()
def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """Return func(inputs), and the product of the Jacobian with `v`, of the input's shape.

    `v` may be left out where the input has a single element. It takes two walks back: the first is
    linear in its seed, and the gradient by the seed is the product.
    """
    arguments = _tracked_inputs("jvp", inputs, create_graph)
    v = _checked_vectors("jvp", v, arguments, "input")
    outputs, parts = _call("jvp", func, arguments, strict)
    seeds = tuple([wrap(np.zeros_like(out._array)).requires_grad_() for out in parts])
    first = gradients_of(parts, arguments, seeds, True, strict)
    products = gradients_of(first, seeds, v, create_graph, strict)
    return _detached(outputs, create_graph), _packed_like(outputs, products)


@enable_grad()
def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """Return func(inputs), one element, and the product of `v` with its Hessian.

    `v` has the input's shape, and may be left out where that has a single element.
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


@enable_grad()
def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """Return the same as `vhp`, wherever the second derivatives are continuous."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name, func, inputs, v, create_graph, strict):
    arguments = _tracked_inputs(name, inputs, create_graph)
    v = _checked_vectors(name, v, arguments, "input")
    out = _call_for_scalar(name, func, arguments, strict)
    first = gradients_of(out, arguments, None, True, strict)
    products = gradients_of(first, arguments, v, create_graph, strict)
    return _detached(out, create_graph), _packed_like(inputs, products)


# -- The walks -------------------------------------------------------------------------------------


def gradients_of(outputs, arguments, vectors, create_graph, strict=False):
    """Return the gradients of the outputs weighted by `vectors`, zeros where there is none."""
    outputs = tuple_of(outputs)
    vectors = [None] * len(outputs) if vectors is None else tuple_of(vectors)
    pairs = zip(outputs, vectors, strict=True)
    flowing = [(out, vector) for out, vector in pairs if out.requires_grad]
    gradients = [None] * len(arguments)
    if flowing:
        outputs, vectors = zip(*flowing, strict=True)
        options = {"retain_graph": True, "create_graph": create_graph, "allow_unused": True}
        gradients = grad(outputs, arguments, vectors, **options)
    if strict:
        _check_strict(gradients, create_graph)
    zeros = [wrap(np.zeros_like(x._array)) for x in arguments]
    return tuple([zero if g is None else g for g, zero in zip(gradients, zeros, strict=True)])


def _check_strict(gradients, create_graph):
    """Raise RuntimeError for a missing gradient and, with `create_graph`, for a constant one."""
    for i, g in enumerate(gradients):
        if g is None or create_graph and not g.requires_grad:
            what = "nothing depends" if g is None else "the derivative does not depend"
            raise RuntimeError(f"strict: {what} on input {i}; without strict=True this counts as 0")


def _stacked(rows, out, x):
    """Return the Jacobian of `out` by `x`, given its rows."""
    shape = (*out.shape, *x.shape)
    return np.reshape(np.stack(rows), shape) if rows else wrap(np.zeros(shape, x.dtype))


def one_hots(out):
    """Yield tensors of the shape of `out`, each with a 1 in another place."""
    for one_hot in np.eye(out.numel(), dtype=out.dtype):
        yield wrap(one_hot.reshape(out.shape))


# -- Arguments and results -------------------------------------------------------------------------


def _checked_tensors(name, role, values):
    """Return the values as a tuple; TypeError unless they are a tensor or a tuple of them."""
    values = values if isinstance(values, tuple) else (values,)
    for i, value in enumerate(values):
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"{name}(): {role}[{i}] must be a Tensor, in a tuple; it is a {kind}")
    return values


def refuse_inference(name):
    """Raise RuntimeError in inference mode."""
    if record.mode.inference:
        raise RuntimeError(f"{name}(): records operations, which inference_mode() forbids")


def _tracked_inputs(name, inputs, create_graph):
    """Return copies of the inputs that require grad.

    With `create_graph` they are connected to the originals.
    """
    refuse_inference(name)
    inputs = _checked_tensors(name, "inputs", inputs)
    connected = [
        np.positive(x) if create_graph and x.requires_grad else wrap(x._array) for x in inputs
    ]
    return tuple([x if x.requires_grad else x.requires_grad_() for x in connected])


def _call(name, func, arguments, strict):
    """Call the function; return what it returns, and the same as a tuple."""
    outputs = func(*arguments)
    parts = _checked_tensors(name, "the function's outputs", outputs)
    for i, out in enumerate(parts):
        if strict and not out.requires_grad:
            raise RuntimeError(f"{name}(): strict: output {i} depends on no input")
    return outputs, parts


def _call_for_scalar(name, func, arguments, strict):
    out, parts = _call(name, func, arguments, strict)
    if isinstance(out, tuple) or out.numel() != 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise RuntimeError(
            f"{name}(): the function must give one tensor of a single element, such as a loss; "
            f"it gave {len(parts)} of shape {shapes}"
        )
    return out


def _checked_vectors(name, v, tensors, role):
    """Return the vectors of the tensors as a tuple, or None where one element needs none."""
    if v is None:
        if len(tensors) != 1 or tensors[0].numel() != 1:
            raise RuntimeError(f"{name}(): needs v unless the {role} has a single element")
        return None
    v = _checked_tensors(name, "v", v)
    shapes = [x.shape for x in v]
    wanted = [x.shape for x in tensors]
    if shapes != wanted:
        raise RuntimeError(
            f"{name}(): v must have the shapes of the {role}s, {wanted}; its own are {shapes}"
        )
    return v


def _detached(outputs, create_graph):
    """Return the outputs, without their history unless `create_graph`."""
    if create_graph:
        return outputs
    return _packed_like(outputs, tuple([out.detach() for out in tuple_of(outputs)]))


def tuple_of(values):
    """Return a tuple or list as a tuple, any other value as a tuple of one."""
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _packed_like(pattern, values):
    """Return the values, or the only one where `pattern` is a single tensor."""
    return values[0] if isinstance(pattern, Tensor) else values
