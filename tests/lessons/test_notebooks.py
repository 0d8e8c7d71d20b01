"""Every lesson as a notebook: what it says and does is the lesson's, and it runs in Jupyter."""

import ast
import base64
import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from minigrad.classroom.notebook import of_lesson
from tests.lessons.running import LESSONS, ROOT, environment
from tests.quick import quick_if

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
QUICK = ("07",)  # which has a bar


def sources(path, kind):
    return ["".join(cell["source"]) for cell in of_lesson(path)["cells"] if cell["cell_type"] == kind]


@each_lesson
def test_the_code_of_a_notebook_is_that_of_the_lesson(path):
    nbformat.validate(nbformat.from_dict(of_lesson(path)))
    _, *statements = ast.parse(path.read_text()).body  # the first is the docstring
    cells = [ast.parse(cell).body for cell in sources(path, "code")]
    assert [ast.dump(node) for cell in cells for node in cell] == [ast.dump(node) for node in statements]
    assert all(cells), "none is empty"


LEFT_OVER = {
    "a role": r":[a-z]+:`",
    "literal text": r"``",
    "a directive": r"^\s*\.\. ",
    "an underlined title": r"^.+\n([=~-])\1{3,}$",
    "a literal block": r"::$",
    "a link": r"`_",
    "a field": r"^\s*:[\w ]+:( |$)",
    "half a formula": r"\$",
    "LaTeX outside a formula": r"\\[a-z]+",
    "a tag of HTML": r"<[a-zA-Z/!]",
}


def left_over(text):
    """What a browser would show of this Markdown as it is typed, or not at all."""
    text = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$]+\$|(?<!`)(?<!:)`[^`]+`(?!_)", "", text, flags=re.DOTALL)
    return [what for what, pattern in LEFT_OVER.items() if re.search(pattern, text, re.MULTILINE)]


@each_lesson
def test_no_restructuredtext_is_left_over_in_a_notebook(path):
    for text in sources(path, "markdown"):
        assert left_over(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        *["so :math:`x`", "the ``code``", "Thus\n\n   .. math:: x", "Title\n=====", "Type::\n\n   x", "`here <x>`_"],
        *[":Author: me", "5 $ and $x$", "an \\\\alpha", "see <a href=x>"],
    ],
)
def test_what_is_left_over_would_be_found(text):
    assert left_over(text) != []


@each_lesson
def test_every_formula_of_a_lesson_is_typeset_in_its_notebook(path):
    prose = "\n".join(line.removeprefix("# ") for line in path.read_text().splitlines())
    in_line, on_their_own = prose.count(":math:`"), prose.count(".. math::")
    text = re.sub(r"```.*?```", "", "\n".join(sources(path, "markdown")), flags=re.DOTALL)
    assert text.count("$$") == 2 * on_their_own
    assert text.replace("$$", "").count("$") == 2 * in_line


# -- In Jupyter ----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [quick_if(path.stem[:2] in QUICK, path, id=path.stem) for path in LESSONS])
def test_jupyter_shows_the_picture_in_its_cell_and_progress_as_a_bar(path, tmp_path, monkeypatch):
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel needs its sockets
    monkeypatch.setenv("MINIGRAD_LESSON", "--quick")
    monkeypatch.delenv("MPLBACKEND")
    notebook = nbformat.reads(json.dumps(of_lesson(path)), as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [(cell, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {output.get("name", "stdout") for _, output in outputs} == {"stdout"}
    displayed = [(cell, output.data) for cell, output in outputs if output.output_type == "display_data"]
    cell, data = displayed.pop()
    assert "run.finish(" in cell.source
    assert base64.b64decode(data["image/png"]) == (tmp_path / "output" / f"{path.stem}.png").read_bytes()
    bars = [data["text/plain"] for _, data in displayed]
    assert all(re.fullmatch(r"100%\|\S+\| [a-z ]+ (\d+)/\1(, .*)?", line) for line in bars), bars
    assert bool(bars) == bool(re.search(r"run\.progress\((?!.*shown=False)", path.read_text()))
    printed = "".join(output.text for _, output in outputs if output.output_type == "stream")
    assert re.search(rf"^lesson={path.stem[:2]} seed=0 ", printed, re.MULTILINE)
    assert not re.search(r"^\w+ \d+/\d+( \w+=.*)?$", printed, re.MULTILINE), "no lines of progress"
