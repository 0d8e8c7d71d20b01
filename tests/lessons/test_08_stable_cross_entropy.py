"""What lesson 08 shows: what a constant inside the logarithm does to the loss, to its gradient and to training."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run

STEM = "08_stable_cross_entropy"


@pytest.fixture(scope="module", params=[0, 1])
def stable(request):
    return full_run(STEM, seed=request.param)


@pytest.mark.slow
def test_the_articles_functions_go_wrong_as_the_lesson_says(stable):
    printed, right = stable.found(r"1 mean +(\S+), but -ln 0.9 = (\S+)")
    assert right / printed == pytest.approx(4, abs=0.01)
    assert "two right rows: refused" in stable.stdout
    assert stable.found(r"0.7 and 0.3: (\S+)") == [pytest.approx(-np.log(0.5 * 0.1) / 4, abs=1e-4)]
    perfect, without = stable.found(r"3 perfect +(\S+) with the constant, (\S+) without")
    assert perfect < 0 and np.isnan(without)
    assert stable.found(r"4 index .*: (\S+), but") == [pytest.approx(-2 / 3 * np.log(0.1 * 0.2 * 0.7), abs=1e-3)]
    right, transposed = stable.found(r"5 flat +(\S+) for four rows, (\S+) with the labels transposed")
    assert right == pytest.approx(-np.log(0.7 * 0.8 * 0.6 * 0.6), abs=1e-3)
    assert transposed > 2 * right


@pytest.mark.slow
def test_binary_losses_are_another_loss_as_pytorch_has_them(stable):
    functional = pytest.importorskip("torch").nn.functional
    torch = pytest.importorskip("torch")
    p, y = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([1.0, 0.0, 0.0])
    expected = functional.binary_cross_entropy(p, y, reduction="sum"), functional.nll_loss(p.log(), torch.tensor(0))
    assert stable.found(r"6 binary .*: (\S+), but -ln 0.7 = (\S+)") == [round(value.item(), 4) for value in expected]


@pytest.mark.slow
def test_the_constant_caps_the_loss_and_kills_the_gradient(stable):
    assert np.isnan(stable.found(r"7 overflow .*: (\S+)")[0])
    for gap, gradient in ((30, -9.3e-4), (50, -1.9e-12), (100, -3.7e-34)):
        numbers = stable.found(rf"gap +{gap}: loss (\S+), gradient (\S+); without the constant (\S+), (\S+)")
        assert numbers == pytest.approx([-np.log(1e-10), gradient, gap, -1], rel=0.01)
    assert stable.table["capped_loss"].max() == pytest.approx(23.0259, abs=1e-4)
    assert stable.table["stable_loss"][-1] == pytest.approx(60, abs=1e-9)
    assert np.abs(stable.table["stable_gradient"]).min() == pytest.approx(0.5)  # at the gap of 0


@pytest.mark.slow
def test_the_right_version_is_right_at_the_extremes(stable):
    assert "logits 2000 apart: (2000.0, -1.0) if wrong, (0.0, 0.0) if right" in stable.stdout
    entropy = -0.8 * np.log(0.8) - 0.2 * np.log(0.2)
    assert stable.found(r"11 soft .*: (\S+), its entropy") == [round(entropy, 4)]


def test_the_right_version_equals_scikit_learns_log_loss():
    log_loss = pytest.importorskip("sklearn.metrics").log_loss
    lesson = definitions(STEM)
    logits, classes = lesson.mg.randn(64, 10, dtype=lesson.mg.float64) * 3, lesson.mg.randint(0, 10, (64,))
    p = lesson.mg.softmax(logits, -1).numpy()
    expected = log_loss(classes.numpy(), p, labels=range(10))
    assert lesson.cross_entropy(logits, classes).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
def test_from_the_logits_it_takes_41_steps_and_with_the_constant_1113(stable):
    assert stable.found(r"12 recovery stable: (\S+) steps") == [41]
    assert stable.found(r"12 recovery capped: (\S+) steps") == [1113]


@pytest.mark.slow
def test_only_from_the_logits_does_training_come_back(stable):
    first, last, accuracy = stable.found(r"13 digits +stable: test loss from (\S+) to (\S+) nats, accuracy (\S+)")
    assert last < 1.5 and accuracy > 0.85  # over five seeds 1.03 to 1.41, and 0.862 to 0.891
    capped_first, capped_last, capped = stable.found(r"13 digits +capped: .* from (\S+) to (\S+) nats, accuracy (\S+)")
    assert capped_first == first > 40
    assert capped_last > 5 * last and capped < accuracy - 0.1  # the mildest of five seeds: 8.57, and 0.749
    assert len(stable.table["stable_test_loss"]) == len(stable.table["capped_test_loss"]) == 61
    assert stable.results["test_loss"] == pytest.approx(last, abs=0.01)
