"""What lesson 29 shows: a row of labels is one class, and its cross-entropy gains where labels are related."""

import itertools
import math
import re

import numpy as np
import pytest

from minigrad.datasets import load_names
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "29_structured"
NUMBER = r"(-?\d+(?:\.\d+)?)"
Z = [[0, 0, 1], [2, 0, 3], [0, 2, 1], [3, 2, 1]]
A = [[2, 0, 2], [-1, 1, 2], [2, 1, 1]]
ROWS = list(itertools.product(range(3), repeat=4))
KINDS = [("names", 0.5), ("names", 1), ("names", 2), ("shuffled", 1)]
ANSWERS = ["separate", "marginals", "Viterbi"]


said = said_by(STEM)


def score(row, pairs=1):
    return sum(Z[t][k] for t, k in enumerate(row)) + pairs * sum(A[j][k] for j, k in itertools.pairwise(row))


def log_Z(pairs=1):
    return math.log(math.fsum(math.exp(score(row, pairs)) for row in ROWS))


def probability(row):
    return math.exp(score(row) - log_Z())


def row_of(letters):
    return tuple("abc".index(letter) for letter in letters.split())


# -- Findings 1 and 2 -----------------------------------------------------


@pytest.mark.slow
def test_the_loss_of_a_row_is_the_cross_entropy_of_81_classes(lesson):
    by_list, by_forward = lesson.found(rf"\nln Z: {NUMBER} by list, {NUMBER} by forward\n")
    assert [by_list, by_forward] == pytest.approx([log_Z()] * 2, abs=6e-10)
    row = row_of("c a c a")
    (loss,) = lesson.found(rf"\nloss of c a c a: ln Z - s = {NUMBER}\n")
    assert loss == pytest.approx(-math.log(probability(row)), abs=0.00051)
    found = lesson.found(rf"\nloss with A = 0: {NUMBER}; separate cross-entropies: {NUMBER}\n")
    each = sum(math.log(sum(map(math.exp, Z[t]))) - Z[t][k] for t, k in enumerate(row))
    assert found == pytest.approx([log_Z(0) - score(row, 0), each], abs=0.00051)
    assert said(f"It pays 2 ln 2 = {2 * math.log(2):.3f} nats") and said(f"pays ln 2 = {math.log(2):.3f}, the joint")
    assert 26**11 > 10**15
    assert said(f"(In `rows` you can count them: {sum((0, 0) in itertools.pairwise(row) for row in ROWS)}.)")


@pytest.mark.slow
def test_the_row_of_the_likeliest_labels_is_not_the_likeliest_row(lesson):
    marginal = np.zeros((4, 3))
    for row in ROWS:
        marginal[range(4), row] += probability(row)
    second = lesson.found(rf"P\(c\) at the second place: {NUMBER} {NUMBER} {NUMBER}\n")
    assert second == pytest.approx(marginal[1], abs=0.00051) and second[2] > second[0]
    assert "\nas from the list of 81, to 1e-12: True\n" in lesson.stdout
    best = {"largest marginals": marginal.argmax(1), "Viterbi": max(ROWS, key=score)}
    for name, letters in (("largest marginals", "c c c a"), ("Viterbi", "c a c a")):
        assert tuple(best[name]) == row_of(letters)
        found = lesson.found(rf"\n{name} +{letters} +{NUMBER} +{NUMBER}\n")
        expected = [probability(row_of(letters)), marginal[range(4), row_of(letters)].sum()]
        assert found == pytest.approx(expected, abs=0.00051)
    assert sum(score(row) == max(map(score, ROWS)) for row in ROWS) == 1
    most, whole = marginal.max(1).sum(), probability(row_of("c a c a"))
    assert said(f"the most labels right on average, {most:.3f} of four")
    assert said(f"more often right as a whole: {whole:.3f} against {probability(row_of('c c c a')):.3f}")


# -- Finding 3 ------------------------------------------------------------


def table(lesson, kind, noise):
    """Four columns, each a pair (mean, standard deviation), of the three answers: (3, 4, 2)."""
    pairs = rf" *{NUMBER} \({NUMBER}\)" * 4
    rows = [lesson.found(rf"\n{kind} +{noise} +{answer}{pairs}\n") for answer in ANSWERS]
    return np.reshape(rows, (3, 4, 2))


def letters():
    names = sorted({name[:5] for name in load_names() if len(name) > 4})
    return np.array([[ord(letter) for letter in name] for name in names]) - ord("a")


