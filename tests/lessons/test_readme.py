"""The README's table of lessons is what the lessons say of themselves."""

import ast
import re

from tests.lessons.running import LESSONS, ROOT


def row(path):
    told = ast.get_docstring(ast.parse(path.read_text(encoding="ascii")))
    title, _, seen = told.splitlines()[0].partition(": ")
    seconds = re.search(r"^About (\d+) seconds?\.$", told, re.MULTILINE)[1]
    return f"| {path.name[:2]} | [{title}](lessons/{path.name}): {seen.rstrip('.')} | {seconds} |"


def test_the_table_of_lessons():
    table = [line for line in (ROOT / "README.md").read_text().splitlines() if re.match(r"\| \d\d \|", line)]
    assert table == [row(path) for path in LESSONS]


def test_what_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    assert len(links) > 12
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []
