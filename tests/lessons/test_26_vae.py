"""What lesson 26 shows: the bound and what it misses, a gradient through a draw, what it takes to dream."""

import re
import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from minigrad.datasets import load_digits
from tests.classroom.answers import complaints
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "26_vae"
NUMBER = r"(-?\d+\.\d+)"
PAIR = rf" +{NUMBER} \({NUMBER}\)"
X, W = np.array([3.0, 1.0]), np.array([2.0, 1.0])
DIGITS, NEW = (part.tensors[0].numpy() for part in load_digits())


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


# -- Finding 1 ------------------------------------------------------------

Z, STEP = np.linspace(-12, 12, 480_001, retstep=True)


def log_normal(z, m, s):
    return -np.log(s) - np.log(2 * np.pi) / 2 - (z - m) ** 2 / (2 * s**2)


LOG_X = sum(log_normal(x, w * Z, 1) for x, w in zip(X, W, strict=True))  # ln p(x | z)
LOG_P = np.log(np.sum(np.exp(LOG_X + log_normal(Z, 0, 1))) * STEP)


@pytest.mark.slow
def test_each_belief_loses_its_divergence_from_the_posterior(lesson):
    """By sums over a fine grid of z, without any formula for a Gaussian but its density."""
    (printed,) = lesson.found(rf"by its own density is {NUMBER} nats")
    assert printed == pytest.approx(LOG_P, abs=5.1e-4)
    posterior = np.exp(LOG_X + log_normal(Z, 0, 1) - LOG_P)
    M = np.sum(posterior * Z) * STEP
    S = np.sqrt(np.sum(posterior * (Z - M) ** 2) * STEP)
    bounds, lost = {}, {}
    for name, m, s in (("prior", 0, 1), ("mean", M, 1), ("too sure", M, S / 4), ("posterior", M, S)):
        log_q = log_normal(Z, m, s)
        q = np.exp(log_q) * STEP
        fit, price = np.sum(q * LOG_X), np.sum(q * (log_q - log_normal(Z, 0, 1)))
        rest = np.sum(q * (log_q - np.log(posterior + 1e-300)))
        row = lesson.found(rf"\n{name} +" + " +".join([NUMBER] * 7) + "\n")
        assert row[:2] == pytest.approx([m, s], abs=0.0051)
        assert row[2:] == pytest.approx([fit, price, fit - price, rest, LOG_P], abs=5.1e-4)
        bounds[name], lost[name] = row[4:6]
    assert max(bounds, key=bounds.get) == "posterior"
    assert said(f"largest bound, {bounds['posterior']:.3f}") and said("but costs 2.468.")
    assert said('"mean" {mean:.3f}, "too sure" only {too sure:.3f}'.format(**lost))


# -- Finding 2 ------------------------------------------------------------


@pytest.mark.slow
def test_all_estimates_are_right_in_the_mean_and_one_scatters_least(lesson):
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    f = -np.sum((X - nodes[:, None] * W) ** 2, axis=1) / 2
    centred = f - weights @ f
    assert weights @ (centred * nodes) == pytest.approx(7)  # the exact slope
    of_f, of_one = weights @ centred**2, weights @ (centred * nodes) ** 2 - 49
    spreads = {"through the draw": 5, "score function, 1 code": of_one**0.5}
    spreads["score function, 64 codes"] = (of_one + 63 * of_f) ** 0.5  # the other terms are independent
    for name, spread in spreads.items():
        mean, error, printed = lesson.found(rf"\n{name} +{NUMBER} \({NUMBER}\) +{NUMBER}\n")
        assert printed == pytest.approx(spread, rel=0.05)
        assert error == pytest.approx(printed / 20_000**0.5, abs=0.0051)
        assert abs(mean - 7) < 4 * error
        assert said(f"by {printed}" if spread < 20 else f"this becomes {printed}")


