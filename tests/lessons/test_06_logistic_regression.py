"""What lesson 06 shows: log loss against squared error and half a log loss, and scikit-learn's results."""

import numpy as np
import pytest

from tests.lessons.running import full_run


@pytest.fixture(scope="module", params=[0, 1])
def binary(request):
    return full_run("06_logistic_regression", seed=request.param)


@pytest.mark.slow
def test_the_formulas_go_wrong_as_the_lesson_says(binary):
    from sklearn.metrics import log_loss

    assert binary.found(r"p = \.8 costs (\S+) nats, p = \.2 costs (\S+) nats") == [0.2231, 1.6094]
    mean = log_loss([1, 0, 1, 1], [0.9, 0.2, 0.6, 0.7])
    assert binary.found(r"1 no sum .*: (\S+) as printed; the mean of the four: (\S+)") == [0.0263, round(mean, 4)]
    one = log_loss([0], [0.99], labels=[0, 1])
    assert binary.found(r"2 half .*: 0 as printed; (\S+) is right") == [round(one, 3)]
    both = log_loss([1, 0], [0.8, 0.9], normalize=False)
    assert binary.found(r"3 brackets .*: (\S+) as printed; (\S+) is right") == [-2.079, round(both, 3)]
    assert binary.found(r"4 penalty .*: (\S+), (\S+), (\S+)") == [0.01, 1, 100]


@pytest.mark.slow
def test_squared_error_is_the_slow_one_although_it_is_larger(binary):
    raced = r" +begins at +(\S+) with gradient (\S+), takes +(\S+) steps"
    loss, gradient, steps = binary.found(r"log loss" + raced)
    twentieth, twentieths_gradient, twentieths_steps = binary.found(r"log loss / 20" + raced)
    squared, squares_gradient, squares_steps = binary.found(r"squared error" + raced)
    assert (steps, squares_steps) == (21, 11068)
    assert twentieth < squared and twentieths_steps < squares_steps / 20
    wrong = 1 - 1 / (1 + np.exp(10))  # 1 - p
    assert [loss, squared] == pytest.approx([np.log1p(np.exp(10)), wrong**2], abs=1e-4)
    expected = [-wrong, -wrong / 20, -2 * wrong**2 * (1 - wrong)]
    assert [gradient, twentieths_gradient, squares_gradient] == pytest.approx(expected, abs=1e-6)


def test_a_twentieth_of_log_loss_is_less_than_squared_error_on_the_whole_way():
    z = np.linspace(-10, np.log(9), 10_001)
    assert (np.log1p(np.exp(-z)) / 20 < 1 / (1 + np.exp(z)) ** 2).all()


@pytest.mark.slow
def test_log_loss_from_the_logit(binary):
    assert binary.found(r"label 0 +z = 20, p = (\S+): (\S+); of two logits (\S+)") == [1, 20, 20]


@pytest.mark.slow
def test_reaches_what_scikit_learn_reaches(binary):
    yardstick = scikit_learn()
    numbers = binary.results
    assert numbers["epochs"] == 500
    assert numbers["train_loss"] == pytest.approx(yardstick["train_loss"], abs=1e-4)
    assert numbers["test_loss"] == pytest.approx(yardstick["test_loss"], abs=1e-4)
    assert numbers["test_accuracy"] == pytest.approx(yardstick["accuracy"], abs=1e-4)
    *quoted, ours = binary.found(r"sklearn +test: (\S+) nats, (\S+); train .*: (\S+) nats \(ours: (\S+)\)")
    assert quoted == [round(yardstick[name], 4) for name in ("test_loss", "accuracy", "objective")]
    assert ours == pytest.approx(yardstick["objective"], abs=1e-4)
    probabilities = binary.table["probability"]
    assert probabilities == pytest.approx(yardstick["probabilities"], abs=1e-3)


def scikit_learn():
    """LogisticRegression on the same standardized measurements, and the objective that it minimizes, in nats."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.preprocessing import StandardScaler

    from minigrad.datasets import load_breast_cancer

    (x, y), (x_test, y_test) = ([tensor.numpy() for tensor in part.tensors] for part in load_breast_cancer())
    scaler = StandardScaler().fit(x.astype(float))
    x, x_test = scaler.transform(x.astype(float)), scaler.transform(x_test.astype(float))
    model = LogisticRegression(C=1, tol=1e-8, max_iter=10_000).fit(x, y)
    train_loss, probabilities = log_loss(y, model.predict_proba(x)), model.predict_proba(x_test)[:, 1]
    return {
        "train_loss": train_loss,
        "test_loss": log_loss(y_test, probabilities),
        "accuracy": model.score(x_test, y_test),
        "objective": train_loss + (model.coef_**2).sum() / (2 * len(y)),
        "probabilities": probabilities,
    }


@pytest.mark.slow
def test_the_wrong_losses_fail_where_the_lesson_says(binary):
    def learnt(name, bias):
        return binary.found(rf"(?m)^{name} +from +{bias}: log loss (\S+) nats, accuracy (\S+)$")

    benign = 90 / 143  # the accuracy of saying 1 to everything
    assert learnt("log loss", -10) == pytest.approx(learnt("log loss", 0), abs=1e-3)
    assert learnt("squared error", 0) == pytest.approx([0.101, 0.958], abs=1e-3)
    loss, accuracy = learnt("squared error", -10)
    assert loss > 5 and accuracy == pytest.approx(1 - benign, abs=1e-3)
    for bias in (0, -10):
        loss, accuracy = learnt("half a log loss", bias)
        assert loss > 2.5 and accuracy == pytest.approx(benign, abs=1e-3)
    assert binary.table["test_loss"].shape == (6 * 500,)
