"""What lesson 28 shows: confident nonsense, small changes that mislead, and what training on them buys."""

import functools

import numpy as np
import pytest

from minigrad.datasets import load_digits
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "28_adversarial"
PAIR = r" +(\d\.\d{3}) \((\d\.\d{3})\)"
(IMAGES, LABELS), (NEW, TRUTH) = ([p.numpy() for p in data.tensors] for data in load_digits())


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


def row(lesson, name, columns):
    """The means and the deviations that are printed of `name`."""
    found = lesson.found(rf"\n{name}" + PAIR * columns + r"\n")
    return np.array(found[::2]), np.array(found[1::2])


# -- One network at a time, by itself --------------------------------------------------------------


def outputs(x, net):
    h = np.maximum(x @ net[0] + net[1], 0)
    z = h @ net[2] + net[3]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, z, e / e.sum(axis=1, keepdims=True)


def slope(x, labels, net):
    """The gradient of each picture's own loss for its pixels."""
    h, _, p = outputs(x, net)
    p[np.arange(len(labels)), labels] -= 1
    return ((p @ net[2].T) * (h > 0)) @ net[0].T


def pgd(x, labels, net, eps, steps, size, start=0.0):
    """On the picture itself, where the lesson clips the change."""
    low, high = np.maximum(x - eps, 0), np.minimum(x + eps, 1)
    now = np.clip(x + start, low, high)
    for _ in range(steps):
        now = np.clip(now + size * np.sign(slope(now, labels, net)), low, high)
    return now


@functools.cache
def trained(seed, eps=0.0, absent=None, epochs=30, nonsense=0, sigmoid=False):
    rng = np.random.default_rng(1000 + seed)
    kept = np.flatnonzero(LABELS != absent) if absent is not None else np.arange(len(LABELS))
    net = [rng.normal(0, 0.125 * 2**0.5, (64, 64)), np.zeros(64), rng.normal(0, 0.125 * 2**0.5, (64, 10)), np.zeros(10)]
    net = [w.astype(np.float32) for w in net]
    for _ in range(42 * epochs):
        batch = rng.choice(kept, 32)
        x, labels = IMAGES[batch], LABELS[batch]
        y = np.eye(10, dtype=np.float32)[labels]
        if nonsense:  # noise, with the same target for each class
            x = np.concatenate([x, rng.random((nonsense, 64), dtype=np.float32)])
            y = np.concatenate([y, np.full((nonsense, 10), np.float32(0.1))])
        if eps:
            x = pgd(x, labels, net, eps, 5, eps / 2, eps * rng.choice(np.float32([-1, 1]), x.shape))
        h, z, p = outputs(x, net)
        d = (1 / (1 + np.exp(-z)) if sigmoid else p) - y
        a = (d @ net[2].T) * (h > 0)
        slopes = [x.T @ a, a.sum(0), h.T @ d, d.sum(0)]
        net = [w - np.float32(0.2 / 32) * s for w, s in zip(net, slopes, strict=True)]
    return net


def share(x, net):
    return (outputs(x, net)[1].argmax(1) == TRUTH).mean()


SEEDS = range(3)


def means(function, *arguments, **named):
    """The mean of `function(net)` over a few networks of our own."""
    return np.mean([function(trained(seed, *arguments, **named)) for seed in SEEDS], axis=0)


