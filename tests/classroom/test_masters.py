"""What keeps the exercises from rotting, for every master in the package."""

import re
import shlex
from pathlib import Path

import pytest

from minigrad.classroom.__main__ import parser
from minigrad.classroom.checker import check
from minigrad.classroom.master import LONGEST_BLANK, CourseError, Master, masters
from tests.classroom.answers import reused
from tests.quick import first_quick, quick_if

ROOT = Path(__file__).parent.parent.parent
OWN = Master(Path(__file__).parent / "masters" / "ex01_product_rule.py")
ALL = [OWN, *masters().values()]
every_master = pytest.mark.parametrize("master", ALL, ids=lambda m: m.name)


def each_answer(kind):
    """Each answer of this kind to each master; the quick tests take every fourth."""
    given = [
        quick_if(place % 4 == 0, master, name, id=f"{master.name}-{name}")
        for master in ALL
        for place, name in enumerate(master.namespace[kind])
    ]
    return pytest.mark.parametrize(("master", "name"), given)


def test_each_lesson_has_an_exercise_of_its_number():
    lessons = sorted(int(path.name[:2]) for path in (ROOT / "lessons").glob("[0-9][0-9]_*.py"))
    assert list(masters()) == lessons


@every_master
def test_every_part_has_checks_hints_wrong_answers_right_ones_and_its_points(master):
    assert 1 <= len(master.blanks) <= 3
    assert list(master.hints) == list(master.points)
    for blank in master.blanks:
        assert 1 <= len(blank.lines) <= LONGEST_BLANK
        checks = [c.check for c in master.checks if c.check["part"] == blank.part]
        assert sum(c["points"] for c in checks if not c["hidden"]) == master.points[blank.part] > 0
        hints = master.hints[blank.part]
        assert len(hints) == 3 and all(hints)
        assert sum(part == blank.part for part, *_ in master.namespace["WRONG"].values()) >= 2
        assert sum(part == blank.part for part, *_ in master.namespace["RIGHT"].values()) >= 2
        assert master.function_of(blank.part)
    assert len(master.namespace["RIGHT"]) >= 8
    names = [c.__name__ for c in master.checks]
    assert len(set(names)) == len(names)
    assert re.search(r"Belongs to lesson \d\d", master.about)


@every_master
def test_a_starter_gives_nothing_away(master):
    lines = {line.strip() for line in master.starter.splitlines()}
    for blank in master.blanks:
        assert f"# TODO {blank.part}: {blank.task}" in lines
        for line in map(str.strip, blank.lines):
            assert line not in lines or len(line) < 12, line
    for hint in (line for three in master.hints.values() for text in three for line in text.splitlines()):
        assert hint.strip() not in lines or len(hint.strip()) < 12, hint
    assert "SOLUTION" not in master.starter
    assert "classroom.checks" not in master.starter
    compile(master.starter, master.filename, "exec")


@every_master
def test_a_starter_is_all_to_do(master):
    report = check(master, master.starter.encode(), hidden=True, start=reused)
    assert [(o.name, o.status) for o in report.outcomes if o.status != "todo"] == []
    assert (report.status, report.score, report.passed) == ("todo", 0, False)


@every_master
@pytest.mark.parametrize("seed", first_quick(range(5)))
def test_the_solution_passes(master, seed):
    report = check(master, master.solution.encode(), hidden=True, seed=seed, warnings="error", start=reused)
    assert [(o.name, o.message) for o in report.outcomes if o.status != "ok"] == []
    assert report.passed and report.score == master.max_score and report.status == "passed"
    assert report.output == ""


@each_answer("WRONG")
def test_a_wrong_answer_fails_in_its_own_part_and_is_told_why(master, name):
    part, _, text = master.namespace["WRONG"][name]
    report = check(master, master.other("WRONG", name).encode(), start=reused)
    failed = [o for o in report.outcomes if o.status != "ok"]
    own = [o.message for o in failed if o.part == part]
    assert any(text in message for message in own), own
    used_by = {o.part for o in failed} - {part}
    assert all(part < other for other in used_by), "a part may build on an earlier one, never on a later"


@each_answer("RIGHT")
def test_another_right_answer_passes(master, name):
    report = check(master, master.other("RIGHT", name).encode(), hidden=True, warnings="error", start=reused)
    assert [(o.name, o.message) for o in report.outcomes if o.status != "ok"] == []


def test_quoted_commands_parse():
    pages = [ROOT / "README.md", ROOT / "minigrad" / "classroom" / "README.md", *(ROOT / "lessons").glob("*.py")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    commands = [c for text in texts for c in re.findall(r"python -m minigrad\.classroom([^\n`#|]*)", text)]
    for command in commands:
        parser().parse_args([word for word in shlex.split(command) if word[0] not in "[]"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# END SOLUTION", ""),
        ("# BEGIN SOLUTION A:", "# BEGIN SOLUTION A"),
        ("# BEGIN SOLUTION B", "# BEGIN SOLUTION C"),
        ("# BEGIN CHECKS", ""),
        ("# %% Part B", "# %% Section B"),
        ('@check("B", points=1)', '@check("Z", points=1)'),
        ('@check("B", points=1)', '@check("B", points=0.5)'),
        ("HINTS = {", "HINTS = {{"),
        ("import numpy as np", "import nowhere"),
        ("import answer, check, compare", "import nothing"),
    ],
)
def test_a_broken_master_is_the_courses_fault(tmp_path, old, new):
    assert OWN.text.count(old)
    path = tmp_path / OWN.filename
    path.write_text(OWN.text.replace(old, new, 1))
    with pytest.raises(CourseError, match=OWN.name):
        assert Master(path).checks


def test_a_check_that_raises_is_the_courses_fault(tmp_path):
    path = tmp_path / OWN.filename
    path.write_text(OWN.text.replace("g = rng.standard_normal((5, 4))", "g = 1 / 0"))
    with pytest.raises(CourseError, match="sum_over_rows: ZeroDivisionError"):
        check(Master(path), OWN.starter.encode())
