"""The command line: what is typed, what is said, which exit code, what is left untouched."""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from minigrad.classroom import progress
from minigrad.classroom.__main__ import main
from minigrad.classroom.master import FOLDER, CourseError, masters

from ..processes import started as process
from ..processes import within
from .commands import said

ROOT = Path(__file__).parent.parent.parent
MASTERS = masters()
FIRST, SECOND, *_ = MASTERS.values()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def started(here, capsys):
    assert main(["start"]) == 0
    capsys.readouterr()
    return here / "my_exercises"


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def command(*words, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    line = [sys.executable, "-m", "minigrad.classroom", *words]
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=60, **options)


def test_a_learner_is_led_from_nothing_to_the_end(here, capsys):
    code, out, _ = said(capsys)
    assert code == 0 and out.endswith("To begin, type: python -m minigrad.classroom start\n")
    code, out, _ = said(capsys, "start")
    assert code == 0 and out.splitlines()[0] == f"{len(MASTERS)} exercises written to my_exercises."
    assert out.endswith("then type: python -m minigrad.classroom check 1\n")
    code, out, _ = said(capsys, "check", "1")
    assert code == 1 and "part A is still to do" in out and "hint 1   (1 of 3)" in out
    for i in (1, 2, 3, 3):
        code, out, _ = said(capsys, "hint", "1")
        assert code == 0 and f"hint {i} of 3" in out
    assert "solution 1 --give-up" in out
    code, out, _ = said(capsys, "check", "1")
    assert "Stuck?  python -m minigrad.classroom solution 1 --give-up" in out
    code, out, _ = said(capsys, "solution", "1")
    assert code == 1 and "solution 1 --give-up" in out and FIRST.blanks[0].lines[0] not in out
    for master in MASTERS.values():
        (here / "my_exercises" / master.filename).write_text(master.solution)
    code, out, _ = said(capsys, "check", "1")
    assert code == 0 and "passed" in out and f"Next: edit my_exercises/{SECOND.filename}" in out
    code, out, _ = said(capsys, "check", "--all")
    assert code == 0 and out.endswith("All passed.\n")
    code, out, _ = said(capsys)
    assert f"{len(MASTERS)} of {len(MASTERS)} exercises passed" in out and "check --all" in out
    assert said(capsys, "solution", "1")[0] == 0


def test_start_overwrites_nothing(started, capsys):
    (started / FIRST.filename).write_text("mine")
    (started / SECOND.filename).unlink()
    code, out, _ = said(capsys, "start")
    assert code == 0 and out.startswith(f"1 exercises written to my_exercises, {len(MASTERS) - 1} there already")
    assert (started / FIRST.filename).read_text() == "mine"


def test_another_folder_is_found_and_named_in_every_command(here, capsys):
    code, out, _ = said(capsys, "start", "a/b c")
    assert code == 0 and "check 1 --dir" in out
    code, out, _ = said(capsys, "check", "1", "--dir", "a/b c")
    assert code == 1 and "hint 1 --dir" in out
    os.chdir("a/b c")
    assert "part A is still to do" in said(capsys, "check", "1")[1]


@pytest.mark.parametrize("number", ["1", "01", "ex01", FIRST.filename, f"my_exercises/{FIRST.filename}"])
def test_names_of_an_exercise(started, capsys, number):
    assert said(capsys, "check", number)[0] == 1


def test_a_report_as_the_design_has_it(started, capsys):
    part, _, _ = FIRST.namespace["WRONG"]["sign"]
    path = started / FIRST.filename
    path.write_text(FIRST.other("WRONG", "sign"))
    code, out, err = said(capsys, "check", "1")
    lines = out.splitlines()
    assert code == 1 and err == ""
    assert lines[0].startswith(f"ex01 {FIRST.title}") and lines[0].endswith(f"my_exercises/{FIRST.filename}")
    assert "WRONG" in lines[1] and "the sign is flipped: got = -expected" in out
    line = FIRST.line_of(part, path.read_text())
    assert f"Edit {FIRST.function_of(part)} (line {line}), save, run the same command again." in out
    assert "\033" not in out and out.isascii()


def test_a_crash_shows_the_line_and_verbose_the_traceback(started, capsys):
    lines = ["numbers = {}", "return numbers['x']"]
    (started / FIRST.filename).write_text("print('hello')\n" + FIRST.filled(lambda b: lines))
    code, out, _ = said(capsys, "check", "1")
    assert code == 1 and "KeyError: 'x'" in out and "return numbers['x']" in out and "Traceback" not in out
    assert "Your file printed:\n    hello" in out
    code, out, _ = said(capsys, "check", "1", "-v")
    assert code == 1 and "Traceback" in out and "runner.py" not in out


