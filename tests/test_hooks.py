"""Gradient hooks: what they see, what they may replace, and that they go when they are told to."""

import pytest

import minigrad as mg


def test_a_hook_on_a_leaf_replaces_what_arrives_there():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g.clamp(max=3))
    (x * x + x).sum().backward()
    assert seen == [[3, 5]]  # the whole gradient, once
    assert x.grad.tolist() == [3, 3]


def test_a_hook_within_the_graph_changes_what_lies_before_it():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    (y + y * y).sum().backward()
    assert y.grad.tolist() == [50, 90]
    assert x.grad.tolist() == [100, 180]


def test_a_hook_alone_does_not_retain_the_gradient():
    x = mg.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: None)
    y.sum().backward()
    assert y.grad is None
    assert x.grad.tolist() == [2, 2]


def test_a_removed_hook_is_not_called():
    x = mg.ones(2, requires_grad=True)
    handle = x.register_hook(lambda g: g * 0)
    handle.remove()
    x.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_a_hook_is_part_of_a_recorded_backward():
    x = mg.tensor(3.0, requires_grad=True)
    x.register_hook(lambda g: g * g)
    (slope,) = mg.autograd.grad(x**2, x, create_graph=True)
    assert slope.item() == 36
    assert mg.autograd.grad(slope, x)[0].item() == 24**2  # d(4 x^2)/dx = 8 x, which the hook squares


@pytest.mark.parametrize(
    ("error", "message", "hook"),
    [(TypeError, "Tensor or None", lambda g: 3.0), (RuntimeError, r"\(2,\) .* \(1,\)", lambda g: g[:1])],
)
def test_what_a_hook_must_not_return(error, message, hook):
    x = mg.ones(2, requires_grad=True)
    x.register_hook(hook)
    with pytest.raises(error, match=message):
        x.sum().backward()


def test_only_what_requires_grad_has_hooks():
    for ask in (lambda x: x.register_hook(print), lambda x: x.retain_grad()):
        with pytest.raises(RuntimeError, match="does not require grad"):
            ask(mg.ones(2))