def written(seed):
    """For each kind and noise: labels, what is seen, and the batches of the two models."""
    rng, labels = np.random.default_rng(seed), letters()
    tables = {"names": labels, "shuffled": rng.permuted(labels, axis=0)}
    for kind, noise in KINDS:
        y = np.stack([rng.permutation(tables[kind]) for _ in range(5)])
        codes = rng.standard_normal((5, 26, 8))
        x = np.stack([code[labels] for code, labels in zip(codes, y, strict=True)])
        x = x + noise * rng.standard_normal(x.shape)
        yield kind, noise, y, x, [[rng.integers(0, 2400, 200) for _ in range(150)] for _ in range(2)]


def forward_backward(z, A):
    """ln Z, the marginals of the places, and those of the pairs, summed over names and places."""
    T = z.shape[2]
    e, f = np.exp(A)[:, None], np.exp(z - z.max(-1, keepdims=True))
    log_z = z.max(-1).sum(-1)
    alpha, beta = [f[:, :, 0]], [np.ones_like(f[:, :, 0])]
    for t in range(1, T):
        alpha.append((alpha[-1][:, :, None] @ e)[:, :, 0] * f[:, :, t])
        beta.insert(0, (e @ (f[:, :, T - t] * beta[0])[..., None])[..., 0])
    total = alpha[-1].sum(-1, keepdims=True)
    places = np.stack([a * b / total for a, b in zip(alpha, beta, strict=True)], 2)
    pairs = 0
    for t in range(1, T):
        pairs = pairs + np.swapaxes(alpha[t - 1] / total, 1, 2) @ (f[:, :, t] * beta[t]) * np.exp(A)
    return log_z + np.log(total[..., 0]), places, pairs


def observed(y):
    pairs = np.zeros((5, 26, 26))
    for i in range(5):
        np.add.at(pairs[i], (y[i, :, :-1], y[i, :, 1:]), 1)
    return pairs


def losses(z, A, y):
    """Nats a letter of the rows and of the letters by their marginals; the marginals."""
    log_z, places, _ = forward_backward(z, A)
    own = np.take_along_axis(z, y[..., None], -1).sum((1, 2, 3)) + (A * observed(y)).sum((1, 2))
    count = y.shape[1] * 5
    of_letters = -np.log(np.take_along_axis(places, y[..., None], -1)).sum((1, 2, 3)) / count
    return (log_z.sum(1) - own) / count, of_letters, places


def trained(x, y, batches, chain):
    """W, b, A by Adam on gradients that are expected minus observed."""
    parameters = [np.zeros((5, 8, 26)), np.zeros((5, 1, 5, 26)), np.zeros((5, 26, 26))]
    first, second = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    for step, batch in enumerate(batches, 1):
        W, b, A = parameters
        seen, labels = x[:, batch], y[:, batch]
        _, places, pairs = forward_backward(seen @ W[:, None] + b, A)
        d = (places - np.eye(26)[labels]) / labels[0].size
        of_A = chain * (pairs - observed(labels)) / labels[0].size
        of_W = np.swapaxes(seen.reshape(5, -1, 8), 1, 2) @ d.reshape(5, -1, 26)
        gradients = [of_W, d.sum(1, keepdims=True), of_A]
        for i, g in enumerate(gradients):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            size = np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8
            parameters[i] = parameters[i] - 0.1 * first[i] / (1 - 0.9**step) / size
    return parameters


