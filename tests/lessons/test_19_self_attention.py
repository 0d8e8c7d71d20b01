"""What lesson 19 shows: the printed layer's limits, and four models that learn what can be known."""

import itertools
import math

import numpy as np
import pytest

from tests.lessons.running import full_run

TASKS = ["positions", "no positions", "causal mask", "no attention"]


@pytest.fixture(scope="module", params=[0, 1])
def attention(request):
    return full_run("19_self_attention", seed=request.param)


@pytest.mark.slow
def test_the_printed_layer_is_as_the_lesson_says(attention):
    assert "as printed: name 'np' is not defined\n" in attention.stdout
    assert attention.found(r"with the import it is within (\S+) of")[0] < 1e-6
    lowest, highest = attention.found(r"weights add up to (\S+) \.\.\. (\S+), not to 1")
    assert lowest < 0.8 and highest > 1.2
    assert attention.found(r"differ by up to (\S+)\n4")[0] > 0.1
    assert attention.found(r"reordered differ by up to (\S+)\n")[0] < 1e-6
    assert attention.found(r"moves the first output by up to (\S+)\n")[0] > 0.02


@pytest.mark.slow
def test_undivided_scores_let_one_weight_take_all(attention):
    largest, slope = attention.found(r"q\.k +: mean max p (\S+), p\(1 - p\) (\S+)\n")
    assert largest == pytest.approx(0.966, abs=0.01)
    assert slope == pytest.approx(0.006, abs=0.002)
    largest, slope = attention.found(r"sqrt\(d\): mean max p (\S+), p\(1 - p\) (\S+)\n")
    assert largest == pytest.approx(0.36, abs=0.01)
    assert slope == pytest.approx(0.096, abs=0.002)


@pytest.mark.slow
def test_the_right_layer_is_the_library_one_and_sees_no_future(attention):
    difference, moved = attention.found(r"mask: within (\S+) of nn\.MultiheadAttention; 5 is now (\S+)\n")
    assert difference < 1e-6
    assert moved == 0


def without_positions():
    """The accuracy and loss expected at best, exactly: the target is one of 7 tokens, drawn from 10 kinds."""
    accuracy = loss = total = 0
    for kinds in itertools.combinations_with_replacement(range(10), 7):
        counts = np.bincount(kinds)
        counts = counts[counts > 0]
        ways = math.factorial(7) / math.prod(math.factorial(count) for count in counts)
        total += ways
        accuracy += ways * counts.max() / 7
        loss -= ways * (counts / 7 * np.log(counts / 7)).sum()
    assert total == 10**7
    return accuracy / total, loss / total


@pytest.mark.slow
def test_each_model_learns_what_can_be_known(attention):
    possible = [(1, 0), without_positions(), (0.55, math.log(10) / 2), (0.1, math.log(10))]
    found = attention.table["test"].reshape(4, 2)
    for name, (accuracy, loss), (best, least) in zip(TASKS, found, possible, strict=True):
        said = attention.found(rf"\n{name} +accuracy (\S+) of (\S+), loss (\S+) of (\S+) nats")
        assert said == pytest.approx([accuracy, best, loss, least], abs=5e-3), name
        assert accuracy == pytest.approx(best, abs=0.012), name  # 32,000 tokens
        assert least - 0.01 < loss < least + 0.025, name
    assert found[0, 0] == 1
    assert attention.results["test_accuracy"] == 1


@pytest.mark.slow
def test_the_losses_fall_from_ln_10_to_the_least_possible(attention):
    losses = attention.table["train_loss"].reshape(800, 4)
    assert losses[0] == pytest.approx([math.log(10)] * 4, abs=0.15)
    assert losses[-100:].mean(0) == pytest.approx([0, without_positions()[1], math.log(10) / 2, math.log(10)], abs=0.02)


@pytest.mark.slow
def test_the_weights_lie_on_the_mirrored_position(attention):
    weights = attention.table["weight"].reshape(3, 8, 8)
    assert np.diag(weights[0][:, ::-1]).mean() > 0.85
    assert weights[1] == pytest.approx(np.full((8, 8), 1 / 8), abs=0.05)
    assert np.diag(weights[2][:, ::-1])[4:].mean() > 0.85
    assert not np.triu(weights[2], 1).any()
