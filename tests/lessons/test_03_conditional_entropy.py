"""What lesson 03 shows: what a first letter is worth, on average and alone, on this list and beyond it."""

import math
import random
import re
import statistics
from collections import Counter

import numpy as np
import pytest

from minigrad.datasets import load_names
from tests.lessons.running import full_run, names_of, path_of, run, unwrapped
from tests.quick import first_quick

STEM = "03_conditional_entropy"
NUMBER = r"(-?\d+\.\d+)"
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def pairs():
    return [(name[0], name[-1]) for name in load_names()]


def bits(symbols):
    """The entropy in bits of the shares of these symbols."""
    counts = Counter(symbols)
    n = counts.total()
    return -math.fsum(count / n * math.log2(count / n) for count in counts.values())


def groups(pairs):
    found = {}
    for y, x in pairs:
        found.setdefault(y, []).append(x)
    return found


def left_open(pairs):
    """H(X | Y), by the mean of the entropies of the groups."""
    return math.fsum(len(x) * bits(x) for x in groups(pairs).values()) / len(pairs)


def gain(pairs):
    return bits([x for _, x in pairs]) - left_open(pairs)


def line(lesson, start):
    """The numbers with a fraction in the one line that begins so."""
    (found,) = [row for row in lesson.stdout.splitlines() if row.strip().startswith(start)]
    return [float(number) for number in re.findall(NUMBER, found)]


def test_a_cloudy_sky_raises_the_entropy_and_the_mean_is_below(lesson):
    days = [("clear", "dry")] * 6 + [("cloudy", "dry"), ("cloudy", "rain")]
    weather = bits([x for _, x in days])
    assert line(lesson, "nothing known") == [round(weather, 3)] == [0.544]
    assert line(lesson, "clear sky") == [0] and line(lesson, "cloudy sky") == [1]
    assert line(lesson, "mean over the days") == [left_open(days)] == [0.25]
    assert bits(days) == pytest.approx(1.061, abs=0.0005)
    assert bits([y for y, _ in days]) == pytest.approx(0.811, abs=0.0005)
    assert -math.log2(6 / 8) == pytest.approx(0.415, abs=0.0005)
    assert weather - left_open(days) > weather / 2


def test_four_first_letters_raise_the_entropy_and_the_mean_is_below(lesson, pairs):
    least, each = bits([x for _, x in pairs]), groups(pairs)
    assert line(lesson, "over all names") == [round(least, 3)] == [3.059]
    for letter, n, expected in (("h", 130, 3.518), ("z", 31, 1.187), ("u", 8, 1.75)):
        assert line(lesson, f"begins with {letter}, {n:3d} names") == [expected]
        assert len(each[letter]) == n and bits(each[letter]) == pytest.approx(expected, abs=5e-4)
    higher = [letter for letter in sorted(each) if bits(each[letter]) > least]
    assert f"higher than H(last) for {len(higher)} letters of 26: {' '.join(higher)}\n" in lesson.stdout
    assert (len(higher), len(each)) == (4, 26)
    assert line(lesson, "on average over names") == [round(left_open(pairs), 3)] == [2.899]
    assert lesson.results["conditional"] == round(left_open(pairs), 4)


def test_only_independent_pairs_have_no_gain(lesson, pairs):
    days = [("clear", "dry")] * 6 + [("cloudy", "dry"), ("cloudy", "rain")]
    coins = [(y, x) for y in "ht" for x in "httt"]
    listed = {
        "independent coins": coins,
        "equal coins": [("h", "h"), ("t", "t")],
        "sky, weather": days,
        "first, last": pairs,
        "last, first": [(x, y) for y, x in pairs],
    }
    for label, table in listed.items():
        H_Y, H_X = bits([y for y, _ in table]), bits([x for _, x in table])
        expected = [H_Y, H_X, H_Y + H_X, bits(table), left_open(table), gain(table)]
        assert line(lesson, label) == [round(value, 3) + 0.0 for value in expected]
        assert (abs(gain(table)) < 1e-12) == (label == "independent coins")
        assert gain(table) > -1e-12 and not re.search(rf"^{label} .*-", lesson.stdout, re.MULTILINE)


def test_the_rows_are_the_cheapest_belief_that_looks(lesson, pairs):
    each, every, n = groups(pairs), Counter(x for _, x in pairs), len(pairs)
    rows = {y: Counter(x) for y, x in each.items()}

    def cost(weight):
        shares = [
            weight * rows[y][x] / rows[y].total() + (1 - weight) * every[x] / n for y, x in pairs
        ]
        return -math.fsum(map(math.log2, shares)) / n

    assert line(lesson, "P(x), does not look") == [round(cost(0), 3)]
    assert line(lesson, "half P(x), half P(x|y)") == [round(cost(0.5), 3)] == [2.947]
    assert line(lesson, "P(x|y), looks  ") == [round(cost(1), 3)] == [round(left_open(pairs), 3)]
    assert line(lesson, "P(x|y), looks, by minigrad") == [2.899, round(cost(1) * math.log(2), 3)]
    assert cost(1) < cost(0.5) < (cost(0) + cost(1)) / 2
    assert (cost(0) + cost(1)) / 2 == pytest.approx(2.979, abs=5e-4)


