"""What lesson 17 shows: squared error is a likelihood, and a variance for each sample is worth nats."""

import numpy as np
import pytest

from minigrad.datasets import load_diabetes
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run

SIGMAS = (1, 0.5, 0.1, 0.03, 0.01)


@pytest.fixture(scope="module", params=[0, 1])
def regression(request):
    return full_run("17_regression", seed=request.param)


@pytest.mark.slow
def test_the_loss_of_one_sample_is_least_where_s_is_the_residual(regression):
    torch = pytest.importorskip("torch")
    pattern = ", ".join(rf"(\S+) \(s = {sigma}\)" for sigma in SIGMAS)
    for residual in (0.5, 0.0):
        found = regression.found(rf"1 residual {residual}: {pattern}")
        density = torch.distributions.Normal(0.0, torch.tensor(SIGMAS, dtype=torch.float64))
        assert found == pytest.approx((-density.log_prob(torch.tensor(residual))).tolist(), abs=6e-4)
        grid = np.geomspace(0.01, 3, 100)
        best = grid[regression.table[f"loss {residual}"].argmin()]
        assert best == pytest.approx(residual or 0.01, rel=0.05)
    assert regression.found(r"100: (\S+), (\S+), (\S+), (\S+)\n") == [0.01, 1, 100, 10000]


@pytest.mark.slow
def test_the_summed_loss_is_a_constant_and_half_the_sum_of_squares(regression):
    total, split = regression.found(r"L = (\S+) nats, .* = (\S+)\n")
    assert total == split
    best, rms = regression.found(r"best s of a grid (\S+); root mean squared residual (\S+)")
    assert best == pytest.approx(rms, abs=1e-3)
    assert total == pytest.approx(500 * np.log(2 * np.pi) + 500 * rms**2, abs=0.2)
    assert regression.found(r"over n: to (\S+)\n")[0] < 1e-14


@pytest.mark.slow
def test_a_variance_for_each_x_is_worth_nats_and_no_squared_error(regression):
    rows = [regression.found(rf"5 {name} +test: (\S+) nats, MSE (\S+)") for name in ("squared error", "likelihood")]
    truth = regression.found(r"5 the truth +test: (\S+) nats, MSE (\S+)")
    (one_variance, mse), (learned, learned_mse) = rows
    assert truth == pytest.approx([0.3732, 0.185], abs=0.03)  # over samples of 4,000
    assert 0 < learned - truth[0] < 0.012
    assert one_variance - truth[0] == pytest.approx(0.203, abs=0.03)
    assert mse - truth[1] < 0.003 and learned_mse - truth[1] < 0.003
    sigmas = regression.found(r"s learned at 0, 1.5, 3: (\S+) (\S+) (\S+) \(true: 0.10 0.40 0.70\)")
    assert sigmas == pytest.approx([0.1, 0.4, 0.7], abs=0.07)
    lower, upper = regression.table["own s"].reshape(61, 2).T
    assert upper[30] - lower[30] < 0.7 and upper[0] - lower[0] > 2.2


def test_the_truth_is_what_the_points_are_drawn_from():
    x, y = (t.numpy() for t in definitions("17_regression", rng=np.random.default_rng(5)).waves(100_000))
    noise = (y - np.sin(x)) / (0.1 + 0.2 * np.abs(x))
    assert noise.mean() == pytest.approx(0, abs=0.02) and noise.std() == pytest.approx(1, abs=0.02)


@pytest.mark.slow
def test_diabetes_by_squared_error_and_by_likelihood_is_least_squares(regression):
    from sklearn.linear_model import LinearRegression

    (x, y), (test_x, test_y) = ([tensor.numpy().astype(float) for tensor in part.tensors] for part in load_diabetes())
    theirs = LinearRegression().fit(x, y)
    mse = ((theirs.predict(test_x) - test_y) ** 2).mean()
    sigma = np.sqrt(((theirs.predict(x) - y) ** 2).mean())
    loss = np.log(np.sqrt(2 * np.pi) * sigma) + mse / (2 * sigma**2)
    assert regression.found(r"6 sklearn +LinearRegression: MSE (\S+)") == [round(mse, 1)]
    for name in ("squared error", "one variance"):
        found = regression.found(rf"6 {name} +test: (\S+) nats, MSE (\S+), s (\S+) to (\S+)")
        assert found == pytest.approx([loss, mse, sigma, sigma], rel=3e-4)
    own = regression.found(r"6 each its own +test: (\S+) nats, MSE (\S+), s (\S+) to (\S+)")
    assert own == pytest.approx([5.4342, 3144.1, 23.84, 100.31], rel=2e-3)
    assert own[0] < loss - 0.02
    numbers = regression.results
    assert numbers["test_loss"] == pytest.approx(own[0], abs=1e-3)
    errors, sigmas = regression.table["patient error"], regression.table["patient s"]
    ours = (np.log(np.sqrt(2 * np.pi) * sigmas) + errors**2 / (2 * sigmas**2)).mean()
    assert ours == pytest.approx(numbers["test_loss"], abs=1e-3)
