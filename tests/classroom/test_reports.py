"""What a teacher gets: a table no spreadsheet executes, totals, pages, and grading a part again."""

import csv
import json
import os
import re

import pytest

from minigrad.classroom import grading, handed_in, reports
from minigrad.classroom.__main__ import main, parser
from minigrad.classroom.master import Master

NAME = "ex01_product_rule.py"
ROW = {
    "student": "s",
    "exercise": "ex01",
    "status": "missing",
    "score": 0,
    "max_score": 3,
    "passed": 0,
    "checks": 3,
    "seconds": 0.0,
    "sha256": "",
    "message": "no folder",
    "file": "",
    "results": [],
}
BROKEN = json.dumps({"schema": 1, "grades": [{**ROW, "score": "3"}]}).encode()
RESULT = {"name": "one_row", "part": "B", "points": 1, "hidden": False, "status": "ok", "message": ""}


@pytest.fixture(scope="session")
def exercises(product_rule, tmp_path_factory):
    """Two of them: the second has the first's parts."""
    path = tmp_path_factory.mktemp("masters") / "ex02_again.py"
    path.write_text(product_rule.text)
    return {1: product_rule, 2: Master(path)}


@pytest.fixture
def here(tmp_path, monkeypatch, exercises):
    """A folder to be in, with a class of which ann is right, bo wrong and cy absent in exercise 2."""
    monkeypatch.chdir(tmp_path)
    one, two = exercises.values()
    files = {
        f"ann/{one.filename}": one.solution,
        f"ann/{two.filename}": two.solution,
        f"bo/{one.filename}": one.other("WRONG", "swapped"),
        f"bo/{two.filename}": two.other("WRONG", "mean"),
        f"cy/{one.filename}": one.solution,
    }
    for name, content in files.items():
        (tmp_path / "class" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "class" / name).write_text(content)
    return tmp_path


def grade(exercises, *words):
    """Grade the class. Returns the rows of both files: {(student, exercise): row}."""
    command = ["grade", "class", "--csv", "g.csv", "--json", "g.json", "--timeout", "5", *words]
    assert grading.run(parser().parse_args(command), exercises) == 0
    with open("g.csv", newline="", encoding="utf-8") as file:
        table = {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}
    with open("g.json", encoding="utf-8") as file:
        return table, {(row["student"], row["exercise"]): row for row in json.load(file)["grades"]}


def refused(exercises, capsys, *words):
    """What is said of a command that must end with exit code 2, before anything is graded."""
    before = {path: os.path.getmtime(path) for path in os.listdir()}
    assert main(["grade", "class", "--csv", "g.csv", "--json", "g.json", *words]) == 2
    assert {path: os.path.getmtime(path) for path in os.listdir()} == before
    (line,) = capsys.readouterr().err.splitlines()
    return line


# -- The table -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["=1+1", "+1234", "-2+3", "@SUM(1+1)*cmd", "\uff1d1+1", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(name):
    text = reports.as_csv([{**ROW, "student": name, "message": name}])
    _, row = csv.reader(text.split("\n")[:-1])
    shown = name.replace("\t", "\\t").replace("\r", "\\r")
    assert row[0] == row[-1] == f"'{shown}" and row[1:9] == ["ex01", "missing", "0", "3", "0", "3", "0.0", ""]


def test_other_cells_stand_as_they_are():
    for name in ("alice", "Doe, John", 'a "b"', "1-2", "a=b", "Zoë", "O'Brien"):
        _, row = csv.reader(reports.as_csv([{**ROW, "student": name}]).splitlines())
        assert row[0] == name


