"""minigrad.lesson: the arguments, the progress, the files and the last line of a lesson, in a process of its own."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from .processes import started
from .quick import first_quick

ROOT = Path(__file__).resolve().parents[1]

HEAD = '''"""A lesson to test with."""
import sys
import minigrad as mg
from minigrad import lesson, plot

run = lesson.start("07_small", epochs=20, lr=0.5, batch_size=32)
'''
WHOLE = (
    HEAD
    + """
losses = []
for epoch in run.progress(run.epochs):
    losses.append(run.lr * mg.rand(1).item() / epoch)
for epoch in run.progress(3, shown=False):
    pass
figure = run.figure(4, 3)
plot.loss_curve(losses, ax=figure.subplots())
run.finish(figure, {"loss": losses, "grid": [[1, 2], [3, 4]]}, epochs=run.epochs, loss=losses[-1])
"""
)


def script(folder, source=WHOLE):
    path = folder / "07_small.py"
    path.write_text(source)
    return path


def run(path, *arguments, **options):
    without_screen = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment = {**without_screen, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    command = [sys.executable, str(path), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, **options)


def last_line(result):
    return dict(pair.split("=", 1) for pair in result.stdout.splitlines()[-1].split(" "))


# -- What a run leaves ---------------------------------------------------------------------------------------


def test_files_lie_beside_the_lesson_and_the_last_line_names_the_picture(tmp_path):
    result = run(script(tmp_path), cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    line = last_line(result)
    assert list(line) == ["lesson", "seed", "epochs", "loss", "picture"]
    assert (line["lesson"], line["seed"], line["epochs"]) == ("07", "0", "20")
    assert line["loss"] == f"{float(line['loss']):.4f}"
    assert line["picture"] == "output/07_small.png"
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == ["07_small.csv", "07_small.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["07_small.py", "output"]
    assert (tmp_path / "output/07_small.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_picture_is_named_in_full_from_elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    line = last_line(run(script(tmp_path), cwd=tmp_path / "elsewhere"))
    assert line["picture"] == str((tmp_path / "output/07_small.png").resolve())


def test_the_table_has_a_line_for_each_number(tmp_path):
    run(script(tmp_path), "--epochs", 2)
    lines = (tmp_path / "output/07_small.csv").read_bytes().decode().split("\n")
    assert lines[0] == "name,row,column,value"
    assert [line.rsplit(",", 1)[0] for line in lines[1:3]] == ["loss,0,", "loss,1,"]
    assert lines[3:] == ["grid,0,0,1", "grid,0,1,2", "grid,1,0,3", "grid,1,1,4", ""]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    path = script(tmp_path)
    for out, seed in (("a", 5), ("b", 5), ("c", 6)):
        run(path, "--out", tmp_path / out, "--seed", seed)
    for name in ("07_small.png", "07_small.csv"):
        a, b, c = ((tmp_path / out / name).read_bytes() for out in "abc")
        assert a == b != c


@pytest.mark.slow
def test_files_are_replaced_whole_and_nothing_temporary_stays(tmp_path):
    path, out = script(tmp_path), tmp_path / "output"
    run(path)
    before = (out / "07_small.csv").stat().st_ino
    run(path)
    assert (out / "07_small.csv").stat().st_ino != before, "written aside and moved into place"
    assert len(list(out.iterdir())) == 2


@pytest.mark.slow
def test_a_link_stays_a_link_and_a_device_is_written_to(tmp_path):
    path, out = script(tmp_path), tmp_path / "output"
    out.mkdir()
    (out / "07_small.png").symlink_to(tmp_path / "target.png")
    (out / "07_small.csv").symlink_to("/dev/stdout")
    result = run(path, "--epochs", 1)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "target.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "07_small.png").is_symlink() and (out / "07_small.csv").is_symlink()
    assert "name,row,column,value\n" in result.stdout


# -- Arguments -----------------------------------------------------------------------------------------------


def test_arguments_arrive(tmp_path):
    path = script(tmp_path, HEAD + "print(run.seed, run.epochs, run.lr, run.batch_size, run.quick, mg.initial_seed())")
    assert run(path).stdout == "0 20 0.5 32 False 0\n"
    assert run(path, "--quick").stdout == "0 2 0.5 32 True 0\n"
    arguments = ["--seed", "3", "--epochs", "5", "--lr", "1e-3", "--batch-size", "8", "--quick"]
    assert run(path, *arguments).stdout == "3 5 0.001 8 True 3\n"


@pytest.mark.slow
def test_only_the_arguments_with_defaults_exist(tmp_path):
    source = HEAD.replace("epochs=20, lr=0.5, batch_size=32", "lr=0.5")
    result = run(script(tmp_path, source), "--epochs", 3)
    assert (result.returncode, "unrecognized arguments: --epochs" in result.stderr) == (2, True)


def test_help_explains_each_argument(tmp_path):
    result = run(script(tmp_path), "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "A lesson to test with." in result.stdout
    for argument in ["--seed", "--quick", "--out", "--show", "--no-progress", "--epochs", "--lr", "--batch-size"]:
        assert argument in result.stdout
    assert str(tmp_path / "output") in result.stdout.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize(
    "wrong",
    first_quick([
        "--epochs 0",
        "--epochs 2.5",
        "--lr 0",
        "--lr -1",
        "--lr nan",
        "--lr inf",
        "--batch-size 0",
        "--batch-size 100000000000000000000",
        "--epochs 100000000000000000000",
        "--seed -1",
        "--seed 18446744073709551616",
        "--see 1",
    ]),
)
def test_wrong_arguments_end_in_a_usage_error(tmp_path, wrong):
    result = run(script(tmp_path), *wrong.split())
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: 07_small.py")
    assert wrong.split()[0] in result.stderr.splitlines()[-1]
    assert not (tmp_path / "output").exists()


@pytest.fixture
def started_in_a_kernel(tmp_path, monkeypatch):
    """A function that starts a lesson in a notebook's kernel, with globals of its own, and returns its `Run`."""
    from minigrad import lesson

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    monkeypatch.delenv("MINIGRAD_LESSON", raising=False)
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel="of this cell"))
    monkeypatch.setitem(sys.modules, "IPython", kernel)

    def start(**names):
        cell = {"lesson": lesson, **names}
        exec('run = lesson.start("07_small", epochs=20)', cell)
        return cell["run"]

    return start


