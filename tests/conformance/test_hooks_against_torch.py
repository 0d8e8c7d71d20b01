"""Gradient hooks, in-place draws and other methods that the operator database does not call, against PyTorch."""

import random

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def with_hooks(m, on_leaf, replace, retain):
    x = m.tensor([1.0, -2.0, 3.0], dtype=m.float64, requires_grad=True)
    y = x * x
    seen = []

    def hook(g):
        seen.append(g.tolist())
        return g * 2 + 1 if replace else None

    (x if on_leaf else y).register_hook(hook)
    if retain:
        y.retain_grad()
    z = (y.exp() * 0.1 + y + x).sum()
    z.backward(retain_graph=True)
    z.backward()
    (g,) = m.autograd.grad((x * x * x).sum(), x)
    return x.grad.tolist(), y.grad.tolist() if retain else None, seen, g.tolist()


@pytest.mark.parametrize("on_leaf", [False, True])
@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("retain", [False, True])
def test_hooks(on_leaf, replace, retain):
    ours, theirs = (with_hooks(m, on_leaf, replace, retain) for m in (mg, torch))
    assert str(ours) == str(theirs) or np.allclose(np.array(ours[0]), np.array(theirs[0]), rtol=1e-14)
    assert len(ours[2]) == len(theirs[2])
    for mine, other in zip([*ours[2], ours[3], ours[1] or []], [*theirs[2], theirs[3], theirs[1] or []], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-13)


@pytest.mark.parametrize("seed", range(40))
def test_hooks_run_in_the_order_of_pytorch(seed):
    """What was recorded last is walked first; a leaf has its turn as soon as its gradient is complete."""

    def calls(m):
        rng, seen = random.Random(seed), []
        tensors = [m.ones(2, requires_grad=True) for _ in range(3)]
        for _ in range(8):
            x, y = rng.choice(tensors), rng.choice(tensors)
            tensors.append(x * y if rng.random() < 0.5 else x + y)
        for i, x in enumerate(tensors):
            x.register_hook(lambda _g, i=i: seen.append(i))
        sum(tensors[-3:]).sum().backward()
        return seen

    assert calls(mg) == calls(torch)


REDRAWN = {
    "uniform_": ((-1.0, 3.0), 1.0, 4 / 12**0.5),
    "normal_": ((2.0, 0.5), 2.0, 0.5),
    "bernoulli_": ((0.3,), 0.3, 0.21**0.5),
    "exponential_": ((4.0,), 0.25, 0.25),
}


@pytest.mark.parametrize("name", REDRAWN)
def test_what_is_drawn_in_place(name):
    arguments, mean, std = REDRAWN[name]
    n, drawn = 40_000, []
    for m in (mg, torch):
        m.manual_seed(0)
        x = m.zeros(n, dtype=m.float64)
        assert getattr(x, name)(*arguments) is x
        drawn.append(x)
    for x in drawn:
        assert float(x.mean()) == pytest.approx(mean, abs=5 * std / n**0.5)
        assert float(x.std()) == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize("name", REDRAWN)
def test_what_is_drawn_in_place_has_no_gradient(name):
    for m in (mg, torch):
        x = m.ones(3, requires_grad=True)
        y = x * 2
        getattr(y, name)()
        (y * y).sum().backward()
        assert x.grad.tolist() == [0, 0, 0]
        with pytest.raises(RuntimeError, match="leaf"):
            getattr(x, name)()


@pytest.mark.parametrize(
    "call",
    [lambda x: x.uniform_(2, 1), lambda x: x.normal_(0, -1), lambda x: x.bernoulli_(1.5), lambda x: x.exponential_(0)],
)
def test_what_cannot_be_drawn(call):
    for m in (mg, torch):
        with pytest.raises(RuntimeError):
            call(m.zeros(2))


def test_limits_of_dtypes():
    for dtype in ("float32", "float64"):
        ours, theirs = (m.finfo(getattr(m, dtype)) for m in (mg, torch))
        for name in ("min", "max", "eps", "tiny", "bits", "dtype"):
            assert getattr(ours, name) == getattr(theirs, name)
    assert mg.finfo().bits == torch.finfo().bits == 32
    for m in (mg, torch):
        with pytest.raises(TypeError):
            m.finfo(m.int64)


def test_inference_mode():
    for m in (mg, torch):
        x = m.ones(2, requires_grad=True)

        @m.inference_mode()
        def doubled(x):
            return x * 2

        @m.inference_mode
        def tripled(x):
            return x * 3

        assert not doubled(x).requires_grad
        assert not tripled(x).requires_grad
        with m.inference_mode():
            assert not (x * 2).requires_grad
            with m.inference_mode(False):
                assert (x * 2).requires_grad
        assert (x * 2).requires_grad


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x: x.stride(),
        lambda m, x: x.t().stride(0),
        lambda m, x: (x.is_contiguous(), x.t().is_contiguous()),
        lambda m, x: (x.nelement(), x.ndimension()),
        lambda m, x: (2.0 in x, 7 in x),
        lambda m, x: x.type(m.int64).tolist(),
        lambda m, x: (m.is_tensor(x), m.is_tensor(3), m.is_floating_point(x)),
        lambda m, x: (m.pi, m.e, m.inf),
        lambda m, x: x.new_zeros(2).tolist(),
        lambda m, x: x.detach_().requires_grad,
    ],
)
def test_answers(call):
    ours, theirs = (call(m, m.tensor([[1.0, 2.0, 3.0]] * 2)) for m in (mg, torch))
    assert ours == theirs


def test_parameter_lists():
    for m in (mg, torch):
        model = m.nn.ParameterList([m.nn.Parameter(m.ones(2)), m.zeros(3)])
        model.append(m.nn.Parameter(m.ones(1)))
        assert len(model) == len(list(model)) == 3
        assert list(model.state_dict()) == ["0", "1", "2"]
        assert model[1].requires_grad
        assert [p.shape[0] for p in model[:2]] == [2, 3]