def test_names_are_printable_everywhere(here, exercises, capsys, product_rule):
    odd = "red\033[31m\nline\u202e\r\t"
    shown = "red\\x1b[31m\\nline\\u202e\\r\\t"
    (here / "class" / odd).mkdir()
    (here / "class" / odd / f"x\033ex01\n{NAME}").write_text(product_rule.solution)
    (here / "class" / f"{odd}.txt").touch()
    (here / "class" / "raw").mkdir()
    os.mkdir(os.path.join(os.fsencode(here / "class"), b"\xff\xfe"))
    table, rows = grade(exercises, "--feedback", "pages")
    assert table[(shown, "ex01")]["score"] == "3" and rows[(shown, "ex01")]["file"] == f"x\\x1bex01\\n{NAME}"
    assert ("\\udcff\\udcfe", "ex01") in table
    captured = capsys.readouterr()
    pages = "".join((here / "pages" / name).read_text() for name in os.listdir("pages"))
    for text in (captured.out, captured.err, (here / "g.csv").read_text(), pages):
        assert all(c == "\n" or c.isprintable() for c in text)
    assert shown in captured.out and f"{shown}.txt is not graded" in captured.err


# -- The screen ------------------------------------------------------------------------------------


def test_totals_and_statistics_on_the_screen(here, exercises, capsys):
    grade(exercises, "--hidden")
    out = capsys.readouterr().out
    assert out.splitlines()[:-1] == [
        "points    of  passed   student",
        "     6     6  2 of 2   ann",
        "     3     6  0 of 2   bo",
        "     3     6  1 of 2   cy",
        "",
        "exercise  mean    of  passed      failed most",
        "ex01      2.33     3  2 of 3      product_rule (1)",
        "ex02      1.67     3  1 of 3      sum_over_rows (1)",
        "",
        "3 students, 2 exercises: 1 missing, 3 passed, 2 wrong",
    ]


# -- Pages -----------------------------------------------------------------------------------------


def test_a_page_for_each_student(here, exercises, capsys):
    _, rows = grade(exercises, "--hidden", "--feedback", "new/pages")
    assert sorted(os.listdir("new/pages")) == ["ann.md", "bo.md", "cy.md"]
    page = (here / "new" / "pages" / "bo.md").read_text()
    assert page.startswith("# bo\n\n3 of 6 points.\n")
    assert "| ex01 The product rule | 1 | 3 | wrong |\n| ex02 The product rule | 2 | 3 | wrong |\n" in page
    assert "## ex01 The product rule: 1 of 3 points\n\nFile: ex01\\_product\\_rule.py\n" in page
    assert "- **wrong**: product rule (part A, 0 of 2)\n\n```text\n" in page
    assert "swapped: the gradient for a must come first" in page
    assert "- ok: sum over rows (part B, 1 of 1)\n" in page
    cy = (here / "new" / "pages" / "cy.md").read_text()
    assert "Not checked (missing):\n\n```text\nno file ex02_again.py\n```\n" in cy


def test_of_hidden_checks_a_page_tells_no_message():
    result = {**RESULT, "points": 0, "hidden": True, "status": "wrong", "message": "expected 42"}
    (page,) = reports.pages([{**ROW, "message": "", "results": [result]}], ["s"], {}).values()
    assert "- **wrong**: one row (part B, hidden: a failure costs the part's points)\n" in page
    assert "42" not in page


@pytest.mark.parametrize("message", ["```\n# mine\n```", "`" * 50 + "\n<script>", "~~~", "    x"])
def test_no_message_leaves_its_block(message):
    result = {**RESULT, "status": "wrong", "message": message}
    (page,) = reports.pages([{**ROW, "message": "", "results": [result]}], ["s"], {}).values()
    (block,) = re.findall(r"^(`{3,})text\n(.*?)\n\1\n", page, re.DOTALL | re.MULTILINE)
    assert block[1] == message and block[0] not in message


def test_no_name_is_markdown():
    (page,) = reports.pages([{**ROW, "student": "a|b <script> [x](y) `*_"}], [], {}).values()
    assert page.startswith("# a\\|b \\<script\\> \\[x\\](y) \\`\\*\\_\n")


