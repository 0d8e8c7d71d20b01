"""What ERRATA.md and GLOSSARY.md say of the lessons: that it stands there, and that the lessons print it."""

import re
from decimal import Decimal

import pytest

from tests.lessons.running import LESSONS, full_run

STEMS = {path.stem[:2]: path.stem for path in LESSONS}
SOURCES = {path.stem[:2]: path.read_text() for path in LESSONS}
FOLDER = LESSONS[0].parent


def cells(line):
    """The cells of a line of a Markdown table, in which \\| is a bar."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def read_errata():
    """The rows of the tables: the lesson's number, the article, claim, refutation, cell and lines."""
    rows, number = [], None
    for line in (FOLDER / "ERRATA.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            number = line.removeprefix("## Lesson ")[:2]
        elif line.startswith("|") and "---" not in line and not line.startswith("| Article"):
            rows.append((number, *cells(line)))
    return rows


def sections(number):
    """What stands under each heading of the lesson, the cells without one among it."""
    _, *parts = re.split(r"^# %% (.+)$", SOURCES[number], flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def numbers(text):
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return {Decimal(found) for found in re.findall(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w])", text)}


def stands_among(number, known):
    """Whether it is one of those known; one with a fraction, up to the last digit, which is the processor's affair."""
    unit = Decimal((0, (1,), number.as_tuple().exponent))
    return number in known or (unit < 1 and any(abs(number - other) <= unit for other in known))


ERRATA, TERMS = read_errata(), (FOLDER / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
GLOSSARY = [cells(line) for line in TERMS if line.startswith("|")][2:]
each_erratum = pytest.mark.parametrize("number, article, claim, refutation, heading, lines", ERRATA)


@each_erratum
def test_an_erratum_names_a_heading_and_what_is_under_it(number, article, claim, refutation, heading, lines):
    section, labels, quoted = sections(number)[heading], re.findall("`(.*?)`", lines), re.findall('"(.*?)"', lines)
    assert article and claim and refutation and labels + quoted
    for label in labels:  # a string of the source begins so, or with the number and a name that is filled in
        assert re.search(rf'(?:"|\\n)(?:{re.escape(label)}|{label.split()[0]} {{)', section), label
    assert all(words in re.sub("\n# ?", " ", section) for words in quoted)


@pytest.mark.slow
@each_erratum
def test_the_numbers_of_an_erratum_are_in_the_lines_that_it_names(number, article, claim, refutation, heading, lines):
    known = sections(number)[heading]
    if labels := re.findall("`(.*?)`", lines):
        blocks = re.split(r"\n(?! )", full_run(STEMS[number]).stdout)  # a line that begins with spaces goes on
        found = ["\n".join(block for block in blocks if block.startswith(label)) for label in labels]
        assert all(found), "a line is not printed"
        known += "\n".join(["", *found])
    assert [number for number in numbers(refutation) if not stands_among(number, numbers(known))] == []


def test_both_files_know_every_lesson_and_the_glossary_is_sorted_and_has_each_term_once():
    terms = [row[0] for row in GLOSSARY]
    assert {row[0] for row in ERRATA} == {row[-1] for row in GLOSSARY} == set(STEMS)
    assert terms == sorted(set(terms), key=str.casefold)


@pytest.mark.parametrize("term, chinese, definition, number", GLOSSARY)
def test_a_term_is_used_in_the_lesson_that_introduces_it(term, chinese, definition, number):
    text = re.sub(r"\W*\n#? ?", " ", SOURCES[number]).replace("_", " ").lower()
    forms = re.sub(r" \(.*?\)", "", term).lower().split(", ")
    assert chinese and definition and any(form in text for form in forms)
