"""Grading a class: the same folder gives the same table, in bounded time, whatever the files do."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad.classroom import grading, reports
from minigrad.classroom.__main__ import main, parser
from minigrad.classroom.checker import check
from minigrad.classroom.master import Master, masters

from ..processes import started, within
from ..quick import first_quick
from .hostile import FILES

STORED = Path(__file__).parent / "class.csv"


@pytest.fixture
def folder(tmp_path, product_rule):
    """A class that is soon graded: who is called by what they handed in."""
    sources = {
        "right": product_rule.solution,
        "swapped": product_rule.other("WRONG", "swapped"),
        "mean": product_rule.other("WRONG", "mean"),
        "starter": product_rule.starter,
        "hidden": product_rule.solution.replace(
            "return g.sum(axis=0)", "return g.sum(axis=0) * (1 if len(g) > 1 else 2)"
        ),
        **{name: FILES[name] for name in ("empty", "os_exit", "memory_numpy")},
    }
    for name, source in sources.items():
        (tmp_path / "class" / name).mkdir(parents=True)
        path = tmp_path / "class" / name / product_rule.filename
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
    (tmp_path / "class" / "no file").mkdir()
    (tmp_path / "class" / "renamed").mkdir()
    (tmp_path / "class" / "renamed" / "ex01_product_rule (1).py").write_text(product_rule.solution)
    (tmp_path / "class" / "two").mkdir()
    (tmp_path / "class" / "two" / "ex01_a.py").write_text(product_rule.solution)
    (tmp_path / "class" / "two" / "ex01_b.py").write_text(product_rule.other("WRONG", "mean"))
    (tmp_path / "class" / "as_started" / "my_exercises").mkdir(parents=True)
    (tmp_path / "class" / "as_started" / "my_exercises" / product_rule.filename).write_text(product_rule.solution)
    (tmp_path / "class" / "a_link").mkdir()
    (tmp_path / "class" / "a_link" / product_rule.filename).symlink_to(
        tmp_path / "class" / "right" / "ex01_product_rule.py"
    )
    (tmp_path / "class" / ".git").mkdir()
    (tmp_path / "class" / "notes.txt").write_text("no student")
    return tmp_path / "class"


@pytest.fixture
def with_endless(folder, product_rule):
    """The class with two more, who are waited for."""
    for name in ("endless_loop", "endless_output"):
        (folder / name).mkdir()
        (folder / name / product_rule.filename).write_bytes(FILES[name])
    return folder


def graded(folder, master, *words):
    """The rows of the table and of the other file."""
    table, messages = folder.parent / "grades.csv", folder.parent / "grades.json"
    command = ["grade", str(folder), "--csv", str(table), "--json", str(messages), "--timeout", "2", *words]
    assert grading.run(parser().parse_args(command), {1: master}) == 0
    with open(table, newline="") as file:
        return list(csv.DictReader(file)), json.loads(messages.read_text())


def without_times(rows):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_a_class_is_graded_as_stored(with_endless, product_rule, capsys):
    folder = with_endless
    (folder.parent / "roster.txt").write_text(
        "# the class\nright\nswapped\nmean\nabsent\n\nstarter\n", encoding="utf-8-sig"
    )
    rows, content = graded(folder, product_rule, "--hidden", "--roster", str(folder.parent / "roster.txt"))
    with open(STORED, newline="") as file:
        assert without_times(rows) == list(csv.DictReader(file))
    assert content["schema"] == 1 and set(content["versions"]) == {"minigrad", "numpy", "python"}
    assert [(g["student"], g["status"], str(g["score"])) for g in content["grades"]] == [
        (row["student"], row["status"], row["score"]) for row in rows
    ]
    by_name = {g["student"]: g for g in content["grades"]}
    assert "swapped: the gradient for a must come first" in by_name["swapped"]["results"][0]["message"]
    assert by_name["two"]["message"] == "several files that differ: ex01_a.py, ex01_b.py"
    assert by_name["absent"]["message"] == "no folder"
    captured = capsys.readouterr()
    assert "renamed is not in the roster" in captured.err and "right is not" not in captured.err
    assert "1 students" not in captured.out and "exercises:" in captured.out


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_shows_how_far_it_is(folder, product_rule, monkeypatch, is_terminal):
    errors = io.StringIO()
    errors.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", errors)
    graded(folder, product_rule, "--only", "right")
    assert ("grading:   0%" in errors.getvalue()) == is_terminal


def test_only_one_student_is_no_news_of_the_others(folder, product_rule, capsys):
    (folder.parent / "roster.txt").write_text("right\n")
    for only in ([], ["--only", "right"]):
        graded(folder, product_rule, "--roster", str(folder.parent / "roster.txt"), *only)
        assert ("renamed is not in the roster, but graded" in capsys.readouterr().err) == (not only)


@pytest.mark.slow
def test_the_same_folder_twice_and_in_any_number_of_processes(with_endless, product_rule):
    first, _ = graded(with_endless, product_rule, "--jobs", "1")
    second, _ = graded(with_endless, product_rule, "--jobs", "3")
    assert without_times(first) == without_times(second)
    assert {row["student"]: row["score"] for row in first}["hidden"] == "3"


def test_the_checks_of_what_is_missing_are_those_of_what_is_there(folder, product_rule):
    for hidden, count in (((), "2"), (("--hidden",), "3")):
        rows, _ = graded(folder, product_rule, *hidden)
        assert {row["checks"] for row in rows} == {count}


@pytest.mark.slow
def test_a_class_with_endless_loops_ends_in_bounded_time(tmp_path, product_rule):
    for i in range(40):
        (tmp_path / "class" / f"s{i:03}").mkdir(parents=True)
        source = FILES["endless_loop"] if i % 10 == 0 else product_rule.solution.encode()
        (tmp_path / "class" / f"s{i:03}" / product_rule.filename).write_bytes(source)
    begun = time.perf_counter()
    rows, _ = graded(tmp_path / "class", product_rule)
    assert time.perf_counter() - begun < 60
    assert [row["status"] for row in rows] == ["timeout" if i % 10 == 0 else "passed" for i in range(40)]


@pytest.mark.parametrize("trouble", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_a_check_that_cannot_go_on_costs_one_row(product_rule, tmp_path, capsys, trouble):
    path = tmp_path / product_rule.filename  # a master whose check fails beyond all handling, for one answer
    old = 'compare("bias_row(g)", m.bias_row(g), column_sums(g))'
    new = f"if not len(m.bias_row(g)):\n        raise {trouble}('why')"
    path.write_text(product_rule.text.replace(old, new))
    for name, line in {"fine": "return g.sum(axis=0)", "odd": "return []", "other": "return g.sum(axis=0)"}.items():
        (tmp_path / "few" / name).mkdir(parents=True)
        source = product_rule.filled(lambda b, line=line: [line] if b.part == "B" else b.lines)
        (tmp_path / "few" / name / product_rule.filename).write_text(source)
    rows, content = graded(tmp_path / "few", Master(path), "--timeout", "30")
    assert [row["status"] for row in rows] == ["passed", "error", "passed"]
    assert content["grades"][1]["message"] == f"{trouble}: why"
    assert f"not graded: odd, {product_rule.filename}: {trouble}: why" in capsys.readouterr().err


def command(folder, *words):
    line = [sys.executable, "-m", "minigrad.classroom", "grade", "class", "--csv", "a.csv", "--json", "a.json", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(grading.__file__).parents[2])}
    return started(line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ends", first_quick([("SIGKILL", "SIGTERM"), ("SIGINT", "SIGKILL")]))
@pytest.mark.parametrize("words", first_quick([(), ("--seed", "7")]))
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, ends, words):
    numbers, unfinished = sorted(masters())[:3], tmp_path / "a.csv.unfinished"
    for student in ("one", "two"):
        (tmp_path / "class" / student).mkdir(parents=True)
        for number in numbers:
            master = masters()[number]
            wrong = master.other("WRONG", next(iter(master.namespace["WRONG"])))
            source = master.solution if student == "one" else wrong
            (tmp_path / "class" / student / master.filename).write_text(source)
    words = ["--hidden", "--jobs", "1", *words]
    for count, end in enumerate(ends):
        with command(tmp_path, *words) as child:
            assert within(60, lambda: unfinished.exists() and len(unfinished.read_text().splitlines()) > 2 * count + 2)
            child.send_signal(getattr(signal, end))
            err = child.communicate(timeout=20)[1]
        assert child.returncode == {"SIGKILL": -9, "SIGTERM": 143, "SIGINT": 130}[end]
        assert ("goes on where it stopped" in err) == (end == "SIGINT")
        assert not (tmp_path / "a.csv").exists()
    head, *rows = map(json.loads, unfinished.read_text().splitlines())
    with command(tmp_path, *words) as child:
        err = child.communicate(timeout=120)[1]
    assert child.returncode == 0 and f"{len(rows)} results are taken from" in err and not unfinished.exists()
    resumed, content = (tmp_path / "a.csv").read_text(), json.loads((tmp_path / "a.json").read_text())
    assert all(line["row"] in content["grades"] for line in rows)
    assert content["options"]["seed"] == head["seed"] == (7 if "--seed" in words else head["seed"])
    with command(tmp_path, "--hidden", "--seed", str(head["seed"])) as child:
        assert child.wait(120) == 0
    seconds = reports.COLUMNS.index("seconds")
    again = (tmp_path / "a.csv").read_text()
    without = [[line.split(",")[:seconds] + line.split(",")[seconds + 1 :] for line in text.splitlines()]
               for text in (resumed, again)]  # fmt: skip
    assert without[0] == without[1] and len(without[0]) == 2 * len(masters()) + 1


@pytest.fixture
def interrupted(folder, product_rule):
    """The class with the rows of its first run, all of them kept, and how often each row was graded since."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grading.Unfinished, "remove", lambda self: None)
        graded(folder, product_rule, "--seed", "3")
    return folder