def test_a_notebook_without_a_file_starts_with_the_defaults(started_in_a_kernel, tmp_path):
    run = started_in_a_kernel()
    assert (run.epochs, run.out) == (20, tmp_path / "output")


def test_the_environment_has_the_arguments_of_a_notebook_alone(started_in_a_kernel, tmp_path, monkeypatch):
    monkeypatch.setenv("MINIGRAD_LESSON", "--quick --seed 3 --out 'a folder'")
    run = started_in_a_kernel()
    assert (run.epochs, run.seed, run.out) == (2, 3, tmp_path / "a folder")
    monkeypatch.setattr(sys, "argv", ["07_small.py", "--seed", "5"])  # by `%run 07_small.py --seed 5`
    run = started_in_a_kernel(__file__=str(tmp_path / "07_small.py"))
    assert (run.epochs, run.seed) == (20, 5)
    monkeypatch.delitem(sys.modules, "IPython")
    assert started_in_a_kernel().epochs == 20


@pytest.mark.slow
def test_a_program_that_has_imported_a_kernel_is_no_notebook(tmp_path):
    result = run(script(tmp_path, "import IPython, ipykernel.kernelspec\n" + HEAD + "print(run.epochs)"), "--epochs", 3)
    assert (result.stdout, result.stderr) == ("3\n", "")


# -- Progress ------------------------------------------------------------------------------------------------


def test_through_a_pipe_there_are_about_ten_lines(tmp_path):
    expected = {1: 1, 7: 7, 20: 10, 999: 10}
    loop = "    progress = run.progress(epochs)\n    for i in progress: progress.note(loss=1 / i)\n    print('ended')\n"
    result = run(script(tmp_path, f"{HEAD}for epochs in {list(expected)}:\n{loop}"))
    assert result.stderr == ""
    *each, nothing = result.stdout.split("ended\n")
    assert nothing == ""
    for (epochs, lines), text in zip(expected.items(), each, strict=True):
        shown = text.splitlines()
        assert len(shown) == lines
        assert shown[-1] == f"epoch {epochs}/{epochs} loss={1 / epochs:.4f}"


@pytest.mark.slow
def test_no_progress_leaves_the_last_line_alone(tmp_path):
    result = run(script(tmp_path), "--no-progress")
    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


def test_on_a_terminal_there_is_a_bar_instead_of_lines(tmp_path):
    source = HEAD + "progress = run.progress(run.epochs)\nfor i in progress: progress.note(loss=1 / i)"
    mine, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script(tmp_path, source))]
    with started(command, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):  # Linux says so when the other end is closed
            while chunk := os.read(mine, 4096):
                seen += chunk
    os.close(mine)
    assert b"20/20" in seen and b"loss=0.0500" in seen
    assert b"epoch 20/20" not in seen


