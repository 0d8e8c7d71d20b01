"""The prose of lessons as Markdown, in notebooks."""

import pytest

from minigrad.classroom.markdown import markdown
from minigrad.classroom.notebook import of_lesson

LESSON = r'''r"""
How heavy is a letter?
======================

A *small* question with ``code``.

*Runs* about 1 second.
"""

# %%
import numpy as np

# %%
# The first thought
# -----------------
# With :math:`n` letters, each has the share :math:`P(x) =
# 1 / n`. Then
#
# .. math:: H = -\sum_x P(x) \log_2 P(x).
#
# Type::
#
#     python lesson.py
#
# The second thought
# ~~~~~~~~~~~~~~~~~~
# It follows.

n = 26  # letters
print(np.log2(n))


# %%
# A comment ends a lesson.
'''

CELLS = [
    (
        "markdown",
        "# How heavy is a letter?\n\nA *small* question with `code`.\n\n*Runs* about 1 second.",
    ),
    ("code", "import numpy as np"),
    (
        "markdown",
        """\
## The first thought

With $n$ letters, each has the share $P(x) = 1 / n$. Then

$$
H = -\\sum_x P(x) \\log_2 P(x).
$$

Type:

```
python lesson.py
```

### The second thought

It follows.""",
    ),
    ("code", "n = 26  # letters\nprint(np.log2(n))"),
    ("markdown", "A comment ends a lesson."),
]


def test_a_lesson_becomes_cells(tmp_path):
    path = tmp_path / "41_letters.py"
    path.write_text(LESSON)
    cells = of_lesson(path)["cells"]
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in cells] == CELLS


def test_a_lesson_whose_title_is_not_underlined_stays_as_it_is(tmp_path):
    path = tmp_path / "42_old.py"
    cell = "# %% Why\n# As\n#   ``it`` is.\nn = 26\n"
    path.write_text(f'"""Letters: how heavy.\n\nAbout 1 second.\n"""\n\n{cell}')
    cells = of_lesson(path)["cells"]
    assert ["".join(cell["source"]) for cell in cells] == [
        "# Letters: how heavy.\n\nAbout 1 second.",
        "## Why\n\nAs\n  ``it`` is.",
        "n = 26",
    ]


@pytest.mark.parametrize(
    ("rst", "expected"),
    [
        (
            ".. math::\n\n   a &= b \\\\\n     &= c",
            "$$\n\\begin{aligned}\na &= b \\\\\n  &= c\n\\end{aligned}\n$$",
        ),
        (".. math::\n   a = b\n\nAnd on.", "$$\na = b\n$$\n\nAnd on."),
        (".. math::\n\n   a = b\n\n   c = d\n\nAnd on.", "$$\na = b\n\nc = d\n$$\n\nAnd on."),
        ("1. One\n   item.\n2. Two.", "1. One\n   item.\n2. Two."),
        ("- An item.\n\n  Its second paragraph.", "- An item.\n\n   Its second paragraph."),
        ("Words.\n\n   A quotation.", "Words.\n\n> A quotation."),
        ("::\n\n    x = 1\n\n    y = 2\n\nAnd on.", "```\nx = 1\n\ny = 2\n```\n\nAnd on."),
        ("== ==\na  b\n== ==\n1  2\n== ==", "```\n== ==\na  b\n== ==\n1  2\n== ==\n```"),
        ("See `the paper <https://x.org/a>`_.", "See [the paper](https://x.org/a)."),
        ("**Why?** *So* it is, `--quick` too.", "**Why?** *So* it is, `--quick` too."),
        ("", ""),
    ],
)
def test_what_lessons_use_becomes_markdown(rst, expected):
    assert markdown(rst) == expected
