"""What lesson 25 shows: a bound on JS, a loss that saturates, and a weak discriminator at 2 ln 2."""

import re

import numpy as np
import pytest

from tests.lessons.running import full_run, path_of, run, said_by

STEM = "25_gan"
NUMBER = r"(-?\d+(?:\.\d+)?(?:e-\d+)?)"
MEANS = [0, 0.5, 1, 2, 4]


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


# -- Finding 1 ------------------------------------------------------------


@pytest.mark.slow
def test_the_best_answers_to_three_outcomes_are_found_by_search(lesson):
    from scipy.optimize import minimize
    from scipy.spatial.distance import jensenshannon

    r, g = np.array([0.1, 0.4, 0.5]), np.array([0.5, 0.4, 0.1])

    def loss(D):
        return -(r @ np.log(D) + g @ np.log(1 - D))

    best = minimize(loss, np.full(3, 0.5), bounds=[(0.001, 0.999)] * 3)
    row = rf"{NUMBER} +\[{NUMBER} +{NUMBER} +{NUMBER} *\]\n"
    cost, *D = lesson.found(rf"\nbest +{row}")
    assert cost == pytest.approx(best.fun, abs=1e-4) and D == pytest.approx(best.x, abs=1.5e-3)
    js = jensenshannon(r, g) ** 2
    assert lesson.found(rf"\n2 ln 2 - 2 JS +{NUMBER} +with JS = {NUMBER}\n") == [cost, round(js, 4)]
    assert cost == pytest.approx(2 * np.log(2) - 2 * js, abs=1e-4)
    nothing, *halves = lesson.found(rf"\nknows nothing +{NUMBER} +\[{NUMBER} +{NUMBER} +{NUMBER}\]\n")
    assert halves == [0.5] * 3 and nothing == round(2 * np.log(2), 4)
    odds = (r / g) ** 3
    sure, *_ = lesson.found(rf"\ntoo sure +{row}")
    assert sure == pytest.approx(loss(odds / (1 + odds)), abs=1e-4) and sure > nothing
    between = -(r @ np.log(g))
    assert lesson.found(rf"whatever D is: {NUMBER}\n") == [round(between, 4)]
    assert said(f"The best D pays {cost:.4f}. The one that knows nothing pays 2 ln 2 = {nothing:.4f}.")
    assert said(f"pays {sure:.4f}, more than the one that knows nothing")
    assert said(f"cross-entropy of r and g, {between:.4f}, is another")


def least_loss(m):
    """By adaptive integration, not by a sum on a grid."""
    from scipy.integrate import quad
    from scipy.stats import norm

    def term(x):
        z = (m * m - 2 * m * x) / 2
        return norm.pdf(x) * np.logaddexp(0, -z) + norm.pdf(x, m) * np.logaddexp(0, z)

    return quad(term, -12, 16, points=[0, m / 2, m], limit=200)[0]


@pytest.mark.slow
def test_a_trained_discriminator_comes_close_to_the_least_loss_and_not_below(lesson):
    for m in MEANS:
        row = rf"\n +{m} +{NUMBER} +{NUMBER} +{NUMBER} \({NUMBER}\)\n"
        least, js, trained, spread = lesson.found(row)
        exact = least_loss(m)
        assert [least, js] == pytest.approx([exact, np.log(2) - exact / 2], abs=6e-5)
        assert exact - 0.004 < trained < exact + 0.01 and spread < 0.01
    assert said("come within 0.01 nats of the least loss, on average over the starts")


# -- Finding 2 ------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_saturating_loss_is_slow_from_afar_only(seed):
    rng = np.random.default_rng(100 + seed)
    steps = {}
    for start in (1, 8):
        for saturating in (True, False):
            m, count = float(start), 0
            while m >= 0.1 and count < 1000:
                x = m + rng.standard_normal(64)
                D = 1 / (1 + np.exp(-(m * m - 2 * m * x) / 2))
                # slope of the mean loss for m, D held: d ln(1 - D)/dm = D m, d(-ln D)/dm = (1 - D) m
                m -= 0.1 * np.mean(D * m if saturating else (1 - D) * m)
                count += 1
            steps[start, saturating] = count
    assert steps[8, True] == 1000 and steps[8, False] < 75
    assert abs(steps[1, True] - steps[1, False]) < 12


