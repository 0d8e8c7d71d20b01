"""Custom functions, and derivatives as values, against PyTorch's."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def same(ours, theirs):
    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple)
        for x, y in zip(ours, theirs, strict=True):
            same(x, y)
    else:
        assert ours.shape == tuple(theirs.shape)
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-12, atol=1e-14)


def functions(m):
    """Custom functions for the library `m`: one output, a saved output, several outputs, the later style."""

    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, power):
            ctx.save_for_backward(x)
            ctx.power = power
            return x**power

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * ctx.power * x ** (ctx.power - 1), None

    class Exp(m.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = m.exp(x)
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    class SumAndProduct(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x + y, x * y, (x > y)

        @staticmethod
        def backward(ctx, grad_sum, grad_product, _grad_larger):
            x, y = ctx.saved_tensors
            return grad_sum + grad_product * y, grad_sum + grad_product * x

    class Square(m.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            return 2 * grad * ctx.saved_tensors[0]

    def several(x, y):
        total, product, larger = SumAndProduct.apply(x * x, y)
        assert not larger.requires_grad
        return (total * product * product).sum()

    return {
        "cube": lambda x, y: (Cube.apply(x, 3) * y).sum(),
        "exp": lambda x, y: (Exp.apply(x * y) * x).sum(),
        "several": several,
        "square": lambda x, y: (Square.apply(x) * Square.apply(y)).sum(),
    }


def leaves(m):
    rng = np.random.default_rng(0)
    return [m.tensor(rng.uniform(0.5, 1.5, 3), requires_grad=True) for _ in range(2)]


@pytest.mark.parametrize("name", functions(mg))
def test_custom_functions_to_third_order(name):
    results = []
    for m in (mg, torch):
        x, y = leaves(m)
        orders = []
        value = functions(m)[name](x, y)
        for _ in range(3):
            gradients = m.autograd.grad(value, (x, y), create_graph=True)
            orders.append(gradients)
            value = (gradients[0] * gradients[1]).sum()
        plain = functions(m)[name](x, y)
        plain.backward()
        results.append((*orders, (x.grad, y.grad)))
    same(*results)


def test_custom_functions_are_checked():
    class Wrong(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x, y = leaves(mg)
    with pytest.raises(RuntimeError, match="gave 1 gradients for 2 inputs"):
        Wrong.apply(x, y).sum().backward()
    z = x * 1
    out = Wrong.apply(z, y).sum()
    z.add_(1)
    with pytest.raises(RuntimeError, match="Wrong: a saved tensor was changed"):
        out.backward()


FUNCTIONALS = {
    "jacobian": lambda f, m, x, y: f.jacobian(lambda x: x * x.sum(), x),
    "jacobian of two": lambda f, m, x, y: f.jacobian(lambda x, y: (x * y, x.sum()), (x, y)),
    "jacobian with a graph": lambda f, m, x, y: m.autograd.grad(
        f.jacobian(lambda x: x**3, x, create_graph=True).sum(), x
    ),
    "hessian": lambda f, m, x, y: f.hessian(lambda x: (x**3).sum() * x[0], x),
    "hessian of two": lambda f, m, x, y: f.hessian(lambda x, y: (x * x * y).sum(), (x, y)),
    "hessian of none": lambda f, m, x, y: f.hessian(lambda x, y: (x * 2).sum(), (x, y)),
    "vjp": lambda f, m, x, y: f.vjp(lambda x: m.exp(x), x, y),
    "vjp of two": lambda f, m, x, y: f.vjp(lambda x, y: (x * y, x + y), (x, y), (y, x)),
    "vjp of a scalar": lambda f, m, x, y: f.vjp(lambda x: (x * x).sum(), x),
    "hvp": lambda f, m, x, y: f.hvp(lambda x: (x**3).sum(), x, y),
    "hvp of two": lambda f, m, x, y: f.hvp(lambda x, y: (x * x * y).sum(), (x, y), (y, x)),
}


@pytest.mark.parametrize("name", FUNCTIONALS)
def test_derivatives_as_values(name):
    ours, theirs = (FUNCTIONALS[name](m.autograd.functional, m, *leaves(m)) for m in (mg, torch))
    same(ours, theirs)


# -- Graphs whose values are used whole and in parts, again and again ------------------------------------------

USES = [
    lambda m, x, y, k: x + y,
    lambda m, x, y, k: x * y,
    lambda m, x, y, k: x - y * k,
    lambda m, x, y, k: m.cat([x[:1], x[1:] * 2.0]),
    lambda m, x, y, k: m.stack([x[i] * (i + 1.0) for i in range(3)]),
    lambda m, x, y, k: m.cat(x.split([1, 2])[::-1]),
    lambda m, x, y, k: x.t()[k] + y,
    lambda m, x, y, k: (x[0, 0] + x[..., 1].sum() + x[None][0, 2, 1]) * y,
    lambda m, x, y, k: m.cat([x.chunk(3, 1)[2], y[:, :2] + x[:, k : k + 1]], 1),
    lambda m, x, y, k: x.t() + y,
]


def value_of(m, leaves, program):
    values = list(leaves)
    for use, x, y, k in program:
        values.append(USES[use](m, values[x], values[y], k))
    return sum(((value * value).sum() if i % 2 else value.sum()) for i, value in enumerate(values))


def test_gradients_of_random_graphs():
    for seed in range(400):
        rng = np.random.default_rng(seed)
        program = [
            (rng.integers(len(USES)), *rng.integers(2 + i, size=2), int(rng.integers(3)))
            for i in range(rng.integers(2, 9))
        ]
        arrays = rng.normal(size=(2, 3, 3)) / 2
        ours, theirs = ([m.tensor(a, requires_grad=True) for a in arrays] for m in (mg, torch))
        mine = value_of(mg, ours, program)
        mine.backward(retain_graph=True)
        value_of(torch, theirs, program).backward()
        for x, y, again in zip(ours, theirs, mg.autograd.grad(mine, ours), strict=True):
            np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=f"{program}")
            np.testing.assert_array_equal(x.grad.numpy(), again.numpy())


# -- Walks within walks ------------------------------------------------------------------------------


def checkpointed(m):
    """A chain whose parts are computed anew, and walked, while the whole is walked."""

    class Checkpoint(m.autograd.Function):
        @staticmethod
        def forward(ctx, function, *inputs):
            ctx.function = function
            ctx.save_for_backward(*inputs)
            return function(*inputs)

        @staticmethod
        def backward(ctx, g):
            inputs = [x.detach().requires_grad_() for x in ctx.saved_tensors]
            with m.enable_grad():
                out = ctx.function(*inputs)
            m.autograd.backward(out, g)
            return None, *[x.grad for x in inputs]

    x, w = leaves(m)
    y = x
    for _ in range(3):
        y = Checkpoint.apply(lambda a, b: m.tanh(a * b), y, w)
    y.sum().backward()
    return x.grad, w.grad


def walked_in_a_hook(m):
    x, w = leaves(m)
    y = x * x
    modes = []

    def scale(g):
        modes.append(m.is_grad_enabled())
        with m.enable_grad():
            z = (w * w).sum()
        z.backward()
        modes.append(m.is_grad_enabled())
        return g * w.grad

    y.register_hook(scale)
    (y * 2).sum().backward()
    assert modes == [False, False]
    return x.grad, w.grad


@pytest.mark.parametrize("program", [checkpointed, walked_in_a_hook])
def test_walks_within_walks(program):
    same(program(mg), program(torch))
