"""Derivatives of functions as values: Jacobians, Hessians, and their products with vectors.

`func` takes the `inputs`, a tensor or a tuple of them, and gives a tensor or a tuple. What is given
for one tensor is a tensor, what is given for a tuple a tuple. With `create_graph` the results can
be differentiated in turn, whatever the mode of the caller. `strict` refuses what is otherwise 0: a
derivative by an input on which nothing depends, or with `create_graph` one that is constant.

All raise TypeError for inputs, vectors and outputs that are no tensors, and RuntimeError for
vectors of another number or shape, in inference mode, where nothing is recorded, and for what
`strict` refuses.
"""

import numpy as np

from ..tensor import Tensor, wrap
from . import graph
from .engine import grad
from .grad_mode import enable_grad


@enable_grad()
def jacobian(func, inputs, create_graph=False, strict=False):
    """The derivative of every element of the output by every element of the input.

    Of shape output + input; for several outputs a tuple of what is given for one.

    >>> import minigrad as mg
    >>> jacobian(lambda x: x * x, mg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    return _jacobian("jacobian", func, inputs, create_graph, strict)


@enable_grad()
def hessian(func, inputs, create_graph=False, strict=False):
    """The second derivatives of a function with one output element, of shape input + input.

    RuntimeError if the function gives several tensors or elements.
    """

    def gradient(*arguments):
        out = _single_output("hessian", func, arguments, strict)
        return _like(inputs, gradients_of(out, arguments, None, True, strict))

    return _jacobian("hessian", gradient, inputs, create_graph, strict)


def _jacobian(name, func, inputs, create_graph, strict):
    arguments = _arguments(name, inputs, create_graph)
    outputs, parts = _outputs(name, func, arguments, strict)
    jacobians = []
    for out in parts:
        rows = [
            gradients_of(out, arguments, one_hot, create_graph, strict) for one_hot in one_hots(out)
        ]
        columns = zip(*rows, strict=True) if rows else [[]] * len(arguments)
        stacks = [_stacked(column, out, x) for column, x in zip(columns, arguments, strict=True)]
        jacobians.append(_like(inputs, tuple(stacks)))
    return _like(outputs, tuple(jacobians))


@enable_grad()
def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """The pair of func(inputs) and the product of `v`, of the output's shape, with the Jacobian.

    `v` may be left out where the output has a single element.
    """
    arguments = _arguments("vjp", inputs, create_graph)
    outputs, parts = _outputs("vjp", func, arguments, strict)
    v = _vectors("vjp", v, parts, "output")
    products = gradients_of(parts, arguments, v, create_graph, strict)
    return _result(outputs, create_graph), _like(inputs, products)


@enable_grad()
def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """The pair of func(inputs) and the product of the Jacobian with `v`, of the input's shape.

    `v` may be left out where the input has a single element. It takes two walks back: the first
    is linear in its seed, and the gradient by the seed is the product.
    """
    arguments = _arguments("jvp", inputs, create_graph)
    v = _vectors("jvp", v, arguments, "input")
    outputs, parts = _outputs("jvp", func, arguments, strict)
    seeds = tuple([wrap(np.zeros_like(out._array)).requires_grad_() for out in parts])
    first = gradients_of(parts, arguments, seeds, True, strict)
    products = gradients_of(first, seeds, v, create_graph, strict)
    return _result(outputs, create_graph), _like(outputs, products)


@enable_grad()
def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """The pair of func(inputs), one element, and the product of `v` with its Hessian.

    `v` has the input's shape, and may be left out where that has a single element.
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


@enable_grad()
def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """As `vhp`, which it equals wherever the second derivatives are continuous."""
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(name, func, inputs, v, create_graph, strict):
    arguments = _arguments(name, inputs, create_graph)
    v = _vectors(name, v, arguments, "input")
    out = _single_output(name, func, arguments, strict)
    first = gradients_of(out, arguments, None, True, strict)
    products = gradients_of(first, arguments, v, create_graph, strict)
    return _result(out, create_graph), _like(inputs, products)


# -- The walks -------------------------------------------------------------------------------------