@pytest.mark.slow
def test_lines_are_seen_as_they_come(tmp_path):
    path = script(tmp_path, HEAD + "import os\nprint('here')\nos._exit(0)  # without flushing")
    assert run(path, env={"PYTHONUNBUFFERED": ""}).stdout == "here\n"


# -- What goes wrong -----------------------------------------------------------------------------------------


def one_line(result):
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("out", ["07_small.py", "07_small.py/below"])
def test_a_folder_that_cannot_be_written_is_told_before_the_training(tmp_path, out):
    result = run(script(tmp_path), "--out", tmp_path / out)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"lesson 07: cannot write to the folder {tmp_path / out}" in one_line(result)


def test_a_missing_file_ends_in_one_line(tmp_path):
    result = run(script(tmp_path, HEAD + "open('/no/such/data')"))
    assert result.returncode == 1
    assert one_line(result) == "lesson 07: [Errno 2] No such file or directory: '/no/such/data'\n"


@pytest.mark.slow
def test_a_bug_keeps_its_traceback(tmp_path):
    result = run(script(tmp_path, HEAD + "mg.ones(2) + mg.ones(3)"))
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback") and "07_small.py" in result.stderr


def test_ctrl_c_ends_in_one_line(tmp_path):
    path = script(tmp_path, HEAD + "import time\nprint('ready')\ntime.sleep(60)")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with started([sys.executable, str(path)], env=environment, **pipes) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "lesson 07: interrupted\n")


@pytest.mark.slow
def test_a_reader_that_stops_reading_is_no_error(tmp_path):
    path = script(tmp_path, HEAD + "sys.stdin.read(1)\nfor i in range(100_000): print(i)")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with started([sys.executable, str(path)], env=environment, **pipes) as process:
        process.stdout.close()
        process.stdin.write("x")
        process.stdin.close()
        assert process.stderr.read() == ""


@pytest.mark.slow
def test_a_folder_whose_name_is_not_ascii_can_be_printed(tmp_path):
    result = run(script(tmp_path), "--out", tmp_path / "größe", env={"PYTHONIOENCODING": "ascii"})
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.isascii()
    assert (tmp_path / "größe" / "07_small.png").exists()


@pytest.mark.slow
def test_show_without_a_screen_still_saves(tmp_path):
    hidden = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "MPLBACKEND": "agg"}
    result = run(script(tmp_path), "--show", env=hidden)
    assert result.returncode == 0
    assert one_line(result) == "lesson 07: there is no screen to show a window on\n"
    assert (tmp_path / "output/07_small.png").exists()


# -- Surroundings --------------------------------------------------------------------------------------------

SETTINGS = """
text.usetex: True
savefig.dpi: 300
figure.dpi: 50
font.size: 30
axes.prop_cycle: cycler('color', ['r'])
savefig.bbox: tight
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A lesson, and the bytes that it saves where nothing is set."""
    folder = tmp_path_factory.mktemp("plain")
    path = script(folder, WHOLE.replace("losses, ax=", "losses, [1, 2], labels=('$a_$', '_b'), ax="))
    assert run(path, cwd=folder).returncode == 0
    return path, saved(folder / "output")


def saved(folder):
    return [(folder / f"07_small.{suffix}").read_bytes() for suffix in ("csv", "png")]


@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", "by MATPLOTLIBRC"])
def test_settings_of_matplotlib_change_nothing(plain, where, tmp_path):
    path, expected = plain
    (tmp_path / "matplotlibrc").write_text(SETTINGS)
    (tmp_path / "elsewhere").mkdir()
    cwd = tmp_path if where == "here" else tmp_path / "elsewhere"
    environment = {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}
    result = run(path, "--out", "out", cwd=cwd, env={} if where == "here" else environment)
    assert (result.returncode, result.stderr) == (0, "")
    assert saved(cwd / "out") == expected


ENVIRONMENTS = [
    *["TQDM_MININTERVAL=abc", "TQDM_NCOLS=x", "TQDM_ASCII=7", "MPLBACKEND=TkAgg", "MPLBACKEND=svg", "COLUMNS=1"],
    *["COLUMNS=abc", "TERM=dumb", "LC_ALL=C", "LC_ALL=tr_TR.UTF-8", "PYTHONIOENCODING=latin-1", "PYTHONSAFEPATH=1"],
    *["NO_COLOR=1", "PYTHONOPTIMIZE=2", "PYTHONWARNINGS=error", "PYTHONDEVMODE=1", "PYTHONUTF8=0"],
]