def test_reset_keeps_every_backup(started, capsys):
    path = started / FIRST.filename
    for i in (1, 2):
        path.write_text(f"try {i}")
        code, out, _ = said(capsys, "reset", "1")
        assert code == 0 and f"{FIRST.filename}.{i}" in out
        assert path.read_text() == FIRST.starter
    assert (started / f"{FIRST.filename}.1").read_text() == "try 1"
    assert (started / f"{FIRST.filename}.2").read_text() == "try 2"


@pytest.mark.parametrize(
    "words", [["0"], ["99"], ["-1"], ["x"], ["1.5"], ["1e1"], ["1", "--all"], ["--all", "--watch"], ["9" * 50]]
)
def test_unknown_exercises(started, capsys, words):
    before = snapshot(started)
    code, out, err = said(capsys, "check", *words)
    assert code == 2 and out == "" and len(err.splitlines()) <= 2
    assert snapshot(started) == before


def test_a_number_in_a_gap_is_told_the_numbers_there_are(started, capsys):
    code, _, err = said(capsys, "hint", "99")
    numbers = ", ".join(str(number) for number in MASTERS)
    assert (code, err) == (2, f"classroom: there is no exercise 99: the numbers are {numbers}\n")


def test_no_folder_yet(here, capsys):
    for words in (["check", "1"], ["hint", "1"], ["solution", "1"], ["reset", "1"], ["check", "--dir", "nowhere"]):
        code, out, err = said(capsys, *words)
        assert code == 2 and out == "" and len(err.splitlines()) == 1 and "classroom start" in err
    assert list(here.iterdir()) == []


@pytest.mark.slow
def test_a_missing_renamed_or_odd_file(started, capsys):
    path = started / FIRST.filename
    path.rename(started / "ex01_mine.py")
    code, _, err = said(capsys, "check", "1")
    assert (
        code == 2
        and err == f"classroom: my_exercises/{path.name} is not there, but ex01_mine.py is: rename it to {path.name}\n"
    )
    (started / "ex01_mine.py").unlink()
    code, _, err = said(capsys, "check", "1")
    assert code == 2 and "To write it again, type: python -m minigrad.classroom start" in err
    path.mkdir()
    code, _, err = said(capsys, "check", "1")
    assert code == 2 and "is not a file" in err
    path.rmdir()
    os.mkfifo(path)
    code, _, err = said(capsys, "check", "1")
    assert code == 2 and "is not a file" in err
    path.unlink()
    path.symlink_to(path)
    code, _, err = said(capsys, "check", "1")
    assert code == 2 and len(err.splitlines()) == 1
    assert said(capsys, "check", "--all")[0] == 1


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"def f(:", bytes(range(256)), b"a report of mine, in prose"])
def test_a_file_that_is_not_python(started, capsys, content):
    (started / FIRST.filename).write_bytes(content)
    code, out, err = said(capsys, "check", "1")
    assert code == 1 and err == "" and "CRASH" in out and "Traceback" not in out
    assert (started / FIRST.filename).read_bytes() == content


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"01": {"parts": 7, "hints": []}}}', "\0"]
)
def test_a_damaged_progress_file_stops_nobody(started, capsys, content):
    (started / progress.PROGRESS).write_text(content)
    assert said(capsys)[0] == 0
    assert said(capsys, "hint", "1")[0] == 0
    assert said(capsys, "check", "1")[0] == 1
    assert json.loads((started / progress.PROGRESS).read_text())["schema"] == 1


