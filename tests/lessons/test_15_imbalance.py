"""What lesson 15 shows: calibrated probabilities, weights that act like thresholds, a leak, and turned 6s."""

import numpy as np
import pytest

from tests.lessons.running import full_run

SHARES = r"recall (\S+) precision (\S+) accuracy (\S+)"


@pytest.fixture(scope="module", params=[0, 1])
def imbalance(request):
    return full_run("15_imbalance", seed=request.param)


def row(imbalance, name):
    """recall, precision, accuracy, mean p, log loss, cost"""
    return np.array(imbalance.found(rf"{name} +{SHARES} mean p (\S+) loss (\S+) cost (\S+)"))


@pytest.mark.slow
def test_cross_entropy_has_low_recall_right_probabilities_and_so_has_squared_error(imbalance):
    plain, squared = row(imbalance, "1 cross-entropy"), row(imbalance, "1 squared error")
    assert plain == pytest.approx([0.144, 0.63, 0.953, 0.05, 0.1453, 0.815], abs=0.03)
    assert plain[4] == pytest.approx(best_log_loss(), abs=2e-3)
    assert squared == pytest.approx(plain, abs=0.03)
    predicted, observed = imbalance.table["cross-entropy"].reshape(2, -1)
    assert len(predicted) == 11
    assert observed == pytest.approx(predicted, abs=0.06)


def best_log_loss():
    """The least log loss that the true probabilities of 2 million such points have, in nats."""
    rng = np.random.default_rng(123)
    y = rng.random(2_000_000) < 0.05
    x = rng.standard_normal((len(y), 2)) + 1.1 * y[:, None]
    z = x @ [1.1, 1.1] - 1.1**2 + np.log(0.05 / 0.95)
    return np.logaddexp(0, np.where(y, -z, z)).mean()


@pytest.mark.slow
def test_a_weight_acts_like_a_threshold_and_spoils_the_probabilities(imbalance):
    threshold = row(imbalance, r"3 threshold \.05")
    assert threshold[0] == pytest.approx(0.79, abs=0.02) and threshold[5] == pytest.approx(0.413, abs=0.01)
    assert threshold[5] < 0.55 * row(imbalance, "1 cross-entropy")[5]
    for name in ("4 weight 19", "4 copies"):
        found = row(imbalance, name)
        assert found[[0, 1, 2, 5]] == pytest.approx(threshold[[0, 1, 2, 5]], abs=0.02)
        assert found[3:5] == pytest.approx([0.32, 0.466], abs=0.01)
    assert row(imbalance, "4 weight 19, minus log 19")[3:5] == pytest.approx([0.052, 0.1453], abs=0.003)
    predicted, observed = imbalance.table["weight 19"].reshape(2, -1)
    assert (observed[3:] < predicted[3:] / 2).all()


@pytest.mark.slow
def test_the_fits_are_scikit_learns():
    """The rows of the lesson that are printed of a fit, on the points of the lesson's seed 0."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    from tests.conformance.lessons.on_torch import definitions

    lesson = definitions("15_imbalance", rng=np.random.default_rng(0))
    (x, y), (test_x, test_y) = ([t.numpy() for t in lesson.points(n)] for n in (20_000, 200_000))
    for weight, name in ((None, "1 cross-entropy"), ({0: 1, 1: 19}, "4 weight 19")):
        model = LogisticRegression(C=1e6, class_weight=weight).fit(x, y[:, 0])
        p = model.predict_proba(test_x)[:, 1]
        ours = row(full_run("15_imbalance", seed=0), name)
        assert ours[4] == pytest.approx(log_loss(test_y, p), abs=2e-3)
        assert ours[0] == pytest.approx((p > 0.5)[test_y[:, 0] > 0].mean(), abs=0.01)


@pytest.mark.slow
def test_copies_made_before_the_split_leak(imbalance):
    assert imbalance.found(r"copied before the split: .* (\S+)\n")[0] > 0.93
    assert imbalance.found(r"copied after +the split: .* (\S+)\n")[0] == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_turning_a_6_breaks_its_label(imbalance):
    ways = ("none", "copied", "moved", "mirrored", "turned")
    found = {way: imbalance.found(rf"6 {way} +{SHARES}, turned is 9 (\S+)") for way in ways}
    assert imbalance.table["sixes"].reshape(5, 4) == pytest.approx(np.array(list(found.values())), abs=1e-3)
    assert found["none"][0] < 0.75 and all(found[way][0] > 0.85 for way in ways[1:])
    assert found["copied"][3] > 0.85 > 0.2 > found["turned"][3]
    assert all(found["turned"][1] < found[way][1] - 0.04 for way in ways[:4])
    assert all(found["turned"][2] < found[way][2] for way in ways[1:4])
    assert found["moved"][2] == pytest.approx(found["copied"][2], abs=0.01)