def test_a_finished_number_has_no_gradient_and_a_reparameterised_draw_has():
    from minigrad.distributions import Normal

    m, s = (mg.tensor(value, requires_grad=True) for value in (1.0, 2.0))
    assert not Normal(m, s).sample((5,)).requires_grad
    z = Normal(m, s).rsample((5,))
    z.sum().backward()
    assert m.grad.item() == pytest.approx(5)
    assert s.grad.item() == pytest.approx(((z - m) / s).sum().item(), rel=1e-5)


# -- Finding 3 ------------------------------------------------------------


def test_a_grey_pixel_is_the_mean_of_black_and_white_ones():
    x, r = np.array([0.3, 0.8]), np.array([0.6, 0.1])
    cross = -np.sum(x * np.log(r) + (1 - x) * np.log(1 - r))
    pictures = [(a, b) for a in (0, 1) for b in (0, 1)]
    chances = [np.prod(np.where(b, x, 1 - x)) for b in pictures]
    assert cross == pytest.approx(sum(c * -np.log(np.prod(np.where(b, r, 1 - r))) for c, b in zip(chances, pictures)))


@pytest.fixture(scope="module")
def again():
    """The lesson's functions with other draws, and a VAE trained by them."""
    mg.manual_seed(100)
    both = [mg.from_numpy(np.tile(rows, (5, 1, 1))) for rows in (DIGITS, NEW)]
    settings = types.SimpleNamespace(epochs=40, lr=0.003, batch_size=50)
    instead = {"digits": DIGITS, "seen": both[0], "new": both[1], "run": settings}
    found = definitions(STEM, rng=np.random.default_rng(100), **instead)
    found.vae = found.train(1, 1)
    return found


def rows_of_the_vae(lesson):
    return {e: lesson.found(rf"\nepoch +{e}" + 3 * PAIR + "\n") for e in (1, 5, 10, 20, 40)}


@pytest.mark.slow
def test_both_parts_of_the_bound_over_training(lesson, again):
    rows = rows_of_the_vae(lesson)
    assert [row[0] for row in rows.values()] == sorted((row[0] for row in rows.values()), reverse=True)
    assert [row[2] for row in rows.values()] == sorted(row[2] for row in rows.values())
    for row in rows.values():
        assert row[0] + row[2] == pytest.approx(row[4], abs=0.011)
    grey = NEW[(NEW > 0) & (NEW < 1)].astype(float)
    entropy = -np.sum(grey * np.log(grey) + (1 - grey) * np.log(1 - grey)) / len(NEW)
    assert lesson.found(rf"hidden constant +{NUMBER}") == [round(entropy, 2)]
    cross, divergence = again.vae[2][40]
    assert np.mean(cross) == pytest.approx(rows[40][0], abs=0.3)
    assert np.mean(divergence) == pytest.approx(rows[40][2], abs=0.3)
    assert said(f"falls from {rows[1][0]:.2f} to {rows[40][0]:.2f}, and KL grows from {rows[1][2]} to {rows[40][2]}:")
    assert said(f"Of the {rows[40][0]} nats, {entropy:.2f} are")
    assert said(f"held-out cross-entropy is {rows[40][0]:.1f}, or")
    assert lesson.results["held_out_loss"] == pytest.approx(rows[40][4], abs=0.0051)


def encoded(parameters, pictures):
    """The m and s of each start, in NumPy."""
    W, b, V, c = (p.detach().numpy() for p in parameters)
    out = np.maximum(pictures @ W + b, 0) @ V + c
    return out[..., :8], np.exp(out[..., 8:])


def divergences(parameters):
    m, s = encoded(parameters, NEW)
    return (-np.log(s) - 0.5 + (m**2 + s**2) / 2).mean(1)  # (5, 8)