def test_names_of_pages_are_safe_and_differ():
    students = ["a/b", "a\\b", "..", "../x", "CON", "nul.txt", "-rf", ".hidden", "Zoë", "Doe, John", "Al", "AL"]
    students += ["dot.", "a_b", 'a"b', "a:b", "c_d", "x" * 300, "\U00020000" * 300]
    pages = reports.pages([{**ROW, "student": name} for name in students], students, {})
    assert len(pages) == len({name.casefold() for name in pages}) == len(students)
    for name in pages:
        assert re.fullmatch(r"[\w(][\w .,@()+-]*\.md", name) and len(name.encode()) < 255
        assert not re.match(r"(con|nul)[.]", name.casefold())
    assert {"Zoë.md", "Doe, John.md", "c_d.md"} <= set(pages)


def test_the_name_of_a_page_does_not_change_when_one_student_is_graded_again(here, exercises):
    (here / "class" / "ANN").mkdir()
    grade(exercises, "--feedback", "pages")
    before = sorted(os.listdir("pages"))
    grade(exercises, "--feedback", "pages", "--only", "ann")
    assert sorted(os.listdir("pages")) == before and len(before) == 4


# -- A part of the class ---------------------------------------------------------------------------


def lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def test_only_a_student_leaves_the_other_rows(here, exercises):
    grade(exercises)
    old = [line for line in lines("g.csv") if not line.startswith("bo,")]
    for number, master in exercises.items():
        (here / "class" / "bo" / master.filename).write_text(master.solution)
        (here / "class" / "ann" / master.filename).write_text("")
    table, rows = grade(exercises, "--only", "BO", "--feedback", "pages")
    assert [line for line in lines("g.csv") if not line.startswith("bo,")] == old
    assert [row["score"] for row in table.values()] == ["3", "3", "3", "3", "3", "0"]
    assert [row["score"] for row in rows.values()] == [3, 3, 3, 3, 3, 0]
    assert [*rows] == [(student, f"ex0{n}") for student in ("ann", "bo", "cy") for n in (1, 2)]
    assert os.listdir("pages") == ["bo.md"]


def test_only_an_exercise_of_a_student(here, exercises, capsys):
    grade(exercises)
    for student in ("bo", "cy"):
        for master in exercises.values():
            (here / "class" / student / master.filename).write_text(master.solution)
    capsys.readouterr()
    _, rows = grade(exercises, "--only", "cy", "--only", "2", "--feedback", "pages")
    assert [row["score"] for row in rows.values()] == [3, 3, 1, 2, 3, 3]
    out = capsys.readouterr().out
    assert "     6     6  2 of 2   cy" in out and "1 students, 1 exercises: " in out
    assert "6 of 6 points" in (here / "pages" / "cy.md").read_text()
    _, rows = grade(exercises, "--only", "ex2", "--only", "bo", "--only", "cy")
    assert [row["score"] for row in rows.values()] == [3, 3, 1, 3, 3, 3]


def test_only_keeps_what_a_teacher_has_added_to_the_table(here, exercises):
    grade(exercises)
    header, *rest = lines("g.csv")
    edited = [f"{header},comment", *(f'{line},"{line[:2]}, seen"' for line in rest)]
    (here / "g.csv").write_text("\ufeff" + "\r\n".join(edited) + "\r\n", encoding="utf-8")
    table, _ = grade(exercises, "--only", "bo")
    assert [row["comment"] for row in table.values()] == ["an, seen"] * 2 + ["bo, seen"] * 2 + ["cy, seen"] * 2


def test_only_finds_a_row_whose_name_was_made_harmless(here, exercises):
    (here / "class" / "=x").mkdir()
    grade(exercises)
    table, rows = grade(exercises, "--only", "=x")
    assert len(table) == len(rows) == 8 and ("'=x", "ex01") in table


def test_only_leaves_an_interrupted_run_to_go_on(here, exercises):
    (here / "g.csv.unfinished").write_text("its results")
    grade(exercises, "--only", "ann")
    assert (here / "g.csv.unfinished").read_text() == "its results"


