"""What lesson 18 shows: nothing is learnt from noise, a linear autoencoder is PCA, and a deep one beats it."""

import numpy as np
import pytest

from minigrad.datasets import load_digits, load_mnist
from tests.lessons.running import full_run


@pytest.fixture(scope="module", params=[0, 1])
def autoencoder(request):
    return full_run("18_autoencoder", seed=request.param)


@pytest.mark.slow
def test_the_printed_program_learns_nothing_from_noise(autoencoder):
    first, last, other, zero = autoencoder.found(
        r"error (\S+), after 100 steps (\S+); of other noise (\S+), and (\S+) if"
    )
    outside, least = autoencoder.found(r"sigmoid +(\d+)% of the targets .* no loss below (\S+)\n")
    assert first == pytest.approx(1.3, abs=0.06)  # 0.25 + 1: a half against noise, or near it
    assert least < last < 0.7
    assert other > 1.1 and zero == pytest.approx(1, abs=0.01)
    assert outside == pytest.approx(65.9, abs=3)  # P(x < 0) + P(x > 1) of a normal distribution, 2,352 numbers
    assert least == pytest.approx(0.575, abs=0.08)
    assert 1 <= autoencoder.found(r"relu +(\d+) of the 32 units")[0] <= 20
    assert "its output is (3, 32), the input (3, 784)" in autoencoder.stdout


def pca_error(load, code):
    """The mean squared error of scikit-learn's PCA on a pixel of the test images."""
    from sklearn.decomposition import PCA

    train, test = (part.tensors[0].numpy() for part in load())
    model = PCA(code, svd_solver="covariance_eigh").fit(train)
    return np.mean((model.inverse_transform(model.transform(test)) - test) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize(("code", "deep"), [(2, 0.034), (4, 0.0213), (8, 0.0134), (32, 0.0077)])
def test_codes_of_8x8_digits(autoencoder, code, deep):
    line = rf"code of +{code} +PCA (\S+), linear autoencoder (\S+), autoencoder (\S+)\n"
    flat, linear, curved = autoencoder.found(line)
    assert flat == pytest.approx(pca_error(load_digits, code), abs=1e-4)
    assert linear == pytest.approx(flat, rel=0.03)
    assert curved == pytest.approx(deep, rel=0.12)
    assert (curved < 0.7 * flat) == (code <= 8)
    assert curved < flat or code == 32
    row = autoencoder.table["error"].reshape(4, 3)[(2, 4, 8, 32).index(code)]
    assert row == pytest.approx([flat, linear, curved], abs=1e-4)


@pytest.mark.slow
def test_cross_entropy_has_a_floor(autoencoder):
    error, loss, floor = autoencoder.found(r"8, cross-entropy +autoencoder (\S+); cross-entropy (\S+) nats, .* (\S+)\n")
    pixels = load_digits()[1].tensors[0].numpy().astype(float)
    inner = pixels[(pixels > 0) & (pixels < 1)]
    entropy = -np.sum(inner * np.log(inner) + (1 - inner) * np.log(1 - inner)) / pixels.size
    assert floor == pytest.approx(entropy, abs=1e-4)
    assert floor + 0.03 < loss < floor + 0.06
    assert error == pytest.approx(0.0128, abs=0.001)


@pytest.mark.slow
@pytest.mark.parametrize(("code", "deep", "spread"), [(2, 0.0394, 0.0015), (32, 0.0107, 0.0007)])
def test_the_printed_shape_on_mnist_beats_pca(autoencoder, code, deep, spread):
    flat, curved = autoencoder.found(rf"MNIST, code of +{code} +PCA (\S+), autoencoder (\S+)\n")
    assert flat == pytest.approx(pca_error(load_mnist, code), abs=1e-4)
    assert curved == pytest.approx(deep, abs=spread)
    assert curved < 0.75 * flat


@pytest.mark.slow
def test_the_picture_holds_what_was_found(autoencoder):
    table = autoencoder.table
    assert len(table["train_loss"]) == 3 * 938 and len(table["test_loss"]) == 3
    assert (np.diff(table["test_loss"]) < 0).all()
    assert autoencoder.results["test_loss"] == pytest.approx(table["test_loss"][-1], abs=1e-4)
    rows = table["pixel"].reshape(5, 10, 784)  # the images; PCA and autoencoder with 2; with 32
    assert 0 <= rows.min() and rows.max() <= 1
    errors = ((rows[1:] - rows[0]) ** 2).mean((1, 2))
    assert errors[3] < errors[2] < errors[1] < errors[0]


@pytest.mark.slow
def test_digits_come_apart_in_the_plane_of_codes(autoencoder):
    codes = np.arcsinh(autoencoder.table["code"].reshape(1000, 2))
    labels = load_mnist()[1].tensors[1].numpy()[:1000]
    distances = ((codes[:, None] - codes) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    nearest = labels[distances.argsort(1)[:, :9]]
    votes = (nearest[:, :, None] == np.arange(10)).sum(1).argmax(1)
    assert (votes == labels).mean() > 0.6  # chance: 0.1
