"""Lesson 23: its networks, their logits and gradients, and its loops, against PyTorch."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_mnist
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "23_convolution"


def network(lesson, m, shared):
    if shared:
        return lesson.cnn(m.nn.Conv2d(1, 4, 5), m.nn.Conv2d(4, 24, 5))
    return lesson.cnn(lesson.Unshared(1, 4, 24), lesson.Unshared(4, 24, 8))


@pytest.fixture(scope="module")
def pictures():
    images, labels = load_mnist()[1].tensors
    return images[:20].numpy(), labels[:20].numpy()


@pytest.mark.parametrize("shared", [True, False])
def test_the_same_weights_give_the_same_logits_and_gradients(pictures, shared):
    found, weights = [], None
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch)
        lesson.mg = m
        model = network(lesson, m, shared)
        weights = weights or {name: t.numpy().copy() for name, t in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array) for name, array in weights.items()})
        logits = model(m.from_numpy(pictures[0]))
        m.nn.functional.cross_entropy(logits, m.from_numpy(pictures[1])).backward()
        found.append([logits.detach().numpy(), *[p.grad.numpy() for p in model.parameters()]])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize(("channels", "kernels", "n"), [(1, 4, 6), (3, 5, 2)])
def test_with_equal_kernels_at_all_places_unshared_is_conv2d(channels, kernels, n):
    lesson = definitions(STEM)
    layer, theirs = lesson.Unshared(channels, kernels, n), torch.nn.Conv2d(channels, kernels, 5)
    W = theirs.weight.detach().numpy().reshape(kernels, -1).T
    rows = np.concatenate([W, theirs.bias.detach().numpy()[None]])
    with mg.no_grad():
        layer.weight.copy_(mg.from_numpy(np.tile(rows, (n * n, 1, 1))))
    x = np.random.default_rng(0).standard_normal((3, channels, n + 4, n + 4)).astype(np.float32)
    ours = layer(mg.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours, theirs(torch.from_numpy(x)).detach().numpy(), atol=1e-5)
    bound = (channels * 25) ** -0.5  # PyTorch's draws
    drawn = lesson.Unshared(channels, kernels, n).weight.detach().numpy()
    assert 0.9 * bound < np.abs(drawn).max() <= bound and abs(drawn.std() * 3**0.5 / bound - 1) < 0.1


@pytest.mark.parametrize(("size", "K"), [(5, 3), (9, 1), (7, 7)])
def test_the_loops_are_torchs_convolution(size, K):
    rng = np.random.default_rng(0)
    x, k = rng.standard_normal((size, size)), rng.standard_normal((K, K))
    theirs = torch.nn.functional.conv2d(torch.from_numpy(x[None, None]), torch.from_numpy(k[None, None]))
    np.testing.assert_allclose(definitions(STEM).convolve(x, k), theirs.numpy()[0, 0], atol=1e-12)


@pytest.mark.parametrize("s", range(5))
def test_a_shift_is_torchs_roll_with_paper_on_the_left(pictures, s):
    rolled = torch.from_numpy(pictures[0]).reshape(-1, 28, 28).roll(s, 2)
    rolled[:, :, :s] = 0
    ours = definitions(STEM).shifted(mg.from_numpy(pictures[0]), s)
    np.testing.assert_array_equal(ours.numpy(), rolled.flatten(1).numpy())