# -- Finding 1 -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_confidence_of_nonsense_is_that_of_networks_of_our_own(lesson):
    rng = np.random.default_rng(3)
    noise = rng.random(NEW.shape).astype(np.float32)
    pictures = {"new digits": NEW, "noise": noise, "noise x 10": 10 * noise, "noise x 100": 100 * noise}
    pictures["shuffled digits"] = rng.permuted(NEW, axis=1)
    pictures["noise, signs .3"] = np.clip(noise + 0.3 * rng.choice([-1, 1], noise.shape), 0, 1)
    for name, x in pictures.items():
        ours = means(lambda net, x=x: [outputs(x, net)[2].max(1).mean(), (outputs(x, net)[2].max(1) > 0.9).mean()])
        (sure, above, _), (spread, _, _) = row(lesson, name, 3)
        assert sure == pytest.approx(ours[0], abs=0.04 + spread) and above == pytest.approx(ours[1], abs=0.11)
    eights = NEW[TRUTH == 8]
    p = [outputs(eights, trained(seed, absent=8))[2] for seed in SEEDS]
    assert row(lesson, "8, never seen", 3)[0][0] == pytest.approx(np.mean([q.max(1).mean() for q in p]), abs=0.06)
    assert all(not (q.argmax(1) == 8).any() for q in p) and said("none calls an 8 an 8")


@pytest.mark.slow
def test_noise_made_for_one_network_convinces_others(lesson):
    noise = np.random.default_rng(4).random(NEW.shape).astype(np.float32)
    made = pgd(noise, np.full(len(noise), 3), trained(0), 0.3, 10, -0.075)
    assert np.abs(made - noise).max() < 0.3001
    called = [np.mean(outputs(made, trained(seed))[1].argmax(1) == 3) for seed in SEEDS]
    assert min(called) > 0.85 and row(lesson, "noise made a 3", 3)[0][2] > 0.9
    assert row(lesson, "noise", 3)[0][2] < 0.15


def test_what_the_training_asks_for_counts_and_so_does_the_softmax():
    noise = np.random.default_rng(3).random(NEW.shape).astype(np.float32)
    nets = [trained(seed, nonsense=8) for seed in range(5)]
    sure, far = ([outputs(x, net)[2].max(1).mean() for net in nets] for x in (noise, 100 * noise))
    found = [np.mean(sure), np.mean([share(NEW, net) for net in nets]), np.mean(far)]
    assert said("new noise is {:.2f}; {:.3f} of the digits are right (noise x 100 still gets {:.2f})".format(*found))
    networks = [trained(seed, sigmoid=True) for seed in range(5)]
    sure = {
        place: [(1 / (1 + np.exp(-outputs(x, net)[1].max(1)))).mean() for net in networks]
        for place, x in (("noise", noise), ("new", NEW))
    }
    assert said(f"is {np.mean(sure['noise']):.2f} on noise (deviation {np.std(sure['noise'], ddof=1):.2f})")
    assert said(f"{np.mean(sure['new']):.2f} on new digits")


def test_far_along_a_ray_the_confidence_goes_to_one():
    noise = np.random.default_rng(5).random((50, 64))
    net = [w.astype(float) for w in trained(0, epochs=3)]
    on = noise @ net[0] > 0
    far = [outputs(s * noise, net)[1] for s in (1e6, 2e6, 3e6)]
    np.testing.assert_allclose(far[2] - far[1], far[1] - far[0], rtol=1e-6)
    np.testing.assert_array_equal(on, outputs(3e6 * noise, net)[0] > 0)
    assert outputs(1e6 * noise, net)[2].max(1).min() > 0.9999


# -- Finding 2 -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_signs_of_the_gradient_mislead_and_random_signs_hardly(lesson):
    rng = np.random.default_rng(6)
    signs = rng.choice([-1.0, 1.0], NEW.shape)
    for eps in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3):
        ours = means(
            lambda net, eps=eps: [
                share(np.clip(NEW + eps * signs, 0, 1), net),
                share(np.clip(NEW + eps * np.sign(slope(NEW, TRUTH, net)), 0, 1), net),
                share(pgd(NEW, TRUTH, net, eps, 10, eps / 4), net),
            ]
        )
        printed, spread = row(lesson, f"eps {eps:.2f}", 3)
        np.testing.assert_allclose(printed, ours, atol=0.045)
        assert printed[2] <= printed[1] <= printed[0] and spread.max() < 0.04
    slopes = [slope(NEW, TRUTH, trained(seed)) for seed in SEEDS]
    ratio = np.mean([np.abs(g).sum(1) / np.linalg.norm(g, axis=1) for g in slopes])
    assert lesson.found(r"\|g\|_1/\|g\|_2: (\d\.\d\d),")[0] == pytest.approx(ratio, abs=0.15)