@pytest.mark.parametrize("seed", first_quick(SEEDS))
def test_few_random_names_look_predictable(pairs, seed):
    """The lesson's shuffles against draws of as many names, by another generator."""
    lesson, each, last = full_run(STEM, seed), groups(pairs), [x for _, x in pairs]
    generator = random.Random(seed)
    expected = {**dict.fromkeys("xuq", "as random names"), **dict.fromkeys("zvo", "lower"), "h": "higher"}
    for letter, verdict in expected.items():
        n = len(each[letter])
        draws = [bits(generator.sample(last, n)) for _ in range(1000)]
        (found,) = [row for row in lesson.stdout.splitlines() if re.match(rf"  {letter} +\d", row)]
        assert found.endswith(verdict) and int(found.split()[1]) == n
        measured, mean, spread, low, high = map(float, re.findall(NUMBER, found))
        assert measured == pytest.approx(bits(each[letter]), abs=0.005)
        assert mean == pytest.approx(statistics.mean(draws), abs=0.07)
        assert spread == pytest.approx(statistics.stdev(draws), abs=0.05)
        assert np.mean([low - 0.01 <= draw <= high + 0.01 for draw in draws]) > 0.9
        assert mean < bits(last), "biased"
    assert line(lesson, "z   ")[0] < line(lesson, "z   ")[1] - 4 * line(lesson, "z   ")[2]
    (outside,) = lesson.found(r"all 26 letters: (\d+) are outside")
    found = {name: np.array(lesson.table[name]) for name in ("measured", "low", "high")}
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    assert "".join(letters[found["measured"] < found["low"]]) == "alotvz"
    assert "".join(letters[found["measured"] > found["high"]]) == "bhmw"
    assert outside == 10
    assert "    lower: a l o t v z\n    higher: b h m w\n" in lesson.stdout


@pytest.mark.parametrize("seed", first_quick(SEEDS))
def test_no_shuffle_gains_what_the_list_gains(pairs, seed):
    lesson, last = full_run(STEM, seed), [x for _, x in pairs]
    generator, gains = random.Random(seed), []
    for _ in range(40):
        first = [y for y, _ in pairs]
        generator.shuffle(first)
        gains.append(gain(list(zip(first, last, strict=True))))
    own = gain(pairs)
    assert line(lesson, "of the list") == [round(own, 3)] == [0.160]
    mean, spread, largest = line(lesson, "of 1000 shuffled lists")
    assert mean == pytest.approx(statistics.mean(gains), abs=0.003)
    assert spread == pytest.approx(statistics.stdev(gains), abs=0.002)
    assert mean + 2 * spread < largest < own / 1.5
    assert line(lesson, "list minus shuffled") == pytest.approx([own - mean], abs=0.001)
    assert 0.4 < mean / own < 0.5, "nearly half"
    assert len(lesson.table["gains"]) == 1000 and (lesson.table["gains"] > 0).all()


def test_a_tenth_of_the_names_leaves_little(pairs):
    """The trial at the end: what is known of the whole list cannot be seen in so few names."""
    tenth, gains, generator = pairs[::10], [], random.Random(0)
    for _ in range(200):
        first = [y for y, _ in tenth]
        generator.shuffle(first)
        gains.append(gain(list(zip(first, [x for _, x in tenth], strict=True))))
    left = gain(tenth) - statistics.mean(gains)
    assert len(pairs) == 5163 and gain(tenth) == pytest.approx(0.484, abs=5e-4)
    assert abs(left) < statistics.stdev(gains)


def test_after_shuffles_the_gain_is_rather_too_low(pairs):
    """With the list's table as the truth, samples read too high, and after shuffles too low."""
    generator, true, raw, after = random.Random(0), gain(pairs), [], []
    for _ in range(12):
        sample = generator.choices(pairs, k=len(pairs))
        first = [y for y, _ in sample]
        generator.shuffle(first)
        raw.append(gain(sample))
        after.append(raw[-1] - gain(list(zip(first, [x for _, x in sample], strict=True))))
    assert min(raw) > true + 0.02 and statistics.mean(after) < true - 0.01
    assert statistics.mean(raw) == pytest.approx(0.206, abs=0.009)
    assert statistics.mean(after) == pytest.approx(0.136, abs=0.009)
    assert abs(statistics.mean(after) - true) < abs(statistics.mean(raw) - true), "a better estimate"


