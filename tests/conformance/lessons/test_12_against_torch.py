"""Lesson 12: its networks, its gradients by layer and its loop in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import InOrder, datasets, definitions

torch = pytest.importorskip("torch")


def trials(width, depth, classes, activation):
    """For both libraries: its module, the lesson on it, and a network with the same weights, of the same gain."""
    weights = None
    for m in (mg, torch):
        lesson = definitions("12_deep_networks", on_torch=m is torch, DataLoader=InOrder(m))
        lesson.cross_entropy = m.nn.CrossEntropyLoss()
        (lesson.train_set,) = datasets(m, load_digits()[0])
        mg.manual_seed(0)
        model = lesson.Deep(width, depth, classes, getattr(m, activation), lesson.normal(2**0.5))
        weights = weights or {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array.copy()) for name, array in weights.items()})
        yield m, lesson, model


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_same_gradients_in_every_layer(activation):
    found = []
    for _, lesson, model in trials(64, 30, 10, activation):
        images, labels = lesson.train_set[:64]
        found.append(lesson.gradient_norms(model, images, labels, lesson.cross_entropy))
    ours, theirs = found
    assert ours.shape == (31,) and (ours > 0).all()
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


@pytest.mark.parametrize("clip", [np.inf, 1.0])
@pytest.mark.parametrize(("kind", "lr"), [("SGD", 0.1), ("Adam", 0.001)])
def test_the_same_losses_in_both_libraries(kind, lr, clip):
    found = []
    for m, lesson, model in trials(64, 3, 10, "relu"):
        found.append(lesson.train(model, 1, 32, getattr(m.optim, kind), lr, clip))
    ours, theirs = found
    assert ours.shape == (1, 43, 2)
    np.testing.assert_allclose(ours[..., 0], theirs[..., 0], atol=1e-5)
    np.testing.assert_allclose(ours[..., 1], theirs[..., 1], rtol=1e-4)


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_the_initialization_has_the_gain_it_says(gain):
    for m in (mg, torch):
        m.manual_seed(0)
        lesson = definitions("12_deep_networks", on_torch=m is torch)
        model = lesson.Deep(200, 1, 2, m.relu, lesson.normal(gain))
        weight, bias = (parameter.detach().numpy() for parameter in model.layers[0].parameters())
        assert weight.std() == pytest.approx(gain / np.sqrt(200), rel=0.02)
        assert not bias.any()