def test_a_folder_that_cannot_be_written(started, capsys, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    (started / FIRST.filename).write_text(FIRST.solution)
    before = snapshot(started)
    monkeypatch.setattr(os, "replace", refuse)
    code, out, err = said(capsys, "check", "1")
    assert code == 0 and "passed" in out and "your progress is not saved" in err and len(err.splitlines()) == 1
    for words in (["hint", "1"], ["reset", "1"], ["solution", str(SECOND.number), "--give-up"], ["start", "elsewhere"]):
        code, out, err = said(capsys, *words)
        assert code == 2 and out == "" and "Permission denied" in err and len(err.splitlines()) == 1
    assert snapshot(started) == before


def test_a_full_disk(started, capsys, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    (started / FIRST.filename).write_text("mine")
    before = snapshot(started)
    monkeypatch.setattr(os, "fsync", full)
    for words in (["hint", "1"], ["reset", "1"], ["start", "elsewhere"]):
        code, out, err = said(capsys, *words)
        assert code == 2 and out == "" and "No space left on device" in err and len(err.splitlines()) == 1
    assert snapshot(started) == before


def test_a_broken_course_is_not_the_learners_fault(started, capsys, monkeypatch):
    def broken(*_, **__):
        raise CourseError("ex01_x.py: needs one line")

    monkeypatch.setattr("minigrad.classroom.__main__.masters", broken)
    for words in ([], ["check", "1"], ["hint", "1"]):
        code, out, err = said(capsys, *words)
        assert code == 3 and "the course itself is broken, not your file: ex01_x.py" in err and out == ""


def test_it_works_in_a_process_of_its_own(started):
    (started / FIRST.filename).write_text(FIRST.solution)
    done = command("check", "1", cwd=started.parent)
    assert done.returncode == 0 and done.stderr == "" and "passed" in done.stdout


def test_ctrl_c_in_the_middle_of_a_check(started, tmp_path_factory):
    begun = tmp_path_factory.mktemp("mark") / "begun"
    (started / FIRST.filename).write_text(f"open({str(begun)!r}, 'w')\nwhile True: pass")
    before = snapshot(started)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "minigrad.classroom", "check", "1"]
    pipe = subprocess.PIPE
    with process(line, cwd=started.parent, env=environment, stdout=pipe, stderr=pipe, text=True) as child:
        assert within(30, begun.exists)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert child.returncode == 130 and out == "" and err == "\nclassroom: interrupted; nothing was changed\n"
    assert snapshot(started) == before


def until_it_waits(child):
    """What a watching process prints until it waits for the next change."""
    watchdog = threading.Timer(30, child.kill)
    watchdog.start()
    lines = iter(child.stdout.readline, "")
    seen = []
    for line in lines:
        seen.append(line)
        if "waiting for a change" in line:
            break
    watchdog.cancel()
    return "".join(seen)


def test_watch_checks_again_on_save(started):
    path = started / FIRST.filename
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    line = [sys.executable, "-m", "minigrad.classroom", "check", "1", "--watch"]
    pipe = subprocess.PIPE
    with process(line, cwd=started.parent, env=environment, stdout=pipe, stderr=pipe, text=True) as child:
        first = until_it_waits(child)
        path.write_text(FIRST.solution)
        second = until_it_waits(child)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert "part A is still to do" in first and ": passed." in second
    assert child.returncode == 0 and err == ""


def test_output_into_a_closed_pipe(started):
    line = f"{shlex.quote(sys.executable)} -m minigrad.classroom | head -0"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        line, shell=True, cwd=started.parent, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_file_as_powershell_writes_it(started, capsys, encoding):
    mark = "" if encoding in ("utf-16", "utf-8-sig") else "\ufeff"
    (started / FIRST.filename).write_bytes((mark + FIRST.solution).encode(encoding))
    assert said(capsys, "check", "1")[0] == 0


def test_half_a_character_of_utf16_is_told(started, capsys):
    (started / FIRST.filename).write_bytes(FIRST.solution.encode("utf-16") + b"x")
    code, _, err = said(capsys, "check", "1")
    assert code == 2 and "save it as UTF-8" in err


def test_a_pipe_in_place_of_the_progress_is_not_waited_for(started):
    (started / progress.PROGRESS).unlink()
    os.mkfifo(started / progress.PROGRESS)
    for words in ((), ("check", "1"), ("hint", "1"), ("start",)):
        assert command(*words, cwd=started.parent).returncode in (0, 1, 2)


def test_every_command_has_help(capsys):
    for words in ([], ["check"], ["start"], ["hint"], ["solution"], ["reset"], ["grade"], ["release"], ["notebook"]):
        code, out, _ = said(capsys, *words, "--help")
        assert code == 0 and "usage: python -m minigrad.classroom" in out


def test_what_goes_into_the_wheel():
    text = (ROOT / "setup.cfg").read_text()
    assert "\n    minigrad.classroom\n    minigrad.classroom.masters\n" in text
    assert FOLDER.is_dir() and len(list(FOLDER.glob("ex*.py"))) == len(MASTERS)
