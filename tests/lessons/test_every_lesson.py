"""What holds of every lesson, as its readers run it: fresh processes, from anywhere, through a pipe, no screen."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from tests.lessons.running import LESSONS, ROOT, SHORT, WATCHED, environment, full_run, last_line, run
from tests.processes import WAIT, started
from tests.quick import first_quick, quick_if

MAIN = ROOT / "lessons" / "__main__.py"
WITH_DATA = [path for path in LESSONS if re.search(r"import .*\bdatasets\b|minigrad.datasets", path.read_text())]


def each_lesson(paths=LESSONS):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def one_quick(paths=LESSONS):
    """Parameters for what `minigrad.lesson` does in each: the quick tests look at one."""
    return [quick_if(path == SHORT[-1], path) for path in paths]


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# -- Every lesson --------------------------------------------------------------------------------------------


SOME = [quick_if(place % 6 == 0, path) for place, path in enumerate(LESSONS)]  # `python -m lessons all` runs each


@pytest.fixture(scope="module", params=SOME, ids=lambda path: path.stem)
def quick(request, tmp_path_factory):
    """A quick run of a copy of a lesson from an empty folder.

    It is watched: what its picture does not show goes to its standard error.
    """
    here = tmp_path_factory.mktemp("here")
    for folder in ("lessons", "one"):
        (here / folder).mkdir()
    path = shutil.copy(request.param, here / "lessons")
    return request.param, here, run(WATCHED, path, "--quick", "--out", "saved", cwd=here / "one")


def test_a_lesson_runs_quietly_draws_no_empty_axes_and_writes_its_two_files_and_nothing_else(quick):
    path, here, result = quick
    assert (result.returncode, result.stderr) == (0, "")
    assert tree(here) == [f"lessons/{path.name}", *(f"one/saved/{path.stem}{suffix}" for suffix in (".csv", ".png"))]


def test_a_lesson_ends_with_a_line_for_machines(quick):
    path, here, result = quick
    pairs = [pair.split("=") for pair in result.stdout.splitlines()[-1].split(" ")]
    names, values = zip(*pairs, strict=True)
    assert names[:2] == ("lesson", "seed") and names[-1] == "picture"
    assert values[:2] == (path.name[:2], "0")
    assert len(names) > 3, "there are results"
    assert all(re.fullmatch(r"-?\d+(\.\d{4})?", value) for value in values[:-1]), "finite numbers"
    assert values[-1] == f"saved/{path.stem}.png"


@pytest.mark.slow
def test_a_lesson_prints_and_saves_the_same_bytes_for_the_same_seed(quick, tmp_path):
    path, here, first = quick
    second = run(here / "lessons" / path.name, "--quick", "--out", "saved", cwd=tmp_path)
    assert (second.returncode, second.stdout, second.stderr) == (0, first.stdout, "")
    saved = [f"saved/{path.stem}{suffix}" for suffix in (".csv", ".png")]
    assert tree(tmp_path) == saved
    assert [(here / "one" / name).read_bytes() for name in saved] == [(tmp_path / name).read_bytes() for name in saved]


@pytest.mark.slow
def test_a_quick_run_that_shows_less_says_so_in_its_first_line(quick):
    path, _, result = quick
    shorter = _without_progress(result.stdout) != _without_progress(full_run(path.stem).stdout)
    assert result.stdout.startswith("quick: too short to show what the text says\n") == shorter


def _without_progress(stdout):
    """The lines printed but the last and those of a progress bar: a unit, then 3/20."""
    return [line for line in stdout.splitlines()[:-1] if "/" not in " ".join(line.split()[:2])]


# -- What goes wrong -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of what lessons run on, with no file of data, or with damaged ones."""

    def copy(damage):
        root = tmp_path_factory.mktemp("checkout")
        for folder in ("minigrad", "lessons"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "output"))
        (root / "data").mkdir()
        if damage:
            for file in (ROOT / "data").glob("*.[nt]*z"):
                (root / "data" / file.name).write_bytes(b"not the data")
        return root

    return {"is missing": copy(damage=False), "is damaged": copy(damage=True)}


@pytest.mark.parametrize("said", ["is missing", "is damaged"])
@each_lesson(one_quick(WITH_DATA))
def test_data_that_is_not_right_ends_a_lesson_in_one_line(checkout, path, said):
    root = checkout[said]
    result = run(root / "lessons" / path.name, "--quick", "--no-progress", cwd=root, root=root)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"lesson {path.name[:2]}: the data file {root / 'data'}")
    assert said in result.stderr