def test_only_without_earlier_files_writes_what_was_graded(here, exercises):
    table, rows = grade(exercises, "--only", "ann")
    assert [*table] == [*rows] == [("ann", "ex01"), ("ann", "ex02")]


@pytest.mark.parametrize("name", ["g.csv", "g.json"])
@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"{}", b"\xff", b'{"schema": 1, "grades": [{}]}', b"[" * 9999, BROKEN]
)
def test_only_overwrites_no_file_of_another_kind(here, exercises, capsys, name, content):
    (here / name).write_bytes(content)
    line = refused(exercises, capsys, "--only", "ann")
    assert f"{name} is no " in line and "--only keeps its rows" in line
    assert (here / name).read_bytes() == content


def test_only_of_nobody_or_of_several(here, exercises, capsys):
    assert "--only nobody: there is no student and no exercise of that name" in refused(
        exercises, capsys, "--only", "nobody"
    )
    assert "--only 99: there is no student" in refused(exercises, capsys, "--only", "99")
    (here / "class" / "1").mkdir()
    assert "--only 1: a student is called so; for the exercise, write ex01" in refused(exercises, capsys, "--only", "1")
    for number in (1, 2):
        (here / "class" / f"Jo_{number}_assignsubmission_file_").mkdir()
    assert "--only jo: this may be any of Jo_1, Jo_2" in refused(exercises, capsys, "--only", "jo")


# -- Where the files go ----------------------------------------------------------------------------


def test_one_file_for_two_outputs_is_refused(here, exercises, capsys):
    (here / "g.csv").write_text("kept")
    os.link("g.csv", "hard.json")
    os.symlink("g.csv", "soft.json")
    for name in ("hard.json", "soft.json", "class/../g.csv"):
        line = refused(exercises, capsys, "--json", name)
        assert line == f"classroom: --csv and --json name one file, {name}: give each its own"
    os.rename("class", "folder")
    (here / "class").write_bytes(b"a zip, say")
    os.link("class", "class.csv")
    assert "DIR and --csv name one file" in refused(exercises, capsys, "--csv", "class.csv")


def test_devices_and_links_are_written_to(here, exercises):
    (here / "target.json").write_text("old")
    (here / "link.json").symlink_to("target.json")
    command = ["grade", "class", "--csv", "/dev/null", "--json", "link.json", "--only", "ann"]
    (here / "target.json").unlink()
    assert grading.run(parser().parse_args(command), exercises) == 0
    assert (here / "link.json").is_symlink() and len(json.loads((here / "target.json").read_text())["grades"]) == 2
    assert not os.path.isfile("/dev/null")


def test_pages_that_cannot_be_written_are_refused_before_the_grading(here, exercises, capsys):
    (here / "file").touch()
    assert "cannot write file" in refused(exercises, capsys, "--feedback", "file")
    assert "cannot write file/pages" in refused(exercises, capsys, "--feedback", "file/pages")


def test_a_row_that_is_not_graded_has_the_reason_in_every_report(here, exercises, capsys):
    (here / "class" / "bo" / "ex01 (1).py").write_text("x = 1")
    table, rows = grade(exercises, "--feedback", "pages")
    reason = "several files that differ: ex01 (1).py, ex01_product_rule.py"
    assert (table["bo", "ex01"]["status"], table["bo", "ex01"]["reason"]) == ("ambiguous", reason)
    assert (rows["bo", "ex01"]["status"], rows["bo", "ex01"]["message"]) == ("ambiguous", reason)
    assert reason in (here / "pages" / "bo.md").read_text()
    assert "1 ambiguous" in capsys.readouterr().out


def test_class_of_is_what_grade_uses(here):
    students, remarks = handed_in.class_of(here / "class")
    assert [*students] == ["ann", "bo", "cy"] and remarks == []
