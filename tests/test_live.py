"""plot.live and minigrad.display: a curve in a notebook, or a bar, while a loop runs."""

import base64
import io
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot
from nbclient import NotebookClient

import minigrad as mg
from minigrad import display, plot

ROOT = Path(__file__).resolve().parents[1]


# -- The numbers ---------------------------------------------------------------------------------------------


def test_the_numbers_are_given_back_with_their_steps():
    with plot.live(total=2) as curve:
        curve.add(validation=3, accuracy=0.1)
        curve.add(2.0)
        curve.add(loss=mg.tensor(1.0, requires_grad=True), accuracy=np.float32(0.5))
        curve.add(validation=mg.tensor([1.5]))
    assert curve.numbers == {"validation": [3, 1.5], "accuracy": [pytest.approx(0.1), 0.5], "loss": [2, 1]}
    assert curve.steps == {"validation": [0, 2], "accuracy": [0, 2], "loss": [1, 2]}
    assert {type(number) for numbers in curve.numbers.values() for number in numbers} == {float}


def test_it_is_drawn_like_a_loss_curve_anywhere():
    matplotlib.use("agg")
    with plot.live(xlabel="epoch", unit="bits") as curve:
        for i in range(3):
            curve.add(1 / (i + 1), validation=2 / (i + 1), accuracy=i / 3)
    losses, validation, accuracy = (curve.numbers[name] for name in ("loss", "validation", "accuracy"))
    options = {"metric": {"accuracy": accuracy}, "xlabel": "epoch", "unit": "bits"}
    assert picture(curve.draw()) == picture(plot.loss_curve(losses, validation, **options))
    pyplot.close("all")


def picture(ax):
    file = io.BytesIO()
    ax.figure.savefig(file, metadata={"Software": None})
    return file.getvalue()


@pytest.mark.parametrize("value", [mg.tensor([1.0, 2.0]), np.ones((2, 1)), "low", 1j, [1.0]], ids=repr)
def test_what_is_no_number_is_refused_and_nothing_of_the_step_is_kept(value):
    with plot.live() as curve:
        with pytest.raises(ValueError, match=r"curve\.add\(\): accuracy must be one number, got "):
            curve.add(loss=1.0, accuracy=value)
        assert curve.numbers == {}
        curve.add(loss=1.0)
    assert curve.steps == {"loss": [1]}


def test_outside_its_block_and_without_a_loss_it_says_what_to_do():
    curve = plot.live()
    with pytest.raises(RuntimeError, match=r"inside `with plot\.live\(\) as curve:`"):
        curve.add(loss=1.0)
    with curve:
        curve.add(accuracy=1.0)
    with pytest.raises(RuntimeError, match="inside `with"):
        curve.add(loss=1.0)
    with pytest.raises(ValueError, match="no loss yet"):
        curve.draw()


# -- Elsewhere than in a notebook ----------------------------------------------------------------------------

LOOP = """
import sys, time
from minigrad import plot

with plot.live(total=100) as curve:
    for i in range(100):
        curve.add(loss=1 / (i + 1), accuracy=i / 100)
        time.sleep(0.02)
print(len(curve.numbers["loss"]), {"IPython", "matplotlib", "ipywidgets"} & set(sys.modules))
"""


@pytest.mark.slow
def test_through_a_pipe_it_is_a_line_of_tqdm():
    done = subprocess.run([sys.executable, "-c", LOOP], cwd=ROOT, capture_output=True, timeout=100)
    assert done.stdout.split() == [b"100", b"set()"]
    line = done.stderr.decode().rstrip()
    assert "\n" not in line
    last = line.split("\r")[-1]
    assert "| 100/100 [" in last and last.endswith("loss=0.0100 accuracy=0.9900]")


@pytest.fixture
def clock(monkeypatch):
    """The time, which only a test moves, in a list."""
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_the_line_changes_twice_a_second(clock, capfd):
    with plot.live(total=1000) as curve:
        for _ in range(1000):
            clock[0] += 0.01
            curve.add(loss=1.0)
        line = capfd.readouterr().err
    assert 19 <= line.count("loss=1.0000") <= 20
    assert "1000/1000" in capfd.readouterr().err