def loss(x, net):
    z = outputs(x, net)[1].astype(float)
    top = z.max(1)
    return np.mean(top + np.log(np.exp(z - top[:, None]).sum(1)) - z[np.arange(len(TRUTH)), TRUTH])


def test_the_gradient_predicts_small_changes_only():
    for eps, expected, far in ((0.001, (0.0031, 0.0030, 0.0040), 5e-4), (0.1, (1.36, 0.30, 0.40), 0.1)):
        found = []
        for seed in SEEDS:
            net = [w.astype(float) for w in trained(seed)]
            g = slope(NEW, TRUTH, net)
            x = np.clip(NEW + eps * np.sign(g), 0, 1)
            bound = eps * np.abs(g).sum(1).mean()
            found.append((loss(x, net) - loss(NEW, net), (g * (x - NEW)).sum(1).mean(), bound))
        np.testing.assert_allclose(np.mean(found, axis=0), expected, atol=far)
    assert said(r"Even :math:`\epsilon \, |g|_1` is 0.40; a pixel at 0 or 1 can move one way only, so the sum is less.")
    assert said("at eps = 0.001 the loss grows by 0.0031, and the sum says 0.0030; at 0.1 by 1.36, and 0.30.")


def test_a_model_without_a_hidden_layer_is_misled_as_well():
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        W, b = np.zeros((64, 10)), np.zeros(10)
        for _ in range(2520):
            batch = rng.integers(0, len(IMAGES), 32)
            z = IMAGES[batch] @ W + b
            d = np.exp(z - z.max(1, keepdims=True))
            d /= d.sum(1, keepdims=True)
            d[np.arange(32), LABELS[batch]] -= 1
            W -= 0.2 / 32 * IMAGES[batch].T @ d
            b -= 0.2 / 32 * d.sum(0)
        z = NEW @ W + b
        shares = []
        for eps in (0.0, 0.1, 0.2):
            w = W.T[TRUTH][:, None] - W.T  # (N, 10, 64): what a pixel adds to the margin over each class
            change = np.minimum(w * np.maximum(-eps, -NEW)[:, None], w * np.minimum(eps, 1 - NEW)[:, None])
            margin = z[np.arange(len(TRUTH)), TRUTH][:, None] - z + change.sum(2)
            margin[np.arange(len(TRUTH)), TRUTH] = np.inf
            shares.append((margin > 0).all(1).mean())
        found.append(shares)
    np.testing.assert_allclose(np.mean(found, axis=0), [0.964, 0.620, 0.043], atol=0.006)
    assert said("have 0.964 right without changes, 0.620 at eps = 0.1 and 0.043 at 0.2 (computed beforehand).")


# -- Finding 3 -------------------------------------------------------------------------------------

NETS = ("plain", "on signs 0.1", "on PGD 0.1", "on PGD 0.2")


