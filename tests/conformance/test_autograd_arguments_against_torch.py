"""Right and wrong arguments of backward, grad and the derivatives as values, beside PyTorch's.

Both must give the same values, or raise the same type of error.
"""

import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def leaf(m):
    return m.tensor([1.0, 2.0, 3.0], dtype=m.float64, requires_grad=True)


def ones(m, *shape):
    return m.ones(*shape, dtype=m.float64)


def plain(value):
    """Tensors as their values, dtypes and whether they require grad; exceptions as their types."""
    if isinstance(value, (tuple, list)):
        return [plain(element) for element in value]
    if isinstance(value, (mg.Tensor, torch.Tensor)):
        return value.tolist(), str(value.dtype).removeprefix("torch."), value.requires_grad
    return value


def outcome(function, m):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns of cycles under create_graph
            return plain(function(m))
    except Exception as error:
        if m is mg:
            foreign = ("zip()", "has no attribute", "object is not", "unexpected keyword")
            assert not any(words in str(error) for words in foreign)
        return type(error)


def check(function):
    ours, theirs = (outcome(function, m) for m in (mg, torch))
    assert ours == theirs


# -- backward and grad -----------------------------------------------------------------------------

GRADIENTS = {
    "None": lambda m: None,
    "right": lambda m: ones(m, 3),
    "in a tuple": lambda m: (ones(m, 3),),
    "in a set": lambda m: {ones(m, 3)},
    "generator": lambda m: (ones(m, 3) for _ in range(1)),
    "requires grad": leaf,
    "float32": lambda m: m.ones(3),
    "integers": lambda m: m.tensor([1, 2, 3]),
    "booleans": lambda m: m.tensor([True, False, True]),
    "scalar": lambda m: m.tensor(2.0),
    "short": lambda m: ones(m, 2),
    "of two axes": lambda m: ones(m, 1, 3),
    "empty": lambda m: [],
    "number": lambda m: 3,
    "numbers": lambda m: [1.0, 1.0, 1.0],
    "array": lambda m: np.ones(3),
    "string": lambda m: "abc",
    "dictionary": lambda m: {"a": ones(m, 3)},
    "None in a tuple": lambda m: (None,),
}

WITH_GRADIENTS = {
    "grad": lambda m, x, g: m.autograd.grad(x * x, x, g),
    "grad of a scalar": lambda m, x, g: m.autograd.grad((x * x).sum(), x, g),
    "grad, create_graph": lambda m, x, g: m.autograd.grad(x * x, x, g, create_graph=True),
    "backward": lambda m, x, g: (x * x).backward(g),
    "backward of a scalar": lambda m, x, g: (x * x).sum().backward(g),
    "backward, create_graph": lambda m, x, g: (x * x).backward(g, create_graph=True),
    "autograd.backward": lambda m, x, g: m.autograd.backward(x * x, g),
    "backward of a list": lambda m, x, g: m.autograd.backward([x * x], g),
    "backward of two": lambda m, x, g: m.autograd.backward([x * x, x * 2], g),
}


@pytest.mark.parametrize("call", WITH_GRADIENTS.values(), ids=WITH_GRADIENTS)
@pytest.mark.parametrize("gradients", GRADIENTS.values(), ids=GRADIENTS)
def test_gradients_to_start_with(gradients, call):
    def run(m):
        x = leaf(m)
        return call(m, x, gradients(m)), x.grad

    check(run)


def test_more_gradients_than_tensors_are_refused():
    """PyTorch drops the last of them."""
    x = leaf(mg)
    for call in list(WITH_GRADIENTS.values())[:-1]:
        with pytest.raises(RuntimeError, match="got 2 gradients for 1 tensors"):
            call(mg, x, [ones(mg, 3), ones(mg, 3)])
    assert x.grad is None