def test_with_standard_error_closed_the_loop_runs_on():
    command = ["sh", "-c", '"$@" 2>&-', "sh", sys.executable, "-c", LOOP.replace("0.02", "0")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "100 set()\n")


# -- In a notebook -------------------------------------------------------------------------------------------


@pytest.fixture
def cell(monkeypatch):
    """A stand-in for a notebook's cell: the list of what each of its outputs has shown."""
    outputs = []

    def show(content, raw, display_id):
        shown = [content]
        outputs.append(shown)
        return SimpleNamespace(update=lambda content, raw: shown.append(content))

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel="of this cell"))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=show))
    return outputs


@pytest.mark.parametrize(("seconds", "most"), [(0.01, 20), (0.5, 3)])
def test_drawing_comes_twice_a_second_and_takes_a_tenth_of_the_time_at_most(seconds, most, cell, clock, monkeypatch):
    def slow_picture(figure):
        clock[0] += seconds
        return b""

    monkeypatch.setattr(display, "png_of", slow_picture)
    with plot.live(total=1000) as curve:
        for _ in range(1000):
            clock[0] += 0.01
            curve.add(loss=1.0)
        (shown,) = cell
        assert most - 1 <= len(shown) <= most
    assert shown[-1]["text/plain"] == "step 1000: loss=1.0000"
    assert len(shown) <= most + 1


def test_while_the_loop_runs_the_axis_reaches_to_its_end(cell, clock, monkeypatch):
    limits = []
    monkeypatch.setattr(display, "png_of", lambda figure: limits.append(figure.axes[0].get_xlim()) or b"")
    with plot.live(total=50) as curve:
        for _ in range(2):
            clock[0] += 1
            curve.add(loss=1.0)
    assert limits[:2] == [(0, 50)] * 2
    assert limits[2][1] < 3, "the last picture shows what there is"


def test_a_loop_that_adds_no_loss_leaves_no_picture(cell):
    with plot.live():
        pass
    assert cell == []


def test_a_bar_in_a_notebook_is_one_output_without_times(cell, capfd):
    with display.bar(3, "epoch") as bar:
        for step in range(3):
            bar.set_postfix_str(f"loss={1 / (step + 1):.4f}", refresh=False)
            bar.update()
    assert len(cell) == 1
    line = cell[0][-1]["text/plain"]
    assert line.startswith("100%|") and line.endswith("| epoch 3/3, loss=0.3333")
    assert capfd.readouterr() == ("", "")


def test_two_bars_at_once_are_two_outputs(cell):
    with display.bar(2, "network") as outer:
        with display.bar(3, "epoch") as inner:
            inner.update(3)
        outer.update(2)
    lines = [[content["text/plain"] for content in shown] for shown in cell]
    assert [each[-1].split("|")[-1] for each in lines] == [" network 2/2", " epoch 3/3"]
    assert all(line.isprintable() for each in lines for line in each), "no commands to a terminal"


CELLS = """
from minigrad import plot

with plot.live(total=300) as curve:
    for i in range(300):
        curve.add(loss=2 / (1 + i / 30), accuracy=i / 300)
        time.sleep(0.004)
""", "curve.steps['accuracy'][-1], 'ipywidgets' in sys.modules", """
with plot.live(total=300) as curve:
    for i in range(300):
        curve.add(loss=1.0)
        1 / (200 - i)
"""


def executed(folder):
    cells = [nbformat.v4.new_code_cell(f"import sys, time\n{source}") for source in CELLS]
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=200, allow_errors=True, resources=resources).execute()
    return [cell.outputs for cell in cells]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_jupyter_keeps_the_last_picture_alone_and_the_same_each_time(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (picture,), (told,), (until, error) = first = executed(tmp_path)
    assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
    assert picture.data["text/plain"] == "step 300: loss=0.1824 accuracy=0.9967"
    assert told.data["text/plain"] == "(300, False)"
    assert until.data["text/plain"] == "step 201: loss=1.0000" and error.ename == "ZeroDivisionError"
    assert executed(tmp_path)[:2] == first[:2]
