"""The README's table of lessons is what the lessons say of themselves."""

import ast
import re

import pytest

from tests.lessons.running import LESSONS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| \d\d \|.*$", README, re.MULTILINE)


def test_the_table_has_a_row_for_each_lesson():
    assert [row[2:4] for row in TABLE] == [path.name[:2] for path in LESSONS]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_row_says_what_the_lesson_says(path):
    (row,) = [row for row in TABLE if f"(lessons/{path.name})" in row]
    told = ast.get_docstring(ast.parse(path.read_text(encoding="ascii")))
    title = told.splitlines()[0]
    seconds = re.search(r"^\*Runs\* about (\d+) seconds?\b", told, re.MULTILINE)[1]
    lesson = rf"\[{re.escape(title)}\]\(lessons/{path.name}\)"
    text = re.fullmatch(rf"\| {path.name[:2]} \| {lesson} \| (\S[^|]*\S) \| {seconds} \|", row)[1]
    assert len(text) <= 80


def test_what_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) > 12
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
