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