def expected_slope(m, sign):
    """Of ln(1 - D) (sign 1) or - ln D (sign -1) for D's logit, over the generated samples N(m, 1)."""
    from scipy.integrate import quad
    from scipy.special import expit
    from scipy.stats import norm

    def term(x):
        return -norm.pdf(x, m) * expit(sign * (m * m - 2 * m * x) / 2)

    return quad(term, -12, 20, points=[0, m / 2, m], limit=200)[0]


@pytest.mark.slow
def test_the_slopes_and_steps_of_both_losses_are_printed(lesson):
    rows = {}
    for start in (1, 2, 4, 6, 8):
        rows[start] = lesson.found(rf"\n +{start} +{NUMBER} +(\d+) +{NUMBER} +(\d+)\n")
        exact = [expected_slope(start, sign) for sign in (1, -1)]
        assert rows[start][::2] == pytest.approx(exact, rel=0.03)  # two digits are printed
    assert [row[1] for row in rows.values()] == sorted(row[1] for row in rows.values())
    assert said(f"the losses hardly differ, {rows[1][1]:.0f} steps and {rows[1][3]:.0f}: D is")
    assert said(f"the saturating loss is {rows[8][0]:.1e}, and 1000 steps are not enough") and rows[8][1] == 1001
    assert said(f"the slope is -1, and {rows[8][3]:.0f} steps are enough.") and rows[8][2] == -1


# -- Finding 3 ------------------------------------------------------------


def settings(lesson):
    """Modes, share near a mode, losses of its own and of a fresh D, by setting."""
    found = {}
    for name in ("two layers", "noise of 8", "small D"):
        row = rf"^{name} +\[(.*?)\] +([\d.]+) +\[(.*?)\] +\[(.*?)\]$"
        modes, near, own, fresh = re.search(row, lesson.stdout, re.MULTILINE).groups()
        found[name] = [np.array(part.split(), float) for part in (modes, own, fresh)] + [float(near)]
    return found


@pytest.mark.slow
def test_a_weak_discriminator_rests_at_2_ln_2_and_sees_no_collapse(lesson):
    found = settings(lesson)
    modes, own, fresh, near = zip(*found.values(), strict=True)
    assert modes[0].min() >= 6 and modes[1].max() <= 3 and modes[2].max() <= 3
    assert near[0] > 0.6 > near[1] > 0.3 > near[2]
    at_rest = np.abs(own[2] - 2 * np.log(2)) < 0.02
    assert at_rest.sum() == 4 and fresh[2][at_rest].max() < 0.6
    assert own[0].max() < 1.3 and own[1].max() < 0.8
    assert fresh[0].min() > max(fresh[1].max(), fresh[2].max())
    assert np.abs(fresh[0] - own[0]).max() < 0.2 and np.abs(fresh[1] - own[1]).max() < 0.25
    assert [own[1].min(), own[1].max()] == pytest.approx([0.44, 0.6], abs=0.05)  # processors differ
    assert said("the losses, 0.44 to 0.60, are far below 2 ln 2")
    assert said(f"a loss of {fresh[2][at_rest].max():.2f} at most on them")
    assert {*modes[2][at_rest]} == {1, 2} and said("these generators cover one or two modes")
    assert list(modes[2][~at_rest]) == [0] and not at_rest[0]
    assert said(f"In the other start, the first, D's loss is {own[2][0]:.2f}, and no mode is covered")
    assert (fresh[1] > own[1]).sum() == 4 and said("In four starts the fresh D is worse")
    assert said(f"at most {(own[0] - fresh[0]).max():.2f} less (with")
    assert round(10 * (1 - near[0])) == 3 and said("about 3 in 10 of their samples are near none")


def test_a_linear_discriminator_cannot_see_a_generator_of_one_point():
    from sklearn.linear_model import LogisticRegression

    angles = np.arange(8) * np.pi / 4
    ring = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, y = np.concatenate([ring, np.zeros((8, 2))]), np.repeat([1, 0], 8)
    p = LogisticRegression(C=1e6).fit(x, y).predict_proba(x)[:, 1]
    assert p == pytest.approx(np.full(16, 0.5), abs=1e-6)
    assert said("A discriminator without a hidden layer")


@pytest.mark.slow
def test_quick_says_what_it_is(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert result.stdout.startswith("quick: too short to show what the text says\n")
    assert (tmp_path / f"{STEM}.png").stat().st_size > 20000
