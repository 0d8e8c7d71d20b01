"""What lesson 13 shows: cross-entropy alone over-fits, what helps, and how sparse L1 is."""

import numpy as np
import pytest

from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run

STEM = "13_regularization"
LAMBDAS = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 2]


@pytest.fixture(scope="module", params=[0, 1])
def seed(request):
    return request.param


@pytest.fixture(scope="module")
def regularization(seed):
    return full_run(STEM, seed=seed)


@pytest.mark.slow
def test_the_training_loss_falls_and_the_test_loss_rises(regularization):
    rows = [regularization.found(rf"1 epoch {n} +train (\S+) nats, test (\S+) nats") for n in (10, 40, 300, 3000)]
    train, test = np.transpose(rows)
    assert (np.diff(train) < 0).all() and train[-1] < 1e-4
    assert test[0] < 1.1 and test[1] < 1.1 and test[2] > 1.15 and test[3] > 1.6
    table = regularization.table["long"].reshape(-1, 4)
    assert 0.5 < table[:, 2].min() < 0.75
    assert table[-1, 2] == pytest.approx(test[-1], abs=1e-3)


@pytest.mark.slow
def test_larger_logits_lower_the_training_loss_and_raise_that_of_the_test(regularization):
    rows = [regularization.found(rf"2 logits x {n} +train (\S+) nats, test (\S+) nats") for n in ("0.1", "1", "2")]
    train, test = np.transpose(rows)
    assert train[0] > 0.5 and train[1] < 1e-4 and train[2] <= train[1]
    assert test[0] < test[1] < test[2] / 1.5


@pytest.mark.slow
def test_cross_validation_chooses_lambda_and_the_fits_are_scikit_learns(regularization, seed):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    sweep = regularization.table["sweep"].reshape(len(LAMBDAS), 4)
    assert regularization.results["chosen_lambda"] == 0.01 == LAMBDAS[sweep[:, 1].argmin()]
    everything, test = (part.tensors for part in load_digits())
    lesson = definitions(STEM, everything=everything, rng=np.random.default_rng(seed))
    images, labels = (tensor.numpy() for tensor in lesson.draw())
    assert (labels[15:] == _true_labels(images, everything)[15:]).all()
    assert (labels[:15] != _true_labels(images, everything)[:15]).all()
    for value, (train_loss, _, test_loss, accuracy) in zip(LAMBDAS[3:], sweep[3:], strict=True):
        theirs = LogisticRegression(C=1 / (100 * value), tol=1e-8, max_iter=10_000).fit(images.astype(float), labels)
        images_test, labels_test = (tensor.numpy() for tensor in test)
        assert train_loss == pytest.approx(log_loss(labels, theirs.predict_proba(images)), abs=0.015)
        assert test_loss == pytest.approx(log_loss(labels_test, theirs.predict_proba(images_test)), abs=0.015)
        assert accuracy == pytest.approx(theirs.score(images_test, labels_test), abs=0.01)
    assert sweep[3, 3] > 0.8 > 0.35 > sweep[-1, 3]  # lambda = 2, "loss += |W|^2", learns next to nothing


def _true_labels(images, everything):
    rows = {image.tobytes(): label for image, label in zip(everything[0].numpy(), everything[1].numpy(), strict=True)}
    return np.array([rows[image.tobytes()] for image in images])


@pytest.mark.slow
def test_dropout_helps_l2_and_stopping_help_more(regularization):
    found = {
        way: regularization.found(rf"4 {way} +test (\S+) \+- (\S+), accuracy (\S+)")
        for way in ("alone", "dropout", "L2", "stopped")
    }
    losses, spreads, accuracies = np.transpose(list(found.values()))
    assert losses == pytest.approx([1.58, 1.13, 0.70, 0.77], abs=0.2)  # of seeds 0 and 1
    assert (spreads < 0.4).all()
    assert losses[0] > losses[1] + 0.2 and losses[1] > max(losses[2:]) + 0.2
    assert accuracies[3] > accuracies[1] > accuracies[0] and accuracies[2] > accuracies[0] + 0.04


@pytest.mark.slow
def test_l1_makes_as_many_zeros_as_scikit_learns(regularization):
    from sklearn.linear_model import LogisticRegression

    (images, labels), (images_test, labels_test) = (
        [tensor.numpy() for tensor in part.tensors] for part in load_digits()
    )
    fits = [{"l1_ratio": 1, "solver": "saga", "tol": 1e-7}, {"tol": 1e-8}]
    theirs = [LogisticRegression(max_iter=20_000, **fit).fit(images.astype(float), labels) for fit in fits]
    (l1_zeros, l2_zeros), (l1, l2) = zip(
        *[((m.coef_ == 0).mean(), m.score(images_test, labels_test)) for m in theirs], strict=True
    )
    quoted = regularization.found(r"sklearn, L1 +(\S+)% of .*, test accuracy (\S+); with L2 (\S+)% and (\S+)")
    assert quoted == [round(100 * l1_zeros, 1), round(l1, 4), round(100 * l2_zeros, 1), round(l2, 4)]
    zeros, accuracy = regularization.found(r"5 L1 +(\S+)% of .*, test accuracy (\S+)")
    assert zeros == pytest.approx(100 * l1_zeros, abs=1)
    assert accuracy == pytest.approx(l1, abs=0.0045)  # two images of 450
    assert (regularization.table["weight"] == 0).mean() == pytest.approx(zeros / 100, abs=1e-3)