def gradients_of(outputs, arguments, vectors, create_graph, strict=False):
    """The gradients of the outputs weighted by the vectors, zeros where nothing depends on one."""
    outputs = tuple_of(outputs)
    vectors = [None] * len(outputs) if vectors is None else tuple_of(vectors)
    pairs = zip(outputs, vectors, strict=True)
    flowing = [(out, vector) for out, vector in pairs if out.requires_grad]
    gradients = [None] * len(arguments)
    if flowing:
        outputs, vectors = zip(*flowing, strict=True)
        options = {"retain_graph": True, "create_graph": create_graph, "allow_unused": True}
        gradients = grad(outputs, arguments, vectors, **options)
    for i, g in enumerate(gradients if strict else ()):
        if g is None or create_graph and not g.requires_grad:
            what = "nothing depends" if g is None else "the derivative does not depend"
            raise RuntimeError(f"strict: {what} on input {i}; without strict=True this counts as 0")
    zeros = [wrap(np.zeros_like(x._array)) for x in arguments]
    return tuple([zero if g is None else g for g, zero in zip(gradients, zeros, strict=True)])


def _stacked(rows, out, x):
    shape = (*out.shape, *x.shape)
    return np.reshape(np.stack(rows), shape) if rows else wrap(np.zeros(shape, x.dtype))


def one_hots(out):
    """Tensors of the shape of `out`, each with a 1 in another place."""
    for one_hot in np.eye(out.numel(), dtype=out.dtype):
        yield wrap(one_hot.reshape(out.shape))


# -- Arguments and results -------------------------------------------------------------------------


def _tensors(name, role, values):
    """The values as a tuple; TypeError unless they are a tensor or a tuple of tensors."""
    values = values if isinstance(values, tuple) else (values,)
    for i, value in enumerate(values):
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"{name}(): {role}[{i}] must be a Tensor, in a tuple; it is a {kind}")
    return values


def refuse_inference(name):
    """RuntimeError in inference mode."""
    if graph.mode.inference:
        raise RuntimeError(f"{name}(): records operations, which inference_mode() forbids")


def _arguments(name, inputs, create_graph):
    """Copies of the inputs that require grad, with `create_graph` connected to the originals."""
    refuse_inference(name)
    inputs = _tensors(name, "inputs", inputs)
    connected = [
        np.positive(x) if create_graph and x.requires_grad else wrap(x._array) for x in inputs
    ]
    return tuple([x if x.requires_grad else x.requires_grad_() for x in connected])


def _outputs(name, func, arguments, strict):
    """What the function gives, and the same as a tuple."""
    outputs = func(*arguments)
    parts = _tensors(name, "the function's outputs", outputs)
    for i, out in enumerate(parts):
        if strict and not out.requires_grad:
            raise RuntimeError(f"{name}(): strict: output {i} depends on no input")
    return outputs, parts


def _single_output(name, func, arguments, strict):
    out, parts = _outputs(name, func, arguments, strict)
    if isinstance(out, tuple) or out.numel() != 1:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise RuntimeError(
            f"{name}(): the function must give one tensor of a single element, such as a loss; "
            f"it gave {len(parts)} of shape {shapes}"
        )
    return out


def _vectors(name, v, tensors, role):
    """The vectors that belong to the tensors, as a tuple, or None where one element needs none."""
    if v is None:
        if len(tensors) != 1 or tensors[0].numel() != 1:
            raise RuntimeError(f"{name}(): needs v unless the {role} has a single element")
        return None
    v = _tensors(name, "v", v)
    shapes, wanted = [x.shape for x in v], [x.shape for x in tensors]
    if shapes != wanted:
        raise RuntimeError(
            f"{name}(): v must have the shapes of the {role}s, {wanted}; its own are {shapes}"
        )
    return v


def _result(outputs, create_graph):
    if create_graph:
        return outputs
    return _like(outputs, tuple([out.detach() for out in tuple_of(outputs)]))


def tuple_of(values):
    """A tuple or list as a tuple, any other value as a tuple of one."""
    return tuple(values) if isinstance(values, (tuple, list)) else (values,)


def _like(pattern, values):
    """The values as a tuple, or the only one where the pattern is a single tensor."""
    return values[0] if isinstance(pattern, Tensor) else values