@pytest.mark.slow
def test_the_gains_are_those_of_expected_minus_observed_counts(lesson):
    assert len(letters()) == 2890 and said("(2890 different ones)") and said("into 2400 names")
    second, third = (letters()[:, 1:3] == 0).sum(0)
    assert said(f'the letter "a" is second in {second} names, third in {third}.')
    for kind, noise, y, x, batches in list(written(0))[1::2]:
        x = x.astype(np.float32).astype(float)
        new, found = y[:, 2400:], []
        for chain in (0, 1):
            W, b, A = trained(x, y, batches[chain], chain)
            found.append(losses(x[:, 2400:] @ W[:, None] + b, A, new))
        nats = np.array([found[0][0], found[1][1], found[1][0]])
        printed = table(lesson, kind, noise)
        assert printed[:, 0, 0] == pytest.approx(nats.mean(1), abs=0.003)
        assert printed[:, 1, 0] == pytest.approx((nats[0] - nats).mean(1), abs=0.003)
        assert printed[:, 1, 1] == pytest.approx((nats[0] - nats).std(1), abs=0.003)
        assert lesson.table[f"{kind}, noise {noise}"] == pytest.approx(nats[0] - nats[2], abs=0.004)
        right = np.array([each[2].argmax(-1) == new for each in found])
        assert printed[:2, 2, 0] == pytest.approx(right.mean((2, 3)).mean(1), abs=0.003)
        assert printed[:2, 3, 0] == pytest.approx(right.all(3).mean((1, 2)), abs=0.005)
        if kind == "names":
            assert np.reshape(lesson.table["A"], (26, 26)) == pytest.approx(A[0], abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_related_labels_give_the_gain_and_shuffled_ones_do_not(seed):
    lesson = full_run(STEM, seed=seed)
    tables = {kind: table(lesson, *kind) for kind in KINDS}
    gains = {kind: t[2, 1, 0] for kind, t in tables.items()}
    for kind in KINDS:
        assert (lesson.table[f"{kind[0]}, noise {kind[1]}"] > 0).all() == (kind[0] == "names")
    assert gains["shuffled", 1] < 0 < gains["names", 0.5] < gains["names", 1] < gains["names", 2]
    assert gains["names", 1] > 5 * tables["names", 1][2, 1, 1]
    more = {kind: t[2, 3, 0] - t[0, 3, 0] for kind, t in tables.items()}
    assert more["names", 1] > more["names", 0.5] > more["names", 2] > 0
    assert tables["names", 2][1, 2, 0] > tables["names", 2][2, 2, 0]
    assert tables["names", 1][2, 3, 0] > tables["names", 1][1, 3, 0]
    rest = {kind: (t[2, 1, 0] - t[1, 1, 0]) / t[2, 1, 0] for kind, t in tables.items()}
    assert rest["names", 1] < 0.4 < 0.7 < rest["names", 2]


@pytest.mark.slow
def test_with_more_rows_the_chain_loses_less_on_shuffled_letters():
    rng, small = np.random.default_rng(0), letters()
    y = np.stack([rng.permuted(np.tile(small, (4, 1)), axis=0) for _ in range(5)])
    x = np.stack([rng.standard_normal((26, 8))[labels] for labels in y])
    x = x + rng.standard_normal(x.shape)
    gains = []
    for count in (2400, 11000):
        found = []
        for chain in (0, 1):
            W, b, A = trained(x, y, [rng.integers(0, count, 200) for _ in range(150)], chain)
            found.append(losses(x[:, 11000:] @ W[:, None] + b, A, y[:, 11000:])[0])
        gains.append(np.mean(found[0] - found[1]))
    few, many = gains
    assert few / 2 < many < few / 4 < 0
    assert said("With 11000 rows to learn from, the chain loses less than half as much")


@pytest.mark.slow
def test_the_text_says_what_is_printed(lesson):
    half, one, two, shuffled = (table(lesson, *kind) for kind in KINDS)
    assert said(f"the chain's loss is {one[2, 0, 0]:.3f} nats a letter, and the separate one's {one[0, 0, 0]:.3f}")
    assert said(f"The gain is {one[2, 1, 0]:.3f}, far above its spread, {one[2, 1, 1]:.3f}")
    assert said(f"Of the names {one[2, 3, 0]:.3f} are right as a whole, against {one[0, 3, 0]:.3f} with")
    assert said(f"the chain *loses* {-shuffled[2, 1, 0]:.3f}")
    assert said(f"grows with the noise: {half[2, 1, 0]:.3f}, {one[2, 1, 0]:.3f}, {two[2, 1, 0]:.3f}")
    assert said(f"have more letters right (noise 2: {two[1, 2, 0]:.3f}, by Viterbi {two[2, 2, 0]:.3f})")
    assert said(f"Viterbi more names (noise 1: {one[2, 3, 0]:.3f}, by marginals {one[1, 3, 0]:.3f})")
    assert said(f"it gains {one[1, 1, 0]:.3f} of the {one[2, 1, 0]:.3f} nats")
    assert said(f"The rest, {one[2, 1, 0] - one[1, 1, 0]:.3f} nats")
    assert said(f"most of the gain, {two[2, 1, 0] - two[1, 1, 0]:.3f} of {two[2, 1, 0]:.3f}")
    assert lesson.results["gain"] == pytest.approx(one[2, 1, 0], abs=0.00051)


# -- The rest -------------------------------------------------------------


def test_the_picture_shows_what_its_titles_say_even_with_quick():
    names = names_of(STEM, "--quick")
    left, right = names["left"], names["right"]
    assert left.get_title() == "After q, A is largest for u"
    assert left.images[0].get_array()[ord("q") - ord("a")].argmax() == ord("u") - ord("a")
    assert [label.get_text() for label in left.get_xticklabels()][16] == "q"
    assert right.get_title() == "Related letters give the gain"
    _, *dots = right.lines
    of = {label.get_text(): place for place, label in enumerate(right.get_yticklabels())}
    x = np.array([line.get_xdata() for line in dots])  # (tries, kinds)
    assert x.shape == (5, 4) and list(of) == [f"{kind}, noise {noise}" for kind, noise in KINDS]
    assert abs(x[:, 3].mean()) < 0.02 < x[:, :3].min()


@pytest.mark.slow
def test_after_q_comes_u(lesson):
    assert np.reshape(lesson.table["A"], (26, 26))[16].argmax() == 20


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.match("quick: too short to show what the text says\n", result.stdout)