def test_finished_rows_are_taken(interrupted, product_rule, capsys):
    capsys.readouterr()
    rows, _ = graded(interrupted, product_rule, "--seed", "3")
    assert f"{sum(bool(row['sha256']) for row in rows)} results are taken" in capsys.readouterr().err
    assert not (interrupted.parent / "grades.csv.unfinished").exists()


WAYS = [("--seed", "4"), ("--seed", "3", "--hidden"), ("--seed", "3", "--timeout", "3")]


@pytest.mark.parametrize("words", first_quick(WAYS))
def test_another_way_of_grading_takes_no_row(interrupted, product_rule, capsys, words):
    capsys.readouterr()
    graded(interrupted, product_rule, *words)
    assert "are taken" not in capsys.readouterr().err


def test_a_file_or_a_master_that_changed_is_graded_again(interrupted, product_rule, tmp_path, capsys):
    (interrupted / "right" / product_rule.filename).write_text(product_rule.other("WRONG", "sign"))
    rows, _ = graded(interrupted, product_rule, "--seed", "3")
    assert {row["student"]: row["status"] for row in rows}["right"] == "wrong"


@pytest.mark.parametrize("damage", first_quick(["half", "", "\n", "{", "[]\n[]\n", "\0\xff"]))
def test_a_damaged_file_of_unfinished_rows_is_no_trouble(interrupted, product_rule, damage):
    path = interrupted.parent / "grades.csv.unfinished"
    text = path.read_text()
    path.write_text(text[: len(text) * 2 // 3] if damage == "half" else damage)
    rows, _ = graded(interrupted, product_rule, "--seed", "3")
    assert {row["student"]: row["status"] for row in rows}["right"] == "passed"


def test_where_unfinished_rows_cannot_be_kept_the_class_is_graded(folder, product_rule, capsys):
    (folder.parent / "grades.csv.unfinished").mkdir()
    (folder.parent / "grades.json.unfinished").mkdir()
    rows, _ = graded(folder, product_rule)
    assert {row["student"]: row["status"] for row in rows}["right"] == "passed"


def test_the_seed_is_secret_unless_it_is_given(folder, product_rule):
    seeds = [graded(folder, product_rule)[1]["options"]["seed"] for _ in range(2)]
    assert seeds[0] != seeds[1] and all(0 <= seed < 2**32 for seed in seeds)
    source = product_rule.solution + "\ndef bias_row(g):\n    print(repr(g.sum()))\n    return g.sum(axis=0)\n"
    printed = {seed: check(product_rule, source.encode(), seed=seed).output for seed in (*seeds, 0)}
    assert len(set(printed.values())) == 3


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path, product_rule):
    (tmp_path / "class" / "s").mkdir(parents=True)
    os.mkfifo(tmp_path / "class" / "s" / product_rule.filename)
    rows, _ = graded(tmp_path / "class", product_rule)
    assert rows[0]["status"] == "unreadable" and "no ordinary file" in rows[0]["reason"]


def test_names_of_students_that_are_odd(tmp_path, product_rule):
    for name in ("Zoë, the 2nd", 'a "b"', "новый"):
        (tmp_path / "class" / name).mkdir(parents=True)
    rows, _ = graded(tmp_path / "class", product_rule)
    assert [row["student"] for row in rows] == sorted(["Zoë, the 2nd", 'a "b"', "новый"])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nowhere"], "there is no folder"),
        (["class", "--roster", "nowhere.txt"], "cannot read nowhere.txt"),
        (["class", "--roster", "empty.txt"], "no student in it"),
        (["class", "--roster", "bad.txt"], "'../x' is no name of a folder"),
        (["class", "--roster", "latin.txt"], "no text in UTF-8"),
        (["empty"], "holds no folder"),
        (["class", "--csv", "no/where.csv"], "cannot write no/where.csv"),
        (["class", "--json", "class"], "cannot write class"),
        (["class", "--json", "./a.csv"], "--csv and --json name one file, ./a.csv"),
        (["class", "--csv", "link.json"], "--csv and --json name one file, a.json"),
        (["class", "--roster", "empty.txt", "--csv", "empty.txt"], "--roster and --csv name one file, empty.txt"),
    ],
)
def test_bad_usage_is_one_line(tmp_path, monkeypatch, capsys, words, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class" / "s").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "link.json").symlink_to("a.json")
    for name, content in {"empty.txt": b"# none\n", "bad.txt": b"../x\n", "latin.txt": b"Zo\xeb\n"}.items():
        (tmp_path / name).write_bytes(content)
    assert main(["grade", "--csv", "a.csv", "--json", "a.json", *words]) == 2
    captured = capsys.readouterr()
    assert text in captured.err and len(captured.err.splitlines()) == 1 and captured.out == ""
    assert not (tmp_path / "a.csv").exists() and not (tmp_path / "a.json").exists()


def test_links_and_standard_output_are_written_to(tmp_path):
    (tmp_path / "class" / "s").mkdir(parents=True)
    (tmp_path / "link.json").symlink_to("target.json")
    (tmp_path / "link.csv").symlink_to("out")
    command = [sys.executable, "-m", "minigrad.classroom", "grade", "class", "--csv", "link.csv", "--json", "link.json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(grading.__file__).parents[2])}
    with open(tmp_path / "out", "w") as out:
        subprocess.run(command, cwd=tmp_path, env=environment, stdout=out, check=True, timeout=120)
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "target.json").read_text())["grades"][0]["student"] == "s"
    lines = (tmp_path / "out").read_text().splitlines()
    assert lines[0] == ",".join(reports.COLUMNS) and lines[-1].startswith("Written in ")


@pytest.mark.parametrize("words", [["--timeout", "0"], ["--timeout", "nan"], ["--jobs", "0"], ["--jobs", "x"]])
def test_bad_numbers(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(["grade", "class", "--csv", "a", "--json", "b", *words])
    assert end.value.code == 2
    assert "expected" in capsys.readouterr().err


def test_the_whole_course_is_graded(tmp_path, capsys):
    for name in ("full", "none"):
        (tmp_path / "class" / name).mkdir(parents=True)
    for master in masters().values():
        (tmp_path / "class" / "full" / master.filename).write_text(master.solution)
        (tmp_path / "class" / "none" / master.filename).write_text(master.starter)
    files = ["--csv", str(tmp_path / "a.csv"), "--json", str(tmp_path / "a.json")]
    assert main(["grade", str(tmp_path / "class"), *files, "--hidden"]) == 0
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(r["student"], r["status"]) for r in rows} == {("full", "passed"), ("none", "todo")}
    assert all(r["score"] == (r["max_score"] if r["student"] == "full" else "0") for r in rows)
