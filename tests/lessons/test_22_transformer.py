"""What lesson 22 shows: blocks on a novel, a copy that takes two of them, and the leak without a mask."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_text
from tests.conformance.lessons.on_torch import Silent, definitions
from tests.lessons.running import full_run, names_of, said_by

STEM = "22_transformer"
NUMBER = r"(\d+\.\d+)"
NOVEL = [f"novel, blocks: {blocks}" for blocks in range(3)]
COPY = ["copy, 1 block", "copy, 1 block, d = 48", "copy, 1 block, told letter before", "copy, 2 blocks"]
LEAK = [f"{mask}, {way}" for mask in ("mask", "no mask") for way in ("all at once", "8 letters")]


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


@pytest.mark.slow
def test_what_is_printed_is_the_mean_and_the_deviation_of_the_starts(lesson):
    for name in NOVEL + COPY + LEAK:
        starts = lesson.table[name]
        assert len(starts) == 3
        printed = lesson.found(rf"\n{re.escape(name)} +{NUMBER} \({NUMBER}\)\n")
        assert printed == pytest.approx([starts.mean(), starts.std(ddof=1)], abs=6e-4), name
    assert lesson.results["held_out"] == pytest.approx(lesson.table[NOVEL[2]].mean(), abs=6e-5)


@pytest.mark.slow
def test_no_block_counts_pairs_and_the_second_block_adds_nothing_on_the_novel(lesson):
    kinds, x = np.unique(list(load_text()), return_inverse=True)
    cut = len(x) * 9 // 10
    n = np.full((len(kinds), len(kinds)), 0.01)
    learn, new = x[:cut][:60_000], x[cut:]
    np.add.at(n, (learn[:-1], learn[1:]), 1)
    pairs = -np.log((n / n.sum(axis=1, keepdims=True))[new[:-1], new[1:]]).mean()
    none, one, two = [lesson.table[name] for name in NOVEL]
    assert pairs == pytest.approx(2.437, abs=6e-4) and said("pairs, 2.437")
    assert pairs < none.min() and none.max() < pairs + 0.03
    assert none.min() - one.max() > 0.2
    assert said(f"takes it from {none.mean():.2f} to {one.mean():.2f} nats")
    assert said(f"leaves {two.mean():.2f} (deviations: about 0.01 or less)")
    assert max(one.std(ddof=1), two.std(ddof=1)) < 0.015
    assert abs(one.mean() - two.mean()) < 2 * (one.std(ddof=1) + two.std(ddof=1))


@pytest.mark.slow
def test_copying_takes_two_blocks_or_a_block_that_is_told(lesson):
    one, wide, told, two = [lesson.table[name] for name in COPY]
    assert max(told.max(), two.max()) < 0.05
    assert one.min() > 1 and wide.min() > 0.3
    assert one.max() < np.log(16)
    assert said(f"a part of the task: {one.mean():.2f} nats. Two blocks have nearly all: below 0.01.")
    assert two.mean() < 0.01
    assert said(f"has nearly all, too: {told.mean():.3f}.") and said("and still about 0.9 nats")
    assert wide.mean() == pytest.approx(0.9, abs=0.05) and wide == pytest.approx([1.3, 0.75, 0.7], abs=0.05)
    assert said("(its starts differ much: about 1.3, 0.75 and 0.7)")


def trained_without_its_first_attention(lesson, model, draw, rate):
    """The model after 300 steps of the lesson; its first block's attention adds 0, and stays so."""
    for p in model.rest[0].to_out.parameters():
        p.requires_grad_(False).zero_()
    lesson.run.batch_size = 32
    lesson.train([[model]], draw, 300, rate)
    return model


