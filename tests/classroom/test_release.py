"""The copy that a teacher hands out, and the notebooks."""

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from minigrad.classroom import notebook, release
from minigrad.classroom.__main__ import main
from minigrad.classroom.checker import check
from minigrad.classroom.checks import CourseError
from minigrad.classroom.master import Master, masters
from tests.classroom.answers import reused
from tests.quick import first_quick

LESSONS = sorted((Path(__file__).parent.parent.parent / "lessons").glob("[0-9][0-9]_*.py"))
MASTERS = masters()
OWN = Master(Path(__file__).parent / "masters" / "ex01_product_rule.py")
ALL = [OWN, *MASTERS.values()]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    out = tmp_path_factory.mktemp("release") / "copy"
    assert main(["release", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def copies(released, tmp_path_factory):
    """What `release` makes of each master, and of the tests' own."""
    folder = released / "minigrad" / "classroom" / "masters"
    own = tmp_path_factory.mktemp("own") / OWN.filename
    own.write_text(release.without_answers(OWN))
    return {OWN.name: Master(own), **{m.name: Master(folder / m.filename) for m in MASTERS.values()}}


def test_the_copy_has_a_readme_of_its_own_that_names_only_what_is_there(released):
    text = (released / "README.md").read_text()
    named = re.findall(r"\]\(([^)]+)\)|`([\w/]+/[\w.]*)`| (lessons/\w+\.py)", text)
    assert len(named) == 5
    assert [path for path in map("".join, named) if not (released / path).exists()] == []
    assert "pytest" not in text and "python -m minigrad.classroom check 1" in text


@pytest.mark.parametrize("master", ALL, ids=lambda m: m.name)
def test_a_released_master_holds_no_answer_but_checks_as_before(copies, master):
    copy = copies[master.name]
    assert not copy.has_answers and copy.starter == master.starter and copy.hints == master.hints
    assert not {"RIGHT", "WRONG"} & set(copy.namespace) and "hidden=True" not in copy.text
    exercise = copy.text.split("# BEGIN CHECKS")[0]
    for blank in master.blanks:
        for line in filter(lambda line: len(line.strip()) > 20, blank.lines):
            assert line.strip() not in exercise
    report = check(copy, master.solution.encode(), start=reused)
    assert [(o.name, o.message) for o in report.outcomes if o.status != "ok"] == []
    assert report.score == master.max_score
    for name in list(master.namespace["WRONG"])[::9]:
        wrong = master.other("WRONG", name).encode()
        reports = [check(m, wrong, start=reused) for m in (master, copy)]
        told = [[(o.name, o.status, *o.message.splitlines()[:2]) for o in report.outcomes] for report in reports]
        assert told[0] == told[1]
    assert not check(copy, b"def f(): pass", start=reused).passed


@pytest.mark.parametrize("master", first_quick(ALL, 3), ids=lambda m: m.name)
def test_no_function_of_a_released_master_is_an_answer(copies, master):
    copy = copies[master.name]
    text = copy.text.split("# BEGIN CHECKS")[1]
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    answers = {name for name, value in master.namespace.items() if getattr(value, "answer", False)}
    assert answers and not answers & {node.name for node in ast.walk(ast.parse(text)) if hasattr(node, "name")}
    assert passes(master, master.solution, "A")
    for blank in master.blanks:
        asked = arguments_of(copy.text, copy.function_of(blank.part))
        for function in functions:
            for some in itertools.permutations(asked, len(function.args.args)):
                pasted = f"return {function.name}({', '.join(some)})"
                source = master.filled(lambda b, part=blank.part, line=pasted: [line] if b.part == part else b.lines)
                assert not passes(copy, f"{source}\n{text}", blank.part), (blank.part, pasted)


def test_a_released_check_tells_that_it_holds_results_for_one_seed(copies):
    with pytest.raises(CourseError, match="this copy of the course holds only those that `check` needs"):
        check(copies[OWN.name], OWN.solution.encode(), seed=1)


def test_what_a_released_check_cannot_lend_the_learner_must_have_right(copies):
    master, name = MASTERS[8], MASTERS[8].name
    wrong = {"A": "return z.max(axis=-1)"}
    shifted = {"B": "return np.mean(log_sum_exp(z - z[np.arange(len(z)), labels][:, None]))"}
    for lines, failed in ((wrong, {"A"}), (shifted, set()), ({**wrong, **shifted}, {"A", "B"})):
        source = master.filled(lambda b, lines=lines: lines.get(b.part, "\n".join(b.lines)).splitlines())
        report = check(copies[name], source.encode())
        assert {o.part for o in report.outcomes if o.status != "ok"} == failed


def arguments_of(source, function):
    """The names of the arguments of a function, or of a method, in a source."""
    scope = ast.parse(source)
    for name in function.split("."):
        scope = next(node for node in scope.body if getattr(node, "name", None) == name)
    return [argument.arg for argument in scope.args.args]


def passes(master, source, part):
    """Whether the source passes the checks of a part, in this process."""
    module = types.ModuleType("pasted")
    exec(source, vars(module))
    checks = [c for c in master.checks if not c.check["hidden"]]
    for index, function in enumerate(checks):
        if function.check["part"] == part:
            try:
                function(module, np.random.default_rng([0, master.number, index]))
            except Exception:
                return False
    return True


def test_a_released_copy_works_by_itself(released):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def run(*words):
        line = [sys.executable, "-m", "minigrad.classroom", *words]
        return subprocess.run(line, cwd=released, env=environment, capture_output=True, text=True, timeout=60)

    assert run("check", "1").returncode == 1
    assert "part A is still to do" in run("check", "1").stdout
    last = [run("hint", "1").stdout for _ in range(3)][-1]
    assert "hint 3 of 3" in last and last.endswith("That was the last. Ask whoever gave you this course.\n")
    assert "solution" not in run("check", "1").stdout, "a command that cannot run here"
    done = run("solution", "1", "--give-up")
    assert done.returncode == 2 and "no answers" in done.stderr
    (released / "my_exercises" / MASTERS[1].filename).write_text(MASTERS[1].solution)
    passed = run("check", "1")
    assert passed.returncode == 0 and "solution" not in passed.stdout


def test_a_released_copy_grades_with_the_seed_that_it_knows(released, tmp_path):
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / MASTERS[1].filename).write_text(MASTERS[1].solution)
    words = ["grade", str(tmp_path / "class"), "--csv", str(tmp_path / "g.csv"), "--json", str(tmp_path / "g.json")]
    line = [sys.executable, "-m", "minigrad.classroom", *words, "--only", "1"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    how = {"cwd": released, "env": environment, "capture_output": True, "text": True}
    refused = subprocess.run(line, timeout=60, **how)
    assert refused.returncode == 2 and "or with --seed 0" in refused.stderr
    assert not (tmp_path / "g.csv").exists()
    assert subprocess.run([*line, "--seed", "0"], timeout=60, **how).returncode == 0
    assert "ann,ex01,passed" in (tmp_path / "g.csv").read_text()


def test_release_overwrites_nothing_and_leaves_no_part(tmp_path, capsys, monkeypatch):
    (tmp_path / "there").mkdir()
    assert main(["release", str(tmp_path / "there")]) == 2
    assert "is there already" in capsys.readouterr().err

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    assert main(["release", str(tmp_path / "new")]) == 2
    assert "No space left" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["there"]


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    assert main(["notebook", str(folder)]) == 0
    return folder


def test_notebooks_are_valid_and_hold_the_whole_source(notebooks):
    for path in sorted(notebooks.glob("*.ipynb")):
        nbformat.validate(nbformat.read(path, as_version=4))
    assert len(list(notebooks.glob("ex*.ipynb"))) == len(MASTERS)
    of_lessons = sorted(path.stem for path in notebooks.glob("lesson*.ipynb"))
    assert of_lessons == [f"lesson{path.stem}" for path in LESSONS]


def test_a_notebook_is_checked_like_a_file(notebooks, capsys):
    master = MASTERS[1]
    assert main(["check", "1", "--dir", str(notebooks)]) == 1
    assert "part A is still to do" in capsys.readouterr().out
    path = notebooks / f"{master.name}.ipynb"
    content = json.loads(path.read_text())
    solved = notebook.of_exercise(master)
    solved["cells"] = notebook._cells(master.solution) + solved["cells"][-1:]
    path.write_text(json.dumps(solved))
    assert main(["check", "1", "--dir", str(notebooks)]) == 0
    path.write_text("{}")
    assert main(["check", "1", "--dir", str(notebooks)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    path.write_text(json.dumps(content))


def test_notebooks_overwrite_nothing(notebooks, capsys):
    path = notebooks / f"{MASTERS[1].name}.ipynb"
    before = path.read_text()
    path.write_text(before + "\n")
    assert main(["notebook", str(notebooks)]) == 0
    assert "0 notebooks written" in capsys.readouterr().out
    assert path.read_text() == before + "\n"
    path.write_text(before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", first_quick([MASTERS[1].name, f"lesson{LESSONS[0].stem}"]))
def test_jupyter_runs_a_notebook(notebooks, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(release.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
    opened = nbformat.read(notebooks / f"{name}.ipynb", as_version=4)
    NotebookClient(opened, timeout=120, resources={"metadata": {"path": str(notebooks)}}).execute()
    text = "".join(out.get("text", "") for cell in opened.cells for out in cell.get("outputs", []))
    assert ("part A is still to do" if name.startswith("ex") else "lesson=01") in text
