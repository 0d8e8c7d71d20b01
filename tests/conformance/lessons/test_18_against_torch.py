"""Lesson 18: the autoencoder's loop in both libraries, and its PCA against scikit-learn's."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import InOrder, Silent, datasets, definitions

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("widths", "options"),
    [
        ((64, 128, 64, 8), {"loss": "mse_loss"}),
        ((64, 128, 64, 8), {"loss": "binary_cross_entropy"}),
        ((64, 32, 8), {"loss": "mse_loss", "code": "ReLU"}),
        ((64, 8), {"loss": "mse_loss", "output": "Identity"}),
    ],
)
def test_the_same_losses_in_both_libraries(widths, options):
    results, weights = [], None
    for m in (mg, torch):
        lesson = definitions("18_autoencoder", on_torch=m is torch, run=Silent(), DataLoader=InOrder(m))
        train_set, test_set = datasets(m, *load_digits())
        layers = {name: getattr(m.nn, layer) for name, layer in options.items() if name != "loss"}
        model = lesson.AutoEncoder(*widths, **layers)
        weights = weights or {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
        model.load_state_dict({name: m.from_numpy(array) for name, array in weights.items()})
        loss_of = getattr(m.nn.functional, options["loss"])
        first = train_set.tensors[0][:64]
        expected = loss_of(model(first), first).item()
        results.append(lesson.train(model, train_set, test_set.tensors[0], epochs=2, lr=0.005, loss_of=loss_of))
        assert results[-1][0][0] == pytest.approx(expected, abs=1e-6)
    (ours, ours_test), (theirs, theirs_test) = results
    assert len(ours) == 2 * 22 and len(ours_test) == 2
    assert ours[-1] < ours[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(ours_test, theirs_test, atol=1e-5)


def test_the_first_weights_are_he_et_als_before_a_relu_and_pytorchs_elsewhere():
    bounds = {"encoder.0.weight": np.sqrt(6 / 784), "encoder.2.weight": 1 / np.sqrt(128)}  # the second makes the code
    for m in (mg, torch):
        lesson = definitions("18_autoencoder", on_torch=m is torch)
        weights = lesson.AutoEncoder(784, 128, 32).state_dict()
        for name, bound in bounds.items():
            assert abs(weights[name].numpy()).max() == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize("code", [2, 8])
def test_its_pca_is_scikit_learns(code):
    decomposition = pytest.importorskip("sklearn.decomposition")
    train, test = (part.tensors[0] for part in load_digits())
    codes, images = definitions("18_autoencoder").pca(train, test, code)
    theirs = decomposition.PCA(code, svd_solver="full").fit(train.numpy())
    np.testing.assert_allclose(images, theirs.inverse_transform(theirs.transform(test.numpy())), atol=1e-4)
    wanted = abs(theirs.transform(test.numpy()))  # a direction and its opposite are the same
    np.testing.assert_allclose(abs(codes[:, ::-1]), wanted, atol=1e-3)
