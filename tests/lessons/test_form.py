"""The form of the lessons and of their exercises: what `form.py` and `watched.py` find in each."""

import re

import pytest
from matplotlib.figure import Figure

from minigrad.classroom.master import masters
from tests.lessons import form
from tests.lessons.running import LESSONS, WATCHED, full_run, run
from tests.lessons.watched import watch

EXERCISES = list(masters().values())
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@each_lesson
def test_a_lesson_keeps_the_form(path):
    assert form.faults(path.read_text(encoding="utf-8"), path.name[:2]) == []


STILL = [path for path in LESSONS if re.search(r"`--seed`(?:,| and) `--quick`\s+change nothing", path.read_text())]


def test_the_lessons_in_which_neither_seed_nor_quick_run_counts():
    assert [path.name[:2] for path in STILL] == ["01", "02", "05", "06"]


@pytest.mark.slow
@pytest.mark.parametrize("path", STILL, ids=lambda path: path.stem)
def test_the_seed_and_a_quick_run_change_nothing_where_the_head_says_so(path, tmp_path):
    quick = run(path, "--quick", "--seed", 7, "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (quick.returncode, quick.stderr) == (0, "")
    assert quick.stdout.splitlines()[:-1] == full_run(path.stem).stdout.splitlines()[:-1]


def test_what_runs_the_lessons_and_makes_their_pages_keeps_within_the_columns_of_prose():
    files = [path for path in LESSONS[0].parent.rglob("*.py") if path not in LESSONS]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(files) > 1 and [line for line in lines if len(line) > form.WIDTH] == []


@pytest.mark.parametrize("master", EXERCISES, ids=lambda master: master.name)
def test_an_exercise_keeps_within_the_columns_of_prose(master):
    assert [line for line in master.text.splitlines() if len(line) > form.WIDTH] == []


@pytest.mark.parametrize("master", EXERCISES, ids=lambda master: master.name)
def test_an_answer_uses_only_what_its_lesson_has_shown(master):
    (path,) = [path for path in LESSONS if path.name[:2] == f"{master.number:02}"]
    lesson = path.read_text(encoding="utf-8")
    for blank in master.blanks:
        assert form.unseen(blank.lines, master.starter, lesson) == [], blank.part


# -- What these tests would find ---------------------------------------------------------------

SAMPLE = r'''r"""
Is a coin fair?
===============

Somebody tosses a coin a few times. This sample says how often heads came up.

*You need* nothing.
*New words*: share.
*Runs* about 1 second.
"""

# %%
import numpy as np

# %%
# The data
# --------
# Four tosses; 1 stands for heads.
# The share is :math:`s = \frac{1}{n} \sum_i x_i`, which is the same as
#
# .. math::
#
#    s &= (x_1 + \dots + x_n) / n \\
#      &= m / n.
#
# 1. Guess the share
#    before you read on.
# 2. Then run the cell, in which ``\n`` ends a line::
#
#        python sample.py

tosses = np.array([1, 0, 1, 1])
print(f"the share is {tosses.mean():.2f}")

# %%
# Your turn
# ---------
# Toss a coin yourself: exercise 02 of the
# classroom, ``python -m minigrad.classroom check 02``.
'''


def test_the_sample_has_the_form():
    assert form.faults(SAMPLE, "02") == []
    assert (len(form.code_lines(SAMPLE)), form.prose_lines(SAMPLE)) == (3, 18)
    assert list(form.headings(SAMPLE)) == ["The data", "Your turn"]
    assert "tosses.mean()" in form.headings(SAMPLE)["The data"]


SHARE = 'print(f"the share is {tosses.mean():.2f}")\n'


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("fair?\n===============", "fair?\n=====", "as many = as"),
        ("Is a coin fair?\n=", "The coin is bad\n=", "the title is the question"),
        ("*You need* nothing.\n", "", "You need"),
        ("*New words*: share.\n", "", "New words"),
        ("*Runs* about 1 second", "*Runs* quickly", "Runs"),
        ("# %%\n# Your", "# %% Your turn\n# Your", "a title after # %%"),
        ("Four tosses", "Four t\u00f6sses", "not ASCII"),
        ("# Four tosses; 1 stands for heads.", "# " + 99 * "x", "line 18 has 101 columns"),
        ("The data\n# --------", "The data\n# -------", "not as many -"),
        ("The data\n# --------", "The data --------", "not as many -"),
        (SHARE, f"share = tosses.mean(){67 * ' '}+ 0\n", "line 33 has 91 columns"),
        (SHARE, 109 * SHARE, "111 lines of code"),
        (SHARE, 30 * SHARE, "a cell has 31 lines of code"),
        (SHARE, 17 * SHARE, "18 lines of prose for 19 of code"),
        (SHARE, "if tosses[0]:\n\n# %%\n    pass\n", "a cell does not parse"),
        (SHARE, "print(n := 4)\n", "a walrus"),
        (SHARE, "for first, *rest in [tosses]:\n    pass\n", "a starred target"),
        (SHARE, "print([rest for _, *rest in [tosses]])\n", "a starred target"),
        (SHARE, "for x in [1] if 1 else [2]:\n    pass\n", "a conditional in what"),
        (SHARE, "n, m = 4, 3\n", "several values assigned at once"),
        (SHARE, "n = 4; m = 3\n", "two statements in a line"),
        ("exercise 02", "exercise 2", "exercise 02 of the classroom"),
        ("check 02", "check 03", "check 02"),
        ("classroom check", "classroom hint", "check 02"),
        ("#\n# .. math::", "# .. math::", "no blank line before .. math::"),
        ("n.\n#\n# 1.", "n.\n# 1.", "no blank line after an indented block"),
        ("#    before you", "#      before you", "no blank line before an indented block"),
        ("# Four tosses;", "# Four tosses;\n#    1", "no blank line before an indented block"),
        (":math:`s = \\frac", "`s = \\frac", "a formula that is not in :math:"),
        ("The share is", "The $n$ is", "a formula that is not in :math:"),
        (".. math::", ".. note::", "a directive"),
        ("a line::", "a line.", "no :: before an indented block"),
        ("# Four tosses;", "# So:\n#\n#     n = 4\n#\n# Four tosses;", "no :: before an indented block"),
        ("n \\\\\n#      &", "n", "& in a formula of one line"),
    ],
)
def test_a_fault_of_form_is_found(old, new, fault):
    assert old in SAMPLE
    found = form.faults(SAMPLE.replace(old, new, 1), "02")
    assert any(fault in words for words in found), found