@pytest.mark.slow
def test_training_on_attacks_buys_what_it_trains_for(lesson):
    table = {name: row(lesson, name, 6)[0] for name in NETS}
    rng = np.random.default_rng(7)
    starts = rng.choice(np.float32([-0.1, 0.1]), (3, *NEW.shape))
    others = [pgd(NEW, TRUTH, trained(seed), 0.1, 10, 0.025) for seed in SEEDS]
    moved = np.pad(NEW.reshape(-1, 8, 8)[:, :, :7], ((0, 0), (0, 0), (1, 0))).reshape(-1, 64)
    last = NEW.reshape(-1, 8, 8)[:, :, 7]
    assert (last > 0).mean() < 0.1  # what leaves at the right comes back at the left: nearly nothing
    for name, eps in (("plain", 0.0), ("on PGD 0.1", 0.1), ("on PGD 0.2", 0.2)):
        ours = means(
            lambda net: [
                share(NEW, net),
                share(pgd(NEW, TRUTH, net, 0.1, 10, 0.025), net),
                share(pgd(NEW, TRUTH, net, 0.2, 10, 0.05), net),
                share(moved, net),
            ],
            eps,
        )
        np.testing.assert_allclose(table[name][:4], ours, atol=0.06)
        # by the gradient of another network: one trained plainly, from the same seed
        ours = [share(x, trained(seed, eps)) for seed, x in zip(SEEDS, others, strict=True)]
        assert table[name][4] == pytest.approx(np.mean(ours), abs=0.04)
        net = trained(0, eps)
        kept = [outputs(pgd(NEW, TRUTH, net, 0.1, 40, 0.025, start), net)[1].argmax(1) == TRUTH for start in starts]
        once, thrice = share(pgd(NEW, TRUTH, net, 0.1, 10, 0.025), net), np.all(kept, axis=0).mean()
        assert table[name][1] - table[name][5] == pytest.approx(once - thrice, abs=0.01)
    for name in NETS:
        clean, ten, twice, shifted, other, strong = table[name]
        assert ten - 0.02 < strong <= ten <= other and twice < 0.45 and 0.35 < shifted < 0.55
        np.testing.assert_allclose(lesson.table[name].reshape(6, 5).mean(1), table[name], atol=6e-4)
    assert table["on PGD 0.1"][1] > 0.74 > 0.55 > table["on signs 0.1"][1]
    assert table["plain"][0] - table["on PGD 0.2"][0] > 0.03 > abs(table["plain"][0] - table["on PGD 0.1"][0])


@pytest.mark.slow
def test_a_saturated_output_only_hides_the_gradient(lesson):
    clean, own, _, _, others, strong = row(lesson, "plain x 1000", 6)[0]
    plain = row(lesson, "plain", 6)[0]
    assert clean == plain[0] and others == plain[1] and 0.9 < strong < own
    assert said(f"{own:.3f} stay right. Forty steps from three starts do not unmask this ({strong:.3f}).")
    assert said(f"The gradient of `plain` does: {others:.3f}, as for `plain` itself. (Another plain network's")
    net = trained(0)
    sharp = [*net[:2], 1000 * net[2], 1000 * net[3]]
    assert share(NEW, sharp) == share(NEW, net)
    zero = (slope(NEW, TRUTH, sharp) == 0).all(1)
    assert zero.mean() > 0.9 and (outputs(NEW, sharp)[1].argmax(1) == TRUTH)[zero].all()
    starts = np.random.default_rng(8).choice(np.float32([-0.1, 0.1]), (3, *NEW.shape))
    changed = [pgd(NEW, TRUTH, sharp, 0.1, 40, 0.025, start) for start in starts]
    kept = np.all([outputs(x, sharp)[1].argmax(1) == TRUTH for x in changed], axis=0)
    assert share(pgd(NEW, TRUTH, sharp, 0.1, 10, 0.025), sharp) == pytest.approx(own, abs=0.02)
    assert kept.mean() == pytest.approx(strong, abs=0.02)
    assert share(pgd(NEW, TRUTH, net, 0.1, 10, 0.025), sharp) < 0.56
    others = [share(pgd(NEW, TRUTH, trained(seed), 0.1, 10, 0.025), sharp) for seed in range(1, 5)]
    assert np.mean(others) == pytest.approx(0.65, abs=0.02)