def test_the_picture_shows_the_gains_and_marks_what_is_outside():
    shown = names_of(STEM)
    bars, hist = shown["bars"], shown["hist"]
    counted = sum(bar.get_height() for bar in hist.patches)
    middle = sum((b.get_x() + b.get_width() / 2) * b.get_height() for b in hist.patches) / counted
    assert counted == 1000 and middle == pytest.approx(0.071, abs=0.002)
    colors = [bar.get_facecolor() for bar in bars.patches]
    same = "".join(c for c, color in zip("abcdefghijklmnopqrstuvwxyz", colors, strict=True) if color == colors[0])
    assert same == "abhlmotvwz"
    assert [text.get_text() for text in bars.texts] == [f"n = {n}" for n in shown["count"]]
    black = np.array(bars.collections[0].get_segments())  # (26, 2, 2): letter, end, (x, y)
    np.testing.assert_allclose(black[:, :, 1], np.transpose([shown["low"], shown["high"]]))
    heights = {text.get_text(): h.get_ydata()[0] for text, h in _labelled(bars)}
    assert heights["H(last), all names"] == pytest.approx(3.059, abs=5e-4)
    assert heights["H(last | first)"] == pytest.approx(2.899, abs=5e-4)


def _labelled(axes):
    """The texts of the legend with the lines that they name."""
    handles, labels = axes.get_legend_handles_labels()
    texts = dict(zip(labels, axes.get_legend().get_texts(), strict=True))
    lines = set(axes.get_lines())
    return [(texts[words], h) for h, words in zip(handles, labels, strict=True) if h in lines]


DERIVED = {"0.415", "0.193", "1.386", "0.693", "2.979", "0.206", "0.136"}  # tested here or below


def test_each_figure_of_the_prose_is_printed_or_derived(lesson):
    prose = "\n".join(row for row in path_of(STEM).read_text().splitlines() if row.startswith("# "))
    figures = set(re.findall(r"(?<![\d.])\d\.\d{3}(?!\d)", prose))
    printed = set(re.findall(r"(?<![\d.])\d\.\d{3}(?!\d)", lesson.stdout))
    assert figures - printed == DERIVED
    derived = [-math.log2(6 / 8), -math.log2(7 / 8), 2 * math.log(2), math.log(2)]
    assert [f"{value:.3f}" for value in derived] == ["0.415", "0.193", "1.386", "0.693"]
    (higher,) = lesson.found(r"higher than H\(last\) for (\d+) letters")
    told = rf"For {int(higher)}: after \*h\*, .* the entropy is 3.518 bits, against 3.059 .* {26 - int(higher)} others"
    assert re.search(told, unwrapped(prose))


@pytest.mark.slow
def test_quick_changes_nothing_and_the_seed_only_the_shuffles(lesson, tmp_path):
    quick = run(path_of(STEM), "--quick", "--out", tmp_path, cwd=tmp_path)
    assert (quick.returncode, quick.stderr) == (0, "")
    assert quick.stdout.splitlines()[:-1] == lesson.stdout.splitlines()[:-1]
    before = [full_run(STEM, seed).stdout.split("\nFinding 3")[0] for seed in SEEDS]
    assert len(set(before)) == 1
    assert len({full_run(STEM, seed).stdout for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_is_never_above_and_a_row_often_is(functions, seed):
    rng, raised = np.random.default_rng(seed), 0
    for _ in range(200):
        joint = rng.dirichlet(np.full(12, 0.5)).reshape(3, 4)
        H_X = functions.entropy(joint.sum(axis=0))
        each = functions.entropy(functions.rows_of(joint))
        assert functions.conditional_entropy(joint) < H_X
        assert functions.conditional_entropy(joint) == pytest.approx(joint.sum(axis=1) @ each)
        raised += (each > H_X).any()
    assert raised > 20


def test_what_never_comes_adds_nothing(functions):
    joint = np.array([[0.5, 0.0], [0.0, 0.0], [0.25, 0.25]])
    assert functions.conditional_entropy(joint) == pytest.approx(0.5)
    np.testing.assert_array_equal(functions.rows_of(joint), [[1, 0], [0, 0], [0.5, 0.5]])
    np.testing.assert_array_equal(functions.entropy(functions.rows_of(joint)), [0, 0, 1])


def test_the_joint_table_counts_each_pair(functions):
    joint = functions.joint_of(np.array([0, 25, 25, 3]), np.array([1, 25, 25, 0]))
    assert joint.shape == (26, 26) and joint.sum() == 1
    assert (joint[0, 1], joint[25, 25], joint[3, 0]) == (0.25, 0.5, 0.25)