@pytest.mark.slow
def test_the_bound_is_near_and_some_codes_are_unused(again):
    """What the text has "computed beforehand", by other draws."""
    encoder, decoder, history = again.vae
    assert all(4 <= used <= 7 for used in (divergences(encoder) > 0.1).sum(1)) and said("only 5 or 6 of the 8 codes")
    rng = np.random.default_rng(0)
    some = NEW[::3]
    m, s = encoded(encoder, some)
    W, b, V, c = (p.detach().numpy() for p in decoder)
    black = rng.random((5, *some.shape)) < some  # a black and white picture drawn from each grey one

    def cross_of(z, pictures):
        logits = np.maximum(z @ W + b, 0) @ V + c
        return (np.logaddexp(0, logits) - pictures * logits).sum(-1)

    logs = []
    for _ in range(200):
        z = m + s * rng.standard_normal(m.shape, dtype=np.float32)
        logs.append((log_normal(z, 0, 1) - log_normal(z, m, s)).sum(-1) - cross_of(z, black))
    logs = np.array(logs)
    top = logs.max(0)
    gap = top + np.log(np.exp(logs - top).mean(0)) - logs.mean(0)
    assert gap.mean() == pytest.approx(1.4, abs=0.15) and said("The bound is 1.4 nats below the mean of ln p(b)")
    assert cross_of(m, some).mean() == pytest.approx(19.6, abs=0.3) and said("or 19.6 with z = m,")
    collapsed = again.train(1, 3)
    assert (divergences(collapsed[0]) > 0.1).sum() == 0 and said("With beta = 3 all 8 collapse.")
    alone = again.train(1, 0)
    assert np.mean(alone[2][40][1]) == pytest.approx(60, abs=3) and said("divergence is about 60 nats")
    assert dreamt(again, alone[1], fitted(alone[0])) == pytest.approx([1.49, 1.43], abs=0.03)
    assert said("only noise to 1.49 and 1.43,")
    only_kl = again.train(0, 1)
    own = encoded(only_kl[0], DIGITS)[0].std(1)
    assert own.mean() == pytest.approx(0.26, abs=0.02) and said("deviation of the codes is 0.26")
    sized = own[:, None] * rng.standard_normal((5, 450, 8))
    assert dreamt(again, only_kl[1], sized) == pytest.approx([1.50, 1.43], abs=0.03) and said("are 1.50 and 1.43.")
    assert dreamt(again, only_kl[1], fitted(only_kl[0])) == pytest.approx([1.46, 1.41], abs=0.03)
    assert said("only KL to 1.46 and 1.41)")
    for factor, two in ((0.5, [1.368, 1.501]), (2, [1.319, 1.367])):
        found = dreamt(again, decoder, factor * rng.standard_normal((5, 450, 8)))
        assert found == pytest.approx(two, abs=0.03) and said("{}, {}".format(*two))


def ways(dreams):
    """Dream to real and real to dream, by scikit-learn."""
    neighbors = pytest.importorskip("sklearn.neighbors")

    def nearest(a, b):
        return neighbors.NearestNeighbors(n_neighbors=1).fit(b).kneighbors(a)[0].mean()

    return [nearest(dreams, NEW), nearest(NEW, dreams)]


def fitted(encoder):
    """Codes from the Gaussian with the mean and covariance of each start's own means."""
    rng = np.random.default_rng(2)
    return np.array([rng.multivariate_normal(c.mean(0), np.cov(c.T), 450) for c in encoded(encoder, DIGITS)[0]])


def dreamt(again, decoder, z, grey=0):
    """Both ways, in the mean over the five starts; with a part of the mean picture mixed in."""
    dreams = again.network(mg.tensor(z, dtype=mg.float32), *decoder).sigmoid().detach().numpy()
    return list(np.mean([ways((1 - grey) * d + grey * DIGITS.mean(0)) for d in dreams], axis=0))


