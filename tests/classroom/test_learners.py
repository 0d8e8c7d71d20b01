"""What a learner types and reads: commands that run as they stand, lines that are named, files in the way."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from minigrad.classroom import cells, command, notebook
from minigrad.classroom.__main__ import main
from minigrad.classroom.master import masters

from ..quick import first_quick
from .commands import said

ROOT = Path(__file__).parent.parent.parent
FIRST, *_ = masters().values()
BEFORE = r"^(?:.*(?:type|Next|Now|Stuck\?|answer|The next):? +|  )"
TYPED = re.compile(BEFORE + r"(\S.* -m minigrad\.classroom .*?)(?:   \(.*)?$", re.MULTILINE)


@pytest.fixture
def started(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["start"]) == 0
    capsys.readouterr()
    return tmp_path / "my_exercises"


def shell(line, cwd, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


# -- Commands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_python", first_quick([True, False]))
@pytest.mark.parametrize("folder", first_quick(["it's $HOME; `x`", None, "-x"]))
def test_every_printed_command_runs_in_a_shell_as_it_stands(tmp_path, folder, with_python):
    path = os.path.dirname(sys.executable) if with_python else str(tmp_path / "nothing")
    words = [sys.executable, "-m", "minigrad.classroom", "start", *([] if folder is None else ["--", folder])]
    waiting, seen = [command.quoted(words)], set()
    while waiting:
        line = waiting.pop()
        seen.add(line)
        for _ in range(3 if " hint " in line else 1):  # the third says what to type after the last
            done = shell(line, tmp_path, PATH=path)
            assert done.returncode in (0, 1) and done.stderr == "", (line, done.stdout, done.stderr)
        waiting += sorted(set(TYPED.findall(done.stdout)) - {*seen, *waiting})
    assert {shlex.split(line)[0] for line in seen} == {sys.executable, "python" if with_python else sys.executable}
    typed = " ".join(sorted(seen))
    assert all(f"minigrad.classroom {word}" in typed for word in ("start", "check 1", "hint 1", "solution 1 --give-up"))


def test_the_python_of_a_virtual_environment_here_is_named_from_here(tmp_path):
    venv.create(tmp_path / ".venv", with_pip=False)
    packages = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    start = shell(".venv/bin/python -m minigrad.classroom", tmp_path, PYTHONPATH=packages).stdout.splitlines()[-1]
    assert start == "To begin, type: .venv/bin/python -m minigrad.classroom start"
    inside = shell("./python -m minigrad.classroom", tmp_path / ".venv/bin", PYTHONPATH=packages)
    assert inside.stdout.endswith("To begin, type: ./python -m minigrad.classroom start\n")


def test_another_python_of_that_name_is_not_meant(tmp_path, monkeypatch):
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)  # a path within the current folder would be told without it
    assert command.python() == sys.executable
    (tmp_path / "python").unlink()
    (tmp_path / "python").symlink_to(sys.executable)  # leads out of a virtual environment
    in_one = sys.prefix != sys.base_prefix
    assert command.python() == (sys.executable if in_one else "python")


def test_windows_has_its_own_quotes(monkeypatch):
    words = ["C:\\a b\\python.exe", "-m", "minigrad.classroom", "check", "1", "--dir", "c d"]
    monkeypatch.setattr(os, "name", "nt")
    line = command.quoted(words)
    monkeypatch.undo()
    assert line == '"C:\\a b\\python.exe" -m minigrad.classroom check 1 --dir "c d"'


@pytest.mark.parametrize("form", ["my_exercises\\{}", ".\\my_exercises\\{}", "./my_exercises/{}", "{}", "gone/{}"])
@pytest.mark.parametrize("change", [str, str.upper])
def test_the_path_of_an_exercise_as_any_system_writes_it(started, capsys, form, change):
    code, out, _ = said(capsys, "hint", form.format(change(FIRST.filename)))
    assert code == 0 and "hint 1 of 3" in out and "--dir" not in out


def test_a_path_names_its_folder(started, capsys):
    assert main(["start", "other one"]) == 0
    (started.parent / "other one" / FIRST.filename).write_text("def f(:\n")
    capsys.readouterr()
    code, out, _ = said(capsys, "check", f"other one/{FIRST.filename}")
    assert code == 1 and f"other one/{FIRST.filename}" in out.splitlines()[0] and "--dir 'other one'" in out
    code, out, err = said(capsys, "check", f"other one/{FIRST.filename}", "--dir", "my_exercises")
    assert (code, out) == (2, "") and "name one folder" in err
    (started.parent / "1").mkdir()
    assert said(capsys, "check", "1")[0] == 1
    code, _, err = said(capsys, "check", "my_exercises")
    assert code == 2 and err.endswith("check --dir my_exercises\n")
    code, _, err = said(capsys, "check", "1", "--dir", f"my_exercises/{FIRST.filename}")
    assert code == 2 and "is not a folder" in err


# -- Reset -------------------------------------------------------------------------------------------------------------


def test_reset_takes_the_points_back_and_remembers_that_one_gave_up(started, capsys):
    assert said(capsys, "solution", "1", "--give-up")[0] == 0
    (started / FIRST.filename).write_text(FIRST.solution)
    assert said(capsys, "check", "1")[0] == 0
    assert "passed, gave up before" in said(capsys)[1]
    assert said(capsys, "reset", "1")[0] == 0
    line = next(line for line in said(capsys)[1].splitlines() if "ex01" in line)
    assert line.endswith(f"0 of {FIRST.max_score} points, gave up")


def test_reset_gives_a_notebook_where_the_answer_is_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["notebook", "."]) == 0
    path = tmp_path / f"{FIRST.name}.ipynb"
    fresh = path.read_text()
    path.write_text("mine")
    assert said(capsys, "reset", "1")[0] == 0
    assert path.read_text() == fresh
    assert (tmp_path / f"{path.name}.1").read_text() == "mine" and not (tmp_path / FIRST.filename).exists()


# -- What cannot be read as Python -------------------------------------------------------------------------------------

UNREADABLE = {
    "syntax": (b"x = 1\ndef f(:\n", 2, ["SyntaxError: invalid syntax", "def f(:", "^"]),
    "indentation": (b"def f():\nreturn 1\n", 2, ["IndentationError: expected an indented block", "return 1", "^"]),
    "tabs": (b"def f():\n        a = 1\n\tb = 2\n", 3, ["TabError: inconsistent use of tabs and spaces", "b = 2"]),
    "null byte": (b"x = 1\ny = 2\0\n", 2, ["a null byte", "UTF-8", "y = 2"]),
    "latin-1": (b"x = 1\n\ny = '\xe9'\n", 3, ["byte 0xe9 is not UTF-8", "y = '"]),
    "encoding": (b"# coding: klingon\nx = 1\n", 1, ["unknown encoding: klingon", "# coding: klingon"]),
    "parenthesis": (b"x = 1\ny = (2\n\nz = 3\n", 2, ["'(' was never closed", "y = (2", "^"]),
    "string": (b"x = 'abc\n", 1, ["unterminated string literal", "x = 'abc", "^"]),
    "long line": (b"x = [" + b"1, " * 500 + b"2 3]\n", 1, ["SyntaxError: invalid syntax", "2 3]", "^"]),
    "outside": (b"x = 1\nreturn x\n", 2, ["'return' outside function", "return x"]),
    "module level": (b"x = 1\nx.y\n" + FIRST.solution.encode(), 2, ["AttributeError", "x.y"]),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_keeps_a_file_from_running_is_told_with_its_line(started, capsys, name):
    content, line, words = UNREADABLE[name]
    (started / FIRST.filename).write_bytes(content)
    code, out, err = said(capsys, "check", "1")
    assert (code, err) == (1, "")
    assert all(word in out for word in words), out
    assert f"line {line}: " in out and f"Edit line {line}, save" in out and "must define" not in out
    assert max(map(len, out.splitlines())) < 130


def test_the_caret_stands_under_the_character(started, capsys):
    (started / FIRST.filename).write_text("def f():\n    return (1 2)\n")
    lines = said(capsys, "check", "1")[1].splitlines()
    (index,) = [i for i, line in enumerate(lines) if line.strip() == "^"]
    assert lines[index - 1][lines[index].index("^") :].startswith("1 2)")


# -- Notebooks ---------------------------------------------------------------------------------------------------------


def write_notebook(path, *sources):
    found = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    path.write_text(json.dumps({"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("x = !ls -l 'a\ny = 2", "x = None\ny = 2"),
        ("a.b[0] = %timeit -o f()", "a.b[0] = None"),
        ("if x:\n    !ls\n    %time f()", "if x:\n    pass\n    pass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("%%bash\nls (\n", "\n\n"),
        ("\n%%timeit\nx = 1", "\n\n"),
        ("np.dot?\n?np\nnp.*load*??", "pass\npass\npass"),
        ("!pip install \\\n  x y\nz = 1", "pass\n\nz = 1"),
        ('s = """\n% of all\n!important\nwhat?\n"""', None),
        ("y = (3\n% 2)", None),
        ("y = 3 \\\n% 2", None),
        ("s = '''it''' # '''\n\nx != 3", None),
        ("print('a = %d' % x)", None),
    ],
)
def test_lines_for_jupyter_alone_become_python_that_does_nothing(cell, python):
    assert cells.as_python(cell) == (cell if python is None else python)


@pytest.mark.parametrize("piece", ["'''\\", "'\\", "(\n", "!ls\n", "''' ", '"', "a?\\\n", "x = \\\n", "x ", "[!\n"])
def test_a_hostile_notebook_is_read_in_one_go(piece):
    before = os.times().user
    cells.as_python(piece * (2**20 // len(piece)))
    assert os.times().user - before < 30  # 0.5 s; hours, if strings or lines were read again and again


def test_a_notebook_with_commands_of_jupyter_passes(started, capsys):
    path = started / f"{FIRST.name}.ipynb"
    path.with_suffix(".py").unlink()
    write_notebook(path, "%matplotlib inline\nfiles = !ls", "%%bash\nls (", FIRST.solution + "\nhelp?", "%%time\nz = 1")
    code, out, _ = said(capsys, "check", "1")
    assert code == 0 and ": passed." in out


def test_errors_in_a_notebook_name_the_cell(started, capsys):
    path = started / f"{FIRST.name}.ipynb"
    path.with_suffix(".py").unlink()
    write_notebook(path, "x = 1", ["y = 2\n", "def f():\n", "return 1\n"])
    out = said(capsys, "check", "1")[1]
    assert "on code cell 2, line 2" in out and "    code cell 2, line 3: return 1" in out
    assert "Edit code cell 2, line 3, save" in out
    write_notebook(path, "# prose", FIRST.starter.replace("raise NotImplementedError", "raise KeyError"))
    out = said(capsys, "check", "1")[1]
    line = FIRST.starter.splitlines().index('    raise NotImplementedError("TODO A")') + 1
    assert f"code cell 2, line {line}: raise KeyError" in out
    function = FIRST.function_of("A")
    assert f"Edit {function} (code cell 2, line {FIRST.line_of('A', FIRST.starter)})" in out


@pytest.mark.parametrize(
    ("cells_", "words"),
    [
        ([{"cell_type": "code", "source": ["x"]}, {"cell_type": "code", "source": 3}], "code cell 2 of"),
        ([{"cell_type": "code"}], "code cell 1 of"),
        ([3], "is no notebook"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(started, capsys, cells_, words):
    path = started / f"{FIRST.name}.ipynb"
    path.with_suffix(".py").unlink()
    path.write_text(json.dumps({"cells": cells_}))
    code, out, err = said(capsys, "check", "1")
    assert (code, out) == (2, "") and words in err and len(err.splitlines()) == 1


def test_half_a_character_in_a_notebook_is_told_with_its_cell(started, capsys):
    path = started / f"{FIRST.name}.ipynb"
    path.with_suffix(".py").unlink()
    write_notebook(path, "x = 1", "y = '\ud800'")
    code, out, _ = said(capsys, "check", "1")
    assert code == 1 and "is not UTF-8" in out and "Edit code cell 2, line 1" in out


def test_the_check_in_a_notebook_speaks_as_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["notebook", "."]) == 0
    capsys.readouterr()
    notebook.check(1)
    out = capsys.readouterr().out
    assert "part A is still to do" in out and "Edit" in out and "(code cell " in out


# -- Files named like modules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", first_quick(["numpy", "random", "queue", "typing", "json"]))
@pytest.mark.parametrize("form", ["{}.py", "{}/__init__.py"])
def test_a_file_in_the_way_of_a_module_is_named_and_not_run(tmp_path, name, form):
    path = tmp_path / form.format(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("print('I ran')\n")
    for words in ("", "start"):
        done = shell(command.quoted([sys.executable, "-m", "minigrad.classroom", *words.split()]), tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"{path} stands in the way of Python's module {name}: rename it, and try again\n"


def test_a_file_in_nobodys_way_is_no_trouble(tmp_path):
    for name in ("test.py", "turtle.py", "helper.py", "__main__.py"):
        (tmp_path / name).write_text("raise ValueError\n")
    for name in ("random", "minigrad"):
        (tmp_path / name).mkdir()  # without __init__.py, these hide nothing
    done = shell(command.quoted([sys.executable, "-m", "minigrad.classroom"]), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_programs_of_others_keep_their_own_modules(tmp_path):
    (tmp_path / "tqdm.py").write_text("mine = 3\n")
    (tmp_path / "program.py").write_text("import minigrad, tqdm\nprint(tqdm.mine)\n")
    done = shell(command.quoted([sys.executable, "program.py"]), tmp_path)
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_a_file_in_the_way_of_a_lesson_is_named(tmp_path):
    shutil.copytree(ROOT / "minigrad", tmp_path / "minigrad", ignore=shutil.ignore_patterns("__pycache__", "masters"))
    (tmp_path / "lessons").mkdir()
    shutil.copy(ROOT / "lessons" / "01_entropy.py", tmp_path / "lessons")
    (tmp_path / "lessons" / "numpy.py").write_text("")
    line = command.quoted([sys.executable, "lessons/01_entropy.py", "--quick", "--no-progress"])
    done = shell(line, tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert f"{tmp_path / 'lessons' / 'numpy.py'} stands in the way" in done.stderr


# -- Surroundings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("{} >&-", 0, ""),
        ("{} check 1 >&- 2>&-", 1, ""),
        ("{} check 1 <&-", 1, ""),
        ("{} check 1 | head -1 > first", 0, ""),
        ("{} check 1 > /dev/full", 2, "classroom: No space left on device: standard output\n"),
        ("mkdir gone && cd gone && rmdir ../gone && {}", 0, ""),
        ("mkdir gone && cd gone && rmdir ../gone && {} check 1 --dir {here}/my_exercises", 1, ""),
        ("mkdir gone && cd gone && rmdir ../gone && {} start", 2, "classroom: cannot make the folder my_exercises"),
    ],
)
def test_odd_surroundings_bring_a_line_at_most(started, line, code, words):
    start = command.quoted([sys.executable, "-m", "minigrad.classroom"])
    done = shell(line.format(start, here=started.parent), started.parent)
    assert done.returncode == code and done.stderr.startswith(words)
    assert len(done.stderr.splitlines()) == (1 if words else 0)