@pytest.mark.slow
def test_it_is_the_attention_that_takes_a_block_below_the_pairs(lesson):
    kinds, x = np.unique(list(load_text()), return_inverse=True)
    learn, new = np.split(x, [len(x) * 9 // 10])
    rows, held_out = (np.lib.stride_tricks.sliding_window_view(part, 17) for part in (learn[:60_000], new))
    mg.manual_seed(1)
    functions = definitions(STEM, run=Silent(), rng=np.random.default_rng(1))
    model = functions.Transformer(len(kinds), 16, 1)
    trained_without_its_first_attention(
        functions, model, lambda count: rows[functions.rng.integers(0, len(rows), count)], 0.02
    )
    nats = functions.judge(model, held_out[::8])[:, 8:].mean()
    assert said("switched off, the block sees one letter only, and has 2.447 to 2.456 (six starts")
    assert nats == pytest.approx(2.4515, abs=0.01) and nats > lesson.table[NOVEL[1]].max() + 0.2


@pytest.mark.slow
def test_two_blocks_without_the_first_attention_are_as_one_block():
    mg.manual_seed(1)
    functions = definitions(STEM, run=Silent(), rng=np.random.default_rng(1))
    model = functions.Transformer(16, 24, 2)
    trained_without_its_first_attention(functions, model, functions.strings, 0.01)
    rows = functions.strings(300)
    known = np.array([[row[t] in row[:t] for t in range(24)] for row in rows])
    assert said("Two blocks *without the first attention* have 1.0 to 1.2 nats (six starts)")
    assert 0.85 < functions.judge(model, rows)[known].mean() < 1.25


@pytest.mark.slow
def test_without_a_mask_the_loss_is_a_lie(lesson):
    mask, mask_in_use, lie, in_use = [lesson.table[name] for name in LEAK]
    np.testing.assert_array_equal(mask, lesson.table[NOVEL[1]])
    assert lie.max() < 0.4 < 2 < mask.min()
    assert abs(mask_in_use.mean() - mask.mean()) < 0.1
    assert in_use.min() > np.log(79) and said(f"ln 79 = {np.log(79):.3f}")
    assert said(f"far better: 0.32 nats, and not {mask.mean():.2f}.")
    assert lie.mean() == pytest.approx(0.32, abs=0.008)
    assert 8 < in_use.mean() < 12 and said("the model has about 10 nats.")
    assert said(f"With a mask it has {mask_in_use.mean():.2f} (all")
    hidden, open_ = map(float, re.findall(rf"outputs 0 to 9 move by up to {NUMBER}\n", lesson.stdout))
    assert hidden == 0 < 0.1 < open_


def test_the_strings_repeat_and_what_is_known_is_a_repetition():
    lesson = definitions(STEM, rng=np.random.default_rng(0))
    for row in lesson.strings(50):
        period = next(p for p in range(1, 25) if (row[p:] == row[:-p]).all())
        assert 4 <= period <= 8 and len(set(row)) == period and len(row) == 25
        known = [row[t] in row[:t] for t in range(24)]
        assert known == [t >= period for t in range(24)]


def moves(model):
    """The size of the move of each output, (letter, output), if a letter is changed."""
    row = np.arange(12) % 5
    changed = np.tile(row, (12, 1))
    changed[np.arange(12), np.arange(12)] = 7
    outputs = [model(mg.tensor(rows)).detach().numpy() for rows in (row[None], changed)]
    return abs(outputs[1] - outputs[0]).max(axis=2)


@pytest.mark.parametrize("blocks", [0, 1, 2])
@pytest.mark.parametrize("told", [False, True])
def test_no_earlier_output_moves_under_the_mask(blocks, told):
    mg.manual_seed(0)
    lesson = definitions(STEM)
    seen = moves(lesson.Transformer(16, 12, blocks, told=told))
    later = np.tril(np.ones((12, 12)), -1) > 0  # the output is before the letter
    assert seen[later].max() < 1e-6  # rounding
    assert seen.diagonal().min() > 0
    if blocks:
        assert moves(lesson.Transformer(16, 12, blocks, causal=False))[later].min() > 1e-5


def gradient_in_front(lesson, residual, seed):
    """Of 12 new blocks, relative to that behind them."""
    mg.manual_seed(seed)
    x = first = mg.randn(8, 16, 32, requires_grad=True)
    for _ in range(12):
        block = lesson.Block(32, True)
        if residual:
            x = block(x)
        else:
            q, k, v = block.to_qkv(block.norm1(x)).chunk(3, -1)
            x = block.to_out(mg.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True))
            x = block.mlp(block.norm2(x))
    behind = mg.randn(8, 16, 32)
    (x * behind).sum().backward()
    return (first.grad.norm() / behind.norm()).item()


def test_without_residual_connections_the_gradient_is_lost():
    lesson = definitions(STEM)
    kept, lost = ([gradient_in_front(lesson, keep, seed) for seed in range(5)] for keep in (True, False))
    assert min(kept) == pytest.approx(1.40, abs=0.006) and max(kept) == pytest.approx(1.51, abs=0.006)
    assert min(lost) == pytest.approx(0.01, abs=0.006) and max(lost) == pytest.approx(0.13, abs=0.006)
    assert said("1.40 to 1.51") and said("0.01 to 0.13")


def test_layer_normalization_by_hand():
    normal = mg.nn.LayerNorm(4)(mg.tensor([1.0, 2, 3, 6])).detach().numpy()
    assert normal.tolist() == pytest.approx([-1.07, -0.53, 0, 1.60], abs=0.006)
    assert said("They become -1.07, -0.53, 0, 1.60.")


def test_the_numbers_of_the_models_are_as_said():
    lesson = definitions(STEM)
    for words, arguments in (("14,576", [16, 24, 1]), ("27,280", [16, 24, 2]), ("31,072", [16, 24, 1, 48])):
        model = lesson.Transformer(*arguments)
        count = sum(p.numel() for p in model.parameters())
        assert f"{count:,}" == words and said(words)


def test_a_quick_run_says_that_it_is_short(capsys):
    names = names_of(STEM, "--quick")
    printed = capsys.readouterr().out
    assert printed.startswith("quick: too short to show what the text says\n")
    assert "no mask, temperature 1" in printed
    assert [panel.get_title() for panel in names["panels"]] == ["Too few steps to tell"] * 3
    assert names["titles"][0] == "Block 2 adds nothing yet"
    drawn = [[label.get_text() for label in panel.get_yticklabels()] for panel in names["panels"]]
    assert [group[::-1] for group in drawn] == [NOVEL, COPY, LEAK]  # from the bottom up
    for panel, group in zip(names["panels"], drawn, strict=True):
        means = [names["shown"][name].mean() for name in group]
        assert [bar.get_width() for bar in panel.patches] == pytest.approx(means)
        assert [text.get_text() for text in panel.texts] == [f"{mean:.3f}" for mean in means]
