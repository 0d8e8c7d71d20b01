"""What lesson 11 shows: Adam loses a game, constant rates have a noise floor, tuned optimizers end close together."""

import numpy as np
import pytest

from tests.lessons.running import full_run

KINDS = ("SGD", "Momentum", "Adagrad", "RMSprop", "Adam")


@pytest.fixture(scope="module", params=[0, 1])
def optimizers(request):
    return full_run("11_optimizers", seed=request.param)


@pytest.mark.slow
def test_adam_ends_at_the_worst_point_and_the_others_do_not(optimizers):
    adam, sgd = optimizers.found(r"1 the game .*: Adam (\S+), SGD (\S+)")
    (amsgrad,) = optimizers.found(r"last x of AMSGrad: (\S+)")
    assert adam == 1 and sgd < -0.9 and amsgrad < -0.9
    paths = optimizers.table["paths"].reshape(3, 1500)
    assert np.abs(paths).max() <= 1
    assert paths[:, -300:].mean(axis=1) == pytest.approx([adam, sgd, amsgrad], abs=0.05)


def test_adam_divides_the_gradients_by_what_the_lesson_says():
    square, divisors = 0.0, []
    for gradient in (3, -1, -1) * 100:
        square = 0.1 * square + 0.9 * gradient**2
        divisors.append(np.sqrt(square))
    np.testing.assert_allclose(divisors[-3:], [2.9, 1.3, 1.0], atol=0.05)


@pytest.mark.slow
def test_the_minimum_is_scikit_learns(optimizers):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    from minigrad.datasets import load_digits

    x, y = (tensor.numpy() for tensor in load_digits()[0].tensors)
    model = LogisticRegression(C=1, tol=1e-8, max_iter=10_000).fit(x.astype(float), y)
    yardstick = log_loss(y, model.predict_proba(x)) + (model.coef_**2).sum() / 2 / len(y)
    ours, quoted = optimizers.found(r"2 minimum +(\S+) nats; .*: (\S+)")
    assert quoted == round(yardstick, 4)
    assert ours == optimizers.results["minimum"] == pytest.approx(yardstick, abs=1e-4)


@pytest.mark.slow
def test_the_noise_floor_rises_with_the_rate_and_falls_with_a_falling_rate(optimizers):
    floor = r"minimum, {} *: mean excess (\S+) nats"
    rates = ("rate 1", "rate 0.3", "rate 0.1", r"rate 1 / \(1 \+ epoch\)")
    one, third, tenth, falling = (optimizers.found(floor.format(rate))[0] for rate in rates)
    assert 0.008 < one < 0.1 and 0.0008 < third < 0.006 and 0.00004 < tenth < 0.0006
    assert falling < third / 4
    floors = optimizers.table["floors"].reshape(4, 20)
    assert floors.min() > -1e-6
    assert floors[:, 10:].mean(axis=1) == pytest.approx([one, third, tenth, falling], abs=1e-5)
    (whole,), (batch,) = (optimizers.found(rf"from +{n} images: mean norm (\S+)") for n in (1347, 32))
    assert whole < 1e-3 and batch == pytest.approx(0.14, abs=0.02)


@pytest.mark.slow
def test_tuned_optimizers_end_close_together_and_a_falling_rate_gets_closer(optimizers):
    curves = optimizers.table["curves"].reshape(6, 21)
    ends = []
    for name, curve in zip(KINDS, curves, strict=False):
        line = rf"(?m)^{name} +(\S+) (\S+), (\S+), (\S+); falling (\S+)$"
        rate, first, few, last, falling = optimizers.found(line)
        assert [first, few, last] == pytest.approx(curve[[1, 5, 20]], abs=1e-4)
        assert last < 0.05  # of 2.08 at the start
        assert falling < 0.02
        ends.append(falling)
        lowest, highest = {"SGD": (0.3, 1), "Momentum": (0.09, 0.3), "Adagrad": (0.3, 1)}.get(name, (0.009, 0.03))
        assert lowest <= rate <= highest  # the best rate lies within what was tried
        if name != "Adagrad":  # whose rates fall by themselves
            assert falling < last
    assert optimizers.results["excess"] == min(ends) < 0.004
    assert optimizers.results["test_accuracy"] == pytest.approx(0.969, abs=0.011)
    assert curves[:, 0] == pytest.approx(np.log(10) - optimizers.results["minimum"], abs=1e-4)
    assert curves[5, -1] > 10 * curves[:5, -1].max()  # full batches make 20 steps, mini-batches 860