@pytest.mark.slow
def test_the_vae_dreams_nearest_both_ways_and_one_part_alone_does_not_help(lesson, again):
    names = ["real pictures", "mean picture", "VAE", "autoencoder", "only noise", "only KL", "autoencoder, fitted"]
    rows = {name: lesson.found(rf"\n{name}" + 2 * PAIR + "\n") for name in names}
    assert [rows["mean picture"][i] for i in (0, 2)] == pytest.approx(ways(DIGITS.mean(0)[None]), abs=6e-4)
    rng = np.random.default_rng(1)
    real = np.mean([ways(rng.permutation(DIGITS)[:450]) for _ in range(3)], axis=0)
    assert [rows["real pictures"][i] for i in (0, 2)] == pytest.approx(list(real), abs=0.03)
    for i in (0, 2):
        real, _, vae, *others, second = (row[i] for row in rows.values())
        deviation = max(row[i + 1] for row in rows.values())
        assert real < vae < second - deviation < second + deviation < min(others)
        low = min(rows["only noise"][i], rows["only KL"][i])
        assert low > rows["autoencoder"][i], "one part alone does not help"
        assert second - vae < (rows["autoencoder"][i] - vae) / 2, "most of the gap"
        assert said(f"{low:.3f} or more")
    for name, words in (
        ("VAE", "both ways, {} and {},"),
        ("real pictures", "have {} and {}."),
        ("autoencoder", "has {} and {}."),
        ("autoencoder, fitted", "comes to {} and {} ("),
    ):
        assert said(words.format(*(f"{rows[name][i]:.3f}" for i in (0, 2))))
    mixed = np.mean([ways(0.8 * rng.permutation(DIGITS)[:450] + 0.2 * DIGITS.mean(0)) for _ in range(3)], axis=0)
    assert list(mixed) == pytest.approx([1.151, 1.181], abs=0.015) and said("1.151 and 1.181 (computed")
    own = dreamt(again, again.vae[1], rng.standard_normal((5, 450, 8)))
    assert [rows["VAE"][i] for i in (0, 2)] == pytest.approx(own, abs=0.04)
    drawn = lesson.table["distance"].reshape(7, 2)
    assert drawn == pytest.approx(np.array(list(rows.values()))[:, [0, 2]], abs=6e-4)


@pytest.mark.slow
def test_the_autoencoder_mixed_with_grey_comes_nearer_but_not_to_the_vae(again):
    encoder, decoder, history = again.train(0, 0)
    assert np.mean(history[40][0]) == pytest.approx(16.8, abs=0.1) and said("the autoencoder's 16.8")
    mixed = dreamt(again, decoder, fitted(encoder), grey=0.2)
    assert mixed == pytest.approx([1.415, 1.400], abs=0.03) and said("have 1.415 and 1.400")


@pytest.mark.slow
def test_quick_says_that_it_is_too_short_and_its_picture_is_true(tmp_path):
    names = names_of(STEM, "--quick")
    sums = {name: np.sum(np.mean(pairs, axis=0)) for name, pairs in names["pairs"].items()}
    dreaming = [name for name in sums if name not in ("real pictures", "mean picture")]
    assert names["right"].get_title() == f"Nearest to real pictures: {min(dreaming, key=sums.get)}"
    assert names["grid"].get_title() == f"Rows 2, 3: {min(['VAE', 'autoencoder'], key=sums.get)} is nearer"
    assert [len(line.get_xdata()) for line in names["right"].get_lines()] == [7, 7]
    result = run(path_of(STEM), "--epochs", 1, "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("quick: too short to show what the text says\n")
    assert re.search(r"\nepoch   1 .*\nhidden constant", result.stdout)


# -- The exercise ------------------------------------------------------------

EXERCISE = Master(FOLDER / "ex26_bound.py")
RIGHT = {
    "by_s": (
        "A",
        "s = np.exp(log_variance / 2)\nreturn np.sum(s**2 / 2 + mean**2 / 2 - np.log(s) - 0.5, axis=1)",
    ),
    "list": (
        "B",
        "z = mean + eps * np.exp(log_variance / 2)\nof_mean = slope(z)\nreturn [z, of_mean, (z - mean) * of_mean / 2]",
    ),
    "softplus": (
        "C",
        "softplus = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))\n"
        "return -((softplus - logits * pictures).sum(1).mean() + kl.mean())",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_other_right_answers_pass(name):
    part, lines = RIGHT[name]
    assert complaints(EXERCISE, {part: lines}) == []