@each_lesson(one_quick())
def test_what_cannot_be_meant_ends_a_lesson_before_it_begins(path, tmp_path):
    (tmp_path / "file").touch()
    result = run(path, "--out", tmp_path / "file", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    line = f"lesson {path.name[:2]}: cannot write to the folder {tmp_path / 'file'}: File exists\n"
    assert result.stderr == line
    result = run(path, "--epochs", -1, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"usage: {path.name}")
    assert "--epochs" in result.stderr.splitlines()[-1]
    assert tree(tmp_path) == ["file"]


INTERRUPT = "signal.raise_signal(signal.SIGINT)"
MOMENTS = {  # code that interrupts a lesson from within, at that moment
    "importing": f"""
class Finder:
    def find_spec(self, name, *_):
        if name == "minigrad.datasets":
            {INTERRUPT}
sys.meta_path.insert(0, Finder())
""",
    "training": f"import minigrad.optim\nminigrad.optim.SGD.step = lambda *_: {INTERRUPT}",
    "drawing": f"import matplotlib.figure\nmatplotlib.figure.Figure.savefig = lambda *_, **__: {INTERRUPT}",
    "saving": f"import minigrad.lesson, os\nos.replace = lambda *_: {INTERRUPT}",
}


@pytest.mark.parametrize("moment", first_quick(MOMENTS))
def test_ctrl_c_ends_a_lesson_in_one_line_whenever_it_comes(moment, tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import runpy, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it\n"
        f"{MOMENTS[moment]}\n"
        f"runpy.run_path({str(MAIN)!r})['main'](['7', '--quick', '--no-progress', '--out', 'saved'])\n"
    )
    result = run(script, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (130, "lesson 07: interrupted\n")
    numbers = ["saved/07_softmax_classifier.csv"] if moment == "drawing" else []  # safe before the picture is drawn
    assert tree(tmp_path) == ["interrupted.py", *numbers]


# -- Closed streams ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [*(quick_if(False, one) for one in (">&-", "<&-", "2>&-")), "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("lessons 1 --quick --out saved", 0),
        ("minigrad.classroom", 0),
        *(quick_if(False, *row) for row in [("lessons", 0), ("lessons 99", 2)]),
        *(quick_if(False, *row) for row in [("minigrad.classroom start", 0), ("minigrad.classroom check 1", 2)]),
    ],
)
def test_closed_streams_change_no_exit_code(words, code, closed, tmp_path):
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-X", "dev", "-m", *words.split()]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=120)
    assert result.returncode == code
    assert "Traceback" not in result.stderr and "Exception" not in result.stderr
    assert (f"saved/{LESSONS[0].stem}.png" in tree(tmp_path)) == ("saved" in words)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("lessons", "lessons: [Errno 28] No space left on device"),
        ("lessons all --quick", "lessons: [Errno 28] No space left on device"),
        ("lessons 1 --quick --out saved", "lesson 01: [Errno 28] No space left on device"),
        ("minigrad.classroom", "classroom: No space left on device: standard output"),
    ],
)
def test_a_full_device_as_standard_output_is_one_line(words, line, tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    command = ["sh", "-c", '"$@" > /dev/full', "sh", sys.executable, "-m", *words.split()]
    options = {"cwd": tmp_path, "env": environment()}
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120, **options)
    assert result.returncode
    assert result.stderr == f"{line}\n"