@pytest.mark.slow
@pytest.mark.parametrize("setting", ENVIRONMENTS)
def test_a_lesson_runs_alike_whatever_is_set(plain, setting, tmp_path):
    path, expected = plain
    result = run(path, "--out", "out", cwd=tmp_path, env=dict([setting.split("=", 1)]))
    assert (result.returncode, result.stderr) == (0, "")
    assert saved(tmp_path / "out") == expected


@pytest.mark.slow
def test_on_a_terminal_a_wrong_setting_of_the_bar_is_no_matter(tmp_path):
    mine, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TQDM_MININTERVAL": "abc", "COLUMNS": "1"}
    with started([sys.executable, str(script(tmp_path))], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):
            while chunk := os.read(mine, 4096):
                seen += chunk
        assert process.wait(60) == 0
    os.close(mine)
    assert b"Traceback" not in seen and b"output/07_small.png" in seen


CLOSED = ["<&- >&- 2>&-", ">&-", "<&-", "2>&-", ">&- 2>&-", "< /dev/null > /dev/null"]


@pytest.mark.slow
@pytest.mark.parametrize("closed", CLOSED)
def test_closed_streams_are_no_matter(plain, closed, tmp_path):
    path, expected = plain
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-X", "dev", str(path), "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")
    assert saved(tmp_path / "out") == expected


@pytest.mark.slow
def test_wrong_usage_with_closed_streams_is_still_told_by_the_exit_code(tmp_path):
    command = ["sh", "-c", '"$@" >&- 2>&-', "sh", sys.executable, str(script(tmp_path)), "--epochs", "no"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(command, env=environment, timeout=120).returncode == 2


@pytest.mark.slow
def test_a_full_device_as_standard_output_ends_in_one_line(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    command = ["sh", "-c", '"$@" > /dev/full', "sh", sys.executable, str(script(tmp_path))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=environment, timeout=120)
    assert (result.returncode, one_line(result)) == (1, "lesson 07: [Errno 28] No space left on device\n")


@pytest.mark.slow
def test_a_back_end_that_is_none_is_told_before_the_training(tmp_path):
    result = run(script(tmp_path), env={"MPLBACKEND": "nonsense"})
    assert (result.returncode, result.stdout) == (1, "")
    assert one_line(result).startswith("lesson 07: matplotlib cannot be loaded: Key backend: 'nonsense' is not")


@pytest.mark.slow
def test_a_current_folder_that_is_gone_is_told_before_the_training(tmp_path):
    path, gone = script(tmp_path), tmp_path / "gone"
    gone.mkdir()
    command = ["sh", "-c", 'rmdir "$PWD"; "$@"', "sh", sys.executable, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=gone, capture_output=True, text=True, env=environment, timeout=120)
    assert (result.returncode, result.stdout) == (1, "")
    assert "the current folder has been deleted" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_current_folder_that_goes_meanwhile_costs_nothing(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    path = script(tmp_path, WHOLE.replace("losses = []", "import shutil\nshutil.rmtree('../gone')\nlosses = []"))
    result = run(path, "--out", "out", cwd=gone)
    assert (result.returncode, result.stderr) == (0, "")
    assert last_line(result)["picture"] == str(gone / "out" / "07_small.png")
    assert len(saved(gone / "out")) == 2


DRAWS_NOTHING = "def fail(*_, **__): raise RuntimeError('no ink\\nat all')\nfigure.savefig = fail\nrun.finish("


@pytest.mark.parametrize("show", first_quick([[], ["--show"]]))
def test_a_picture_that_cannot_be_drawn_costs_no_numbers(show, tmp_path):
    result = run(script(tmp_path, WHOLE.replace("run.finish(", DRAWS_NOTHING)), *show, env={"MPLBACKEND": "TkAgg"})
    assert (result.returncode, one_line(result)) == (1, "lesson 07: the picture is not saved: no ink\n")
    assert list(last_line(result)) == ["lesson", "seed", "epochs", "loss"]
    assert os.listdir(tmp_path / "output") == ["07_small.csv"]


@pytest.mark.slow
def test_numbers_that_cannot_be_saved_cost_no_picture(tmp_path):
    source = WHOLE.replace("run.finish(", "import os\nos.mkdir(run.table)\nrun.finish(")
    result = run(script(tmp_path, source))
    assert result.returncode == 1
    assert one_line(result).startswith("lesson 07: the numbers are not saved: [Errno 21] Is a directory")
    assert last_line(result)["picture"].endswith("07_small.png")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["TkAgg", "svg"])
def test_show_without_a_screen_says_so_whatever_the_back_end(backend, tmp_path):
    result = run(script(tmp_path), "--show", env={"MPLBACKEND": backend})
    assert (result.returncode, one_line(result)) == (0, "lesson 07: there is no screen to show a window on\n")