INPUTS = {
    "one": lambda x: x,
    "twice": lambda x: [x, x],
    "generator": lambda x: (tensor for tensor in [x]),
    "set": lambda x: {x},
    "keys": lambda x: {x: 1}.keys(),
    "empty list": lambda x: [],
    "empty tuple": lambda x: (),
    "None": lambda x: None,
    "None in a list": lambda x: [None],
    "number": lambda x: 3,
    "number in a list": lambda x: [x, 3],
    "string": lambda x: "a",
    "nested": lambda x: [[x]],
    "array": lambda x: np.ones(3),
    "detached": lambda x: x.detach(),
}

WITH_INPUTS = {
    "grad": lambda m, y, x: m.autograd.grad(y, x),
    "backward": lambda m, y, x: y.backward(inputs=x),
    "autograd.backward": lambda m, y, x: m.autograd.backward(y, inputs=x),
}


@pytest.mark.parametrize("call", WITH_INPUTS.values(), ids=WITH_INPUTS)
@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
def test_inputs(inputs, call):
    def run(m):
        x = leaf(m)
        return call(m, (x * x).sum(), inputs(x)), x.grad

    check(run)


@pytest.mark.parametrize("outputs", [3, None, [3], "a", [None], [[3]], np.ones(1), ["a"]])
def test_outputs_that_are_no_tensors(outputs):
    """PyTorch asserts it in some of the cases."""
    x = leaf(mg)
    for call in (lambda: mg.autograd.grad(outputs, x), lambda: mg.autograd.backward(outputs)):
        with pytest.raises(TypeError, match="must be a Tensor"):
            call()


FLAGS = [True, False, 0, 1, 2, None, 1.0, "a", "", [], np.bool_(True)]

WITH_FLAGS = {
    "backward(retain_graph)": lambda m, x, flag: (x * x).sum().backward(retain_graph=flag),
    "backward(create_graph)": lambda m, x, flag: (x * x).sum().backward(create_graph=flag),
    "grad(retain_graph)": lambda m, x, flag: m.autograd.grad((x * x).sum(), x, retain_graph=flag),
    "grad(create_graph)": lambda m, x, flag: m.autograd.grad((x * x).sum(), x, create_graph=flag),
    "grad(allow_unused)": lambda m, x, flag: m.autograd.grad(
        (x * x).sum(), leaf(m), allow_unused=flag
    ),
    "grad(materialize_grads)": lambda m, x, flag: m.autograd.grad(
        (x * x).sum(), leaf(m), materialize_grads=flag
    ),
    "both": lambda m, x, flag: m.autograd.grad(
        (x * x).sum(), leaf(m), materialize_grads=True, allow_unused=flag
    ),
}


@pytest.mark.parametrize("call", WITH_FLAGS.values(), ids=WITH_FLAGS)
@pytest.mark.parametrize("flag", FLAGS, ids=repr)
def test_flags(flag, call):
    def run(m):
        x = leaf(m)
        return call(m, x, flag), x.grad

    check(run)


# -- Derivatives as values -------------------------------------------------------------------------

NAMES = ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"]
OF_VECTORS = NAMES[2:]


def cubes(name):
    """A function of one argument and more, of the kind that the derivative is made for."""
    if name in ("jacobian", "vjp", "jvp"):
        return lambda x, *others: x * x * x
    return lambda x, *others: (x * x * x).sum()


def called(m, name, function, inputs, *v, **options):
    return getattr(m.autograd.functional, name)(function, inputs, *v, **options)


VALUES = {
    "right": leaf,
    "tuple": lambda m: (leaf(m), leaf(m)),
    "number": lambda m: 3,
    "string": lambda m: "a",
    "None": lambda m: None,
    "number in a tuple": lambda m: (leaf(m), 3),
    "list": lambda m: [leaf(m)],
    "array": lambda m: np.ones(3),
    "empty tuple": lambda m: (),
    "integers": lambda m: m.tensor([1, 2, 3]),
    "generator": lambda m: (leaf(m) for _ in range(1)),
    "dictionary": lambda m: {"a": leaf(m)},
    "short": lambda m: ones(m, 2),
    "of two axes": lambda m: ones(m, 1, 3),
    "float32": lambda m: m.ones(3),
    "None in a tuple": lambda m: (None,),
}