@pytest.mark.parametrize(
    "words",
    ["lessons 1", "minigrad.classroom start", "minigrad.classroom grade /tmp --csv a --json b"],
)
def test_a_current_folder_that_is_gone_is_one_line(words, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = ["sh", "-c", 'rmdir "$PWD"; "$@"', "sh", sys.executable, "-m", *words.split()]
    result = subprocess.run(command, cwd=gone, capture_output=True, text=True, env=environment(), timeout=120)
    assert result.returncode in (1, 2)
    lines = [line for line in result.stderr.splitlines() if "getcwd" not in line]  # which is the shell's word
    assert len(lines) == 1 and "standard output" not in lines[0]


# -- python -m lessons ---------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_lesson_with_its_seconds():
    result = run("-m", "lessons", cwd=ROOT)
    assert (result.returncode, result.stderr) == (0, "")
    listed = re.findall(r"^ +(\d+) +(\d+)  (.*)$", result.stdout, re.MULTILINE)
    assert [int(number) for number, _, _ in listed] == [int(path.name[:2]) for path in LESSONS]
    for (_, _, line), path in zip(listed, LESSONS, strict=True):
        assert re.match(rf'(r?)"""\n?{re.escape(line)}\n', path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", first_quick(["7", "07"]))
def test_a_lesson_runs_by_its_number(number, tmp_path):
    result = run("-m", "lessons", number, "--quick", "--out", tmp_path, cwd=ROOT)
    assert (result.returncode, result.stderr) == (0, "")
    assert last_line(result.stdout)[1] == tmp_path / "07_softmax_classifier.png"


@pytest.mark.parametrize("number", first_quick(["99", "0", "seven", "-7", "7.0", "²"]))
def test_a_wrong_number_gives_the_list(number):
    result = run("-m", "lessons", number, cwd=ROOT)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("there is no lesson ")
    assert result.stderr.endswith(f"\n\n{run('-m', 'lessons', cwd=ROOT).stdout}")


def test_wrong_arguments_behind_the_number_are_the_lessons_usage_error():
    result = run("-m", "lessons", "7", "--lr", "fast", cwd=ROOT)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: 07_softmax_classifier.py")


SMALL = {
    "01_good.py": '"""A good one: it ends."""\nimport sys\nprint("hello")\nprint("lesson=01", *sys.argv[1:])',
    "02_bad.py": '"""A bad one: it does not."""\nprint("half", flush=True)\n1 / 0',
    "05_last.py": '"""The last: it ends, too."""\nprint("lesson=05")',
}


@pytest.fixture
def small(tmp_path):
    """The runner in a folder of three small lessons, the second of which fails."""
    for name, source in SMALL.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    return shutil.copy(MAIN, tmp_path)


def test_all_runs_each_with_the_arguments_and_tells_which_failed(small, tmp_path):
    result = run(small, "all", "--quick", "--seed", 3, cwd=tmp_path)
    assert result.returncode == 1
    each, table = result.stdout.split("\n== all lessons\n")
    assert each.split("\n") == [
        *["", "== lesson 01", "hello", "lesson=01 --quick --seed 3"],
        *["", "== lesson 02", "half", "", "== lesson 05", "lesson=05", ""],
    ]
    lines = [re.fullmatch(r" +\d+\.\d s  (.*)", line)[1] for line in table.splitlines()]
    assert lines == [each.split("\n")[3], "lesson=02 failed with exit code 1", "lesson=05"]
    assert "ZeroDivisionError" in result.stderr
    assert result.stderr.endswith("\n1 of 3 lessons failed: 02\n")


def test_all_ends_well_if_each_does(small, tmp_path):
    (tmp_path / "02_bad.py").unlink()
    result = run(small, "all", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_list_needs_no_seconds_and_help_about_all_is_the_list(small, tmp_path):
    (tmp_path / "77_new.py").write_text('"""A new one: just written."""')
    title = "Is this one long?\n================="
    (tmp_path / "78_long.py").write_text(f'"""\n{title}\n\n*Runs* about 3 seconds. No more.\n"""')
    result = run(small, "all", "--help", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == run(small, cwd=tmp_path).stdout
    assert result.stdout.splitlines()[-2:] == [
        "  77           A new one: just written.",
        "  78        3  Is this one long?",
    ]


def test_ctrl_c_ends_all_of_them(small, tmp_path):
    (tmp_path / "01_good.py").write_text(
        '"""A long one: it sleeps."""\nimport time\nprint("ready", flush=True)\ntime.sleep(60)'
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}

    with started([sys.executable, small, "all"], env=environment(), **pipes) as process:
        while process.stdout.readline() != "ready\n":
            pass
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the runner and to the lesson
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (130, "", "lesson 01: interrupted\n")


def test_a_reader_that_stops_reading_ends_all_of_them_quietly(small, tmp_path):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    (tmp_path / "02_bad.py").write_text('"""A loud one: it talks."""\nfor i in range(1_000_000): print(i)')
    with started([sys.executable, small, "all"], env=environment(), **pipes) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        process.wait(WAIT)
    assert process.returncode == 1
