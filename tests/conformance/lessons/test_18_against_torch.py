"""Lesson 18: its networks and its loop in both libraries, its gradients by hand, its PCA."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "18_autoencoder"


@pytest.mark.parametrize("loss", ["mse_loss", "binary_cross_entropy"])
@pytest.mark.parametrize("code", ["Identity", "ReLU"])
def test_the_same_training_in_both_libraries(code, loss):
    x = load_digits()[0].tensors[0].numpy()[:210]
    trained, weights = [], None
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch, rng=np.random.default_rng(0))
        lesson.mg = m
        model = lesson.autoencoder([64, 128, 8], getattr(m.nn, code)())
        weights = weights or {name: t.numpy().copy() for name, t in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array) for name, array in weights.items()})
        assert list(model[0](m.from_numpy(x)).shape) == [210, 8]
        loss_of = getattr(m.nn.functional, loss)
        before = lesson.error(model, x)
        lesson.train(model, x, 3, 0.003, 50, loss_of)
        trained.append((before, lesson.error(model, x)))
    (before, after), theirs = trained
    assert after < before
    assert (before, after) == pytest.approx(theirs, abs=1e-5)


def test_the_printed_program_has_the_layers_of_the_article():
    lesson = definitions(STEM, rng=np.random.default_rng(0))
    model = lesson.wrong_program(mg.randn(3, 784).numpy(), mg.nn.Sigmoid(), 1)
    shapes = [tuple(p.shape) for p in model.parameters()][::2]
    assert shapes == [(128, 784), (64, 128), (32, 64), (64, 32), (128, 64), (784, 128)]
    kinds = [[type(layer).__name__ for layer in part] for part in model]
    assert kinds == [["Linear", "ReLU"] * 3, ["Linear", "ReLU"] * 2 + ["Linear", "Sigmoid"]]


def test_the_first_weights_are_those_for_relu():
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch)
        model = lesson.autoencoder([784, 128, 32], m.nn.Identity())
        for weights in list(model.parameters())[::2]:
            bound = np.sqrt(6 / weights.shape[1])
            assert abs(weights.detach().numpy()).max() == pytest.approx(bound, rel=0.02)


def test_the_gradients_by_hand_are_torchs():
    rng = np.random.default_rng(0)
    x, E, D = (rng.standard_normal(shape) for shape in ((20, 6), (6, 2), (2, 6)))
    theirs = [torch.tensor(array, requires_grad=True) for array in (E, D)]
    inputs = torch.from_numpy(x)
    torch.nn.functional.mse_loss(inputs @ theirs[0] @ theirs[1], inputs).backward()
    c = x @ E
    G = 2 * (c @ D - x) / x.size
    np.testing.assert_allclose(x.T @ (G @ D.T), theirs[0].grad.numpy(), rtol=1e-10)
    np.testing.assert_allclose(c.T @ G, theirs[1].grad.numpy(), rtol=1e-10)
    ours = [mg.from_numpy(array).requires_grad_() for array in (E, D)]
    mg.nn.functional.mse_loss(mg.from_numpy(x) @ ours[0] @ ours[1], mg.from_numpy(x)).backward()
    np.testing.assert_allclose(x.T @ (G @ D.T), ours[0].grad.numpy(), rtol=1e-10)
    np.testing.assert_allclose(c.T @ G, ours[1].grad.numpy(), rtol=1e-10)


@pytest.mark.parametrize("k", [1, 2, 8, 32])
def test_the_nearest_points_are_scikit_learns(k):
    decomposition = pytest.importorskip("sklearn.decomposition")
    train, test = (part.tensors[0].numpy().astype(float) for part in load_digits())
    x = train - train.mean(0)
    V = np.linalg.svd(x.T @ x)[0]
    model = decomposition.PCA(k, svd_solver="full").fit(train)
    nearest = definitions(STEM).by_pca(test, train.mean(0), V, k)
    theirs = model.inverse_transform(model.transform(test))
    np.testing.assert_allclose(nearest, theirs, atol=1e-9)