@pytest.mark.parametrize("inputs", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", NAMES)
def test_inputs_of_derivatives(name, inputs):
    vectors = [ones(mg, 3)] if name in OF_VECTORS else []

    def run(m):
        v = [m.tensor(vector.tolist(), dtype=m.float64) for vector in vectors]
        return called(m, name, cubes(name), inputs(m), *v)

    check(run)


OUTPUTS = {
    "number": lambda x: 3,
    "None": lambda x: None,
    "string": lambda x: "s",
    "list": lambda x: [x * x],
    "with a number": lambda x: (x * x, 3),
    "nested": lambda x: ((x * x,),),
    "array": lambda x: x.detach().numpy(),
    "detached": lambda x: x.detach(),
    "two elements": lambda x: x[:2],
    "tuple of one": lambda x: ((x * x).sum(),),
    "one element": lambda x: (x * x).sum().reshape(1),
    "constant": lambda x: x.detach().sum(),
    "integers": lambda x: (x > 0).long(),
    "an integer": lambda x: (x > 0).long().sum(),
    "its argument": lambda x: x,
    "twice the same": lambda x: (x, x),
}


@pytest.mark.parametrize("function", OUTPUTS.values(), ids=OUTPUTS)
@pytest.mark.parametrize("v", [lambda m: (), lambda m: (ones(m, 3),)], ids=["no v", "v"])
@pytest.mark.parametrize("name", NAMES)
def test_outputs_of_the_function(name, v, function):
    check(lambda m: called(m, name, function, leaf(m), *(v(m) if name in OF_VECTORS else ())))


@pytest.mark.parametrize("v", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("name", OF_VECTORS)
def test_vectors(name, v):
    check(lambda m: called(m, name, cubes(name), leaf(m), v(m)))
    several = {2: lambda x, y: (x * y, x + y), 1: lambda x, y: (x * y).sum()}
    function = several[2 if name in ("vjp", "jvp") else 1]
    check(lambda m: called(m, name, function, (leaf(m), leaf(m)), v(m)))


FUNCTIONS = {
    "cubic": lambda x: (x * x * x).sum(),
    "quadratic": lambda x: (x * x).sum(),
    "linear": lambda x: (x * 2).sum(),
    "independent": lambda x: x.detach().sum() * 2,
    "of the first": lambda x, y: (x * x * x).sum(),
    "of both": lambda x, y: (x * x * y * y).sum(),
}


@pytest.mark.parametrize("options", [{}, {"strict": True}, {"strict": True, "create_graph": True}])
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_strict(name, function, options):
    def run(m):
        count = FUNCTIONS[function].__code__.co_argcount
        inputs = tuple([leaf(m) for _ in range(count)])
        v = []
        if name in OF_VECTORS:
            v = [None if name == "vjp" else tuple([leaf(m) for _ in range(count)])]
        return called(m, name, FUNCTIONS[function], inputs, *v, **options)

    check(run)


# -- Custom functions ------------------------------------------------------------------------------

CUSTOM = {
    "right": (lambda ctx, x, c: x * c, lambda ctx, g: (g * 2, None)),
    "no gradient": (lambda ctx, x, c: x * c, lambda ctx, g: (None, None)),
    "Nones too many": (lambda ctx, x, c: x * c, lambda ctx, g: (g, None, None)),
    "too many": (lambda ctx, x, c: x * c, lambda ctx, g: (g, None, g)),
    "too few": (lambda ctx, x, c: x * c, lambda ctx, g: g),
    "none at all": (lambda ctx, x, c: x * c, lambda ctx, g: ()),
    "list": (lambda ctx, x, c: x * c, lambda ctx, g: [g, None]),
    "number": (lambda ctx, x, c: x * c, lambda ctx, g: (3, None)),
    "of a constant": (lambda ctx, x, c: x * c, lambda ctx, g: (g, g)),
    "of another shape": (lambda ctx, x, c: x * c, lambda ctx, g: (g[:2], None)),
    "of another dtype": (lambda ctx, x, c: x * c, lambda ctx, g: (g.float(), None)),
    "another output": (lambda ctx, x, c: (x * c, c), lambda ctx, g, h: (g * 2, h)),
    "None put out": (lambda ctx, x, c: (x * c, None), lambda ctx, g, h: (g * 2, h)),
    "dtypes mixed": (
        lambda ctx, x, c: (x * c, x.float(), x > 1),
        lambda ctx, g, h, i: (g * 2 + h.double() + i, None),
    ),
    "its argument": (lambda ctx, x, c: x, lambda ctx, g: (g * 2, None)),
    "saves a number": (
        lambda ctx, x, c: (ctx.save_for_backward(c), x)[1],
        lambda ctx, g: (g, None),
    ),
    "saves None": (
        lambda ctx, x, c: (ctx.save_for_backward(None, x), x * c)[1],
        lambda ctx, g: (g * 2 * ctx.saved_tensors[1], ctx.saved_tensors[0]),
    ),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", CUSTOM)
def test_custom_functions(name, create_graph):
    forward, backward = CUSTOM[name]

    def run(m):
        members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
        x = leaf(m)
        outputs = type("F", (m.autograd.Function,), members).apply(x, 3)
        first, *others = outputs if isinstance(outputs, tuple) else (outputs,)
        total = (first * first).sum()
        if others and isinstance(others[0], type(x)):
            total = total + others[0].sum()
        grads = m.autograd.grad(total, x, create_graph=create_graph, allow_unused=True)
        return first, others, [g if g is None else (g.tolist(), str(g.dtype)[-7:]) for g in grads]

    check(run)


# -- With a graph, whatever the mode of the caller -------------------------------------------------


def again(m, result, x):
    """The results, and the gradient of them all together."""
    tensors = []
    pending = [result]
    while pending:
        value = pending.pop()
        pending += value if isinstance(value, tuple) else []
        tensors += [value] if not isinstance(value, tuple) else []
    with m.enable_grad():
        total = sum((tensor * tensor).sum() for tensor in tensors)
    return result, m.autograd.grad(total, x)


@pytest.mark.parametrize("mode", ["no_grad", "enable_grad"])
@pytest.mark.parametrize("name", NAMES)
def test_derivatives_with_a_graph_in_any_mode(name, mode):
    def run(m):
        x, v = leaf(m), [leaf(m)] if name in OF_VECTORS else []
        with getattr(m, mode)():
            result = called(m, name, cubes(name), x, *v, create_graph=True)
            seen = m.is_grad_enabled()
        return seen, again(m, result, [x, *v])

    check(run)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("mode", ["no_grad", "enable_grad", "inference_mode"])
def test_gradients_in_any_mode(mode, create_graph):
    """Also by what the walk starts with, and added to a gradient that has a graph already."""

    def run(m):
        x, g = leaf(m), leaf(m)
        y = x * x * x
        with getattr(m, mode)():
            (first,) = m.autograd.grad(y, x, g, create_graph=create_graph, retain_graph=True)
            for _ in range(2):
                y.backward(g, create_graph=create_graph, retain_graph=True)
        results = [first, x.grad]
        if first.requires_grad:
            results += [m.autograd.grad(z.sum(), [x, g], retain_graph=True) for z in results]
        return results

    check(run)


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_in_inference_mode_are_refused(name):
    """PyTorch gives zeros there, for nothing is recorded."""
    v = [ones(mg, 3)] if name in OF_VECTORS else []
    with mg.inference_mode(), pytest.raises(RuntimeError, match=rf"{name}\(\).*inference_mode"):
        called(mg, name, cubes(name), leaf(mg), *v)


@pytest.mark.parametrize("check_of", [mg.autograd.gradcheck, mg.autograd.gradgradcheck])
def test_checks_of_gradients_in_any_mode(check_of):
    """PyTorch's find fault with every function there."""
    with mg.no_grad():
        assert check_of(lambda x: x * x * x, leaf(mg))
    with mg.inference_mode(), pytest.raises(RuntimeError, match="gradcheck.*inference_mode"):
        check_of(lambda x: x * x * x, leaf(mg))