@pytest.mark.slow
def test_the_text_says_what_is_printed(lesson):
    pictures = ("new digits", "noise", "noise x 10", "noise x 100", "8, never seen")
    pictures += ("noise made a 3", "noise, signs .3")
    digits, noise, ten, hundred, eight, made, drawn = (row(lesson, name, 3)[0] for name in pictures)
    assert said(f"On noise the mean confidence is {noise[0]:.3f}") and 0.22 < noise[1] < 0.28
    assert said(f"from {digits[0]:.3f} on digits") and said(f"the networks are {eight[0]:.3f} confident")
    assert said(f"of noise x 10 as of digits ({ten[0]:.3f}), of noise x 100 surer ({hundred[0]:.3f})")
    assert said(f"call {noise[2]:.3f} of the noise a 3, after random signs {drawn[2]:.3f}, and {made[2]:.3f} of the")
    at = {eps: row(lesson, f"eps {eps:.2f}", 3)[0] for eps in (0.0, 0.1, 0.2, 0.3)}
    assert said(f"({at[0.1][0]:.3f} are right, {at[0.0][0]:.3f} without), and PGD leaves {at[0.1][2]:.3f}.")
    assert said(f"That is more than the {at[0.1][2]:.3f} and {at[0.2][2]:.3f} with a hidden layer")
    assert said(f"At 0.2 PGD leaves {at[0.2][2]:.3f}, random signs {at[0.2][0]:.3f}.")
    assert said(f"do some harm ({at[0.3][0]:.3f})")
    plain, signs, tenth, fifth = (row(lesson, name, 6)[0] for name in NETS)
    assert said(f"At eps = 0.1, {tenth[1]:.3f} instead of {plain[1]:.3f} stay right.")
    assert said(f"({signs[1]:.3f}): so it is")
    assert said(f"it falls from {plain[0]:.3f} to {fifth[0]:.3f}.")
    assert said(f"trained at 0.1 keep {tenth[2]:.3f}: more than plain's {plain[2]:.3f}, and still most")
    assert said(f"gradient is a weaker attack ({tenth[4]:.3f}) than its own ({tenth[1]:.3f}), and")
    assert said(f"{plain[3]:.3f} of plain stay right, {max(signs[3], tenth[3], fifth[3]):.3f} at best")
    assert "\nminigrad's g as NumPy's: True\n" in lesson.stdout


# -- The picture, and a quick run ------------------------------------------------------------------


@pytest.mark.slow
def test_the_picture_shows_the_changes_and_the_shares():
    shown = names_of(STEM, "--quick")
    left, curve = shown["left"], shown["curve"]
    assert len(left.images) == 6 and len(curve.lines) == 5
    np.testing.assert_array_equal(curve.lines[0].get_ydata(), np.mean(shown["drawn"], axis=(1, 2)))
    assert [text.get_text() for text in curve.get_legend().get_texts()] == ["plain, random signs", *NETS]
    for line, name in zip(curve.lines[1:], NETS, strict=True):
        assert line.get_ydata()[[0, 2, 4]] == pytest.approx(shown["table"][name][:3].mean(1))
    a, b, c, d = shown["shown"]
    assert np.abs(b - a).max() < 0.3001 and np.abs(d - c).max() < 0.1001
    assert "Noise gets a sure 3" in left.get_title()
    middle = [image.get_array() for image in left.images[1::3]]  # grey where nothing changes
    np.testing.assert_allclose(middle[0].reshape(64), 0.5 + (b - a) / 0.6, atol=1e-3)
    np.testing.assert_allclose(middle[1].reshape(64), 0.5 + (d - c) / 0.2, atol=1e-3)
    answers = [outputs(x[None], [w[0] for w in shown["plain"]])[2] for x in (a, b, c, d)]
    texts = [text.get_text() for text in left.texts]
    assert [texts[i] for i in (0, 2, 3, 5)] == [f"{p.argmax()}, p {p.max():.3f}" for p in answers]
    assert answers[1].argmax() == 3 and answers[1].max() > 0.9
    k = shown["k"]
    assert answers[2].argmax() == TRUTH[k] != answers[3].argmax()


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
