"""Lesson 13: the network with and without a penalty, and the soft threshold, in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import Silent, definitions, start_from

torch = pytest.importorskip("torch")


def on(m):
    """The lesson's definitions on the library `m`, and its data: 100 digits, and the test."""
    lesson = definitions("13_regularization", on_torch=m is torch, run=Silent(), cross_entropy=m.nn.CrossEntropyLoss())
    train, test = ([m.from_numpy(tensor.numpy()) for tensor in part.tensors] for part in load_digits())
    return lesson, [column[:100] for column in train], test


def weights_of(model):
    return [parameter.detach().numpy().copy() for parameter in model.parameters()]


@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_the_network_learns_alike(decay):
    initial = weights_of(definitions("13_regularization").network())
    histories = []
    for m in (mg, torch):
        lesson, data, test = on(m)
        model = start_from(m, lesson.network(), initial)
        histories.append(lesson.train(model, data, range(1, 31), test, decay=decay))
    assert len(histories[0]) == 30
    np.testing.assert_allclose(histories[0][:, :3], histories[1][:, :3], atol=1e-5)


def test_the_soft_threshold_reaches_the_same_zeros():
    initial = weights_of(mg.nn.Linear(64, 10))
    reached = []
    for m in (mg, torch):
        lesson, data, _ = on(m)
        model = start_from(m, m.nn.Linear(64, 10), initial)
        lesson.train_by_threshold(model, data, 100, 0.01)
        reached.append((lesson.cross_entropy(model(data[0]), data[1]).item(), model.weight.detach().numpy()))
    (loss, weight), (torch_loss, torch_weight) = reached
    assert loss == pytest.approx(torch_loss, abs=1e-5)
    np.testing.assert_allclose(weight, torch_weight, atol=1e-4)
    assert (weight == 0).mean() > 0.5


def test_the_soft_threshold_ends_where_no_step_is_left_to_take():
    """At the minimum of cross-entropy + l1 sum |w| the first has the gradient -l1 sign(w), within l1 where w = 0."""
    lesson, data, _ = on(mg)
    model, l1 = mg.nn.Linear(64, 10), 0.01
    lesson.train_by_threshold(model, data, 1000, l1)
    model.zero_grad()
    lesson.cross_entropy(model(data[0]), data[1]).backward()
    weight, gradient = model.weight.detach().numpy(), model.weight.grad.numpy()
    np.testing.assert_allclose(gradient[weight != 0], -l1 * np.sign(weight[weight != 0]), atol=1e-4)
    assert np.abs(gradient[weight == 0]).max() <= l1 + 1e-4