@pytest.mark.parametrize(
    ("lines", "unseen"),
    [
        (["return np.mean(tosses)"], []),
        (["share = sum(tosses)", "return share / len(tosses)"], []),
        (["return np.median(tosses)"], ["median"]),
        (["return tosses.mean(axis=0)"], ["axis"]),
        (["return helper(tosses)", "return given(tosses)"], ["helper"]),
        (["return tosses @ tosses"], ["operator MatMult"]),
    ],
)
def test_what_an_answer_uses_beyond_its_lesson_is_found(lines, unseen):
    assert form.unseen(lines, "def given(x):\n    pass\n", SAMPLE) == unseen


PICTURE = """
import numpy as np
from matplotlib.figure import Figure
figure = Figure()
ax, other = figure.subplots(1, 2)
other.plot([0, 1])
ax.set_title("here")
{drawing}
figure.savefig("picture.png")
"""
SHOWING = [
    "ax.plot([1, 2])",
    "ax.plot(3, 4, 'o')",
    "ax.plot([1, 2]); ax.plot([], [], label='for the legend')",
    "ax.bar([1], [2])",
    "ax.scatter([1], [2])",
    "ax.imshow(np.eye(3))",
    "ax.pcolormesh(np.eye(3))",
    "ax.fill_between([0, 1], [0, 1])",
    "ax.set_axis_off(); ax.text(0.5, 0.5, 'words')",
    "ax.set_visible(False)",
]
EMPTY = [
    "pass",
    "ax.plot([])",
    "ax.plot([1])",
    "ax.plot([np.nan, 2, np.nan])",
    "ax.plot([1, 2]); ax.set_xlim(5, 6)",
    "ax.axhline(1); ax.grid()",
    "ax.bar([1], [0])",
    "ax.scatter([], [])",
    "ax.imshow(np.full((2, 2), np.nan))",
    "ax.text(0.5, 0.5, 'words')",
    "ax.set_axis_off()",
]


@pytest.fixture
def told_of(monkeypatch, tmp_path, capsys):
    """What `watched.py` says of the picture with some drawing, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Figure, "savefig", watch(Figure.savefig))

    def said(drawing):
        exec(PICTURE.format(drawing=drawing), {})
        return capsys.readouterr().err

    return said


@pytest.mark.parametrize("drawing", SHOWING + EMPTY)
def test_empty_axes_are_found(drawing, told_of):
    told = told_of(drawing)
    assert ("empty axes: 'here'" in told) == (drawing in EMPTY), told
    assert drawing in EMPTY or told == ""


@pytest.mark.parametrize(
    ("title", "cut"), [("it fits " * 5, False), ("one word more " * 3, True), ("and so on ...", False)]
)
def test_words_that_are_cut_are_found(title, cut, told_of):
    drawing = f"from minigrad import plot; plot.image_grid([np.eye(3)], titles=[{title.strip()!r}], ax=ax)"
    told = told_of(drawing)
    assert ("words that are cut: 'one word more" in told) == cut, told
    assert cut or told == ""


def test_a_curve_of_one_point_without_a_marker_is_found(tmp_path):
    script = tmp_path / "picture.py"
    script.write_text(PICTURE.format(drawing="ax.plot([1, 2]); ax.plot([3], label='loss')"))
    result = run(WATCHED, script, cwd=tmp_path)
    assert result.stderr == "a line that cannot be seen: 'loss' in 'here'\n"
