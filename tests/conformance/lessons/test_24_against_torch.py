"""Lesson 24: its recurrent networks, there and back in time, against PyTorch's layers and autograd."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "24_recurrent"
B, K, N, T, OUT = 4, 3, 5, 7, 2


def test_states_and_gradients_of_the_plain_network_are_torchs():
    lesson, rng = definitions(STEM), np.random.default_rng(0)
    W, U, b = rng.normal(size=(N, K)), rng.normal(size=(N, N)), rng.normal(size=(N, 1))
    x, d = rng.normal(size=(T, K, 1)), rng.normal(size=(N, 1))
    h, gradients = lesson.there_and_back(W, U, b, x, d)
    layer = torch.nn.RNN(K, N, dtype=torch.float64)
    with torch.no_grad():
        for parameter, array in zip(layer.parameters(), (W, U, b[:, 0], 0 * b[:, 0]), strict=True):
            parameter.copy_(torch.from_numpy(array))
    first = torch.zeros(1, N, dtype=torch.float64, requires_grad=True)
    states, last = layer(torch.from_numpy(x[:, :, 0]), first)
    (last[0] * torch.from_numpy(d[:, 0])).sum().backward()
    np.testing.assert_allclose(h[1:, :, 0], states.detach().numpy(), rtol=1e-10)
    np.testing.assert_allclose(gradients[-1, :, 0], first.grad[0].numpy(), rtol=1e-9)
    assert len(h) == len(gradients) == T + 1 and not h[0].any() and (gradients[0] == d).all()


@pytest.mark.parametrize("kind, gates", [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_outputs_and_gradients_of_every_kind_are_torchs(kind, gates):
    rng = np.random.default_rng(1)
    lesson = definitions(STEM, rng=rng)
    networks = lesson.new_networks(gates, N, K, OUT, [0.5, -1.0])
    x = rng.normal(size=(T, 1, B, K)).astype(np.float32)
    y = np.eye(OUT, dtype=np.float32)[rng.integers(0, OUT, (2, 1, B))]  # for the last two places
    z = lesson.logits(mg.tensor(x), *networks)
    losses = lesson.surprise(z, mg.tensor(y))
    losses.sum().backward()
    for k in range(10):  # each of the networks by a layer of its own
        W, U, b = (networks[i].detach().numpy()[:, k] for i in range(3))
        V = torch.tensor(networks[3].detach().numpy()[0, k], requires_grad=True)
        layer = getattr(torch.nn, kind)(K, N)
        arrays = [np.swapaxes(W, 1, 2).reshape(-1, K), np.swapaxes(U, 1, 2).reshape(-1, N), b.ravel()]
        with torch.no_grad():
            for parameter, array in zip(layer.parameters(), [*arrays, 0 * b.ravel()], strict=True):
                parameter.copy_(torch.from_numpy(array))
        outputs = layer(torch.from_numpy(x[:, 0]))[0] @ V
        labels = torch.from_numpy(y[:, 0].argmax(-1)).flatten()
        loss = torch.nn.functional.cross_entropy(outputs[-2:].flatten(0, 1), labels)
        loss.backward()
        np.testing.assert_allclose(z.detach().numpy()[:, k], outputs.detach().numpy(), atol=1e-5)
        assert losses[k].item() == pytest.approx(loss.item(), abs=1e-5)
        of_W, of_U, of_b = (parameter.grad.numpy() for parameter in list(layer.parameters())[:3])
        mine = [parameter.grad.numpy()[:, k] for parameter in networks]
        np.testing.assert_allclose(np.swapaxes(mine[0], 1, 2).reshape(-1, K), of_W, atol=1e-5)
        np.testing.assert_allclose(np.swapaxes(mine[1], 1, 2).reshape(-1, N), of_U, atol=1e-5)
        np.testing.assert_allclose(mine[2].ravel(), of_b, atol=1e-5)
        np.testing.assert_allclose(mine[3][0], V.grad.numpy(), atol=1e-5)


def test_a_bias_or_an_orthogonal_matrix_is_all_that_differs():
    lesson = definitions(STEM, rng=np.random.default_rng(2))
    W, U, b, V = (p.detach().numpy() for p in lesson.new_networks(4, N, K, OUT, [-2, 5]))
    for array in (W, U, V):
        np.testing.assert_array_equal(array[:, :5], array[:, 5:])
    assert (b[1, :5] == -2).all() and (b[1, 5:] == 5).all() and not b[[0, 2, 3]].any()
    W, U, b, V = (p.detach().numpy() for p in lesson.new_networks(1, N, K, OUT, [0, 0]))
    np.testing.assert_array_equal(W[:, :5], W[:, 5:])
    assert not b.any() and np.abs(W).max() <= N**-0.5 and np.abs(U[0, :5]).max() <= N**-0.5
    np.testing.assert_allclose(U[0, 5:].swapaxes(1, 2) @ U[0, 5:], np.tile(np.eye(N), (5, 1, 1)), atol=1e-5)
