"""What ERRATA.md and GLOSSARY.md say of the lessons: that it stands there, and that the lessons print it."""

import re
from decimal import Decimal

import pytest

from tests.lessons import form
from tests.lessons.running import LESSONS, SHORT, full_run, unwrapped
from tests.quick import quick_if

QUICK = {path.stem[:2] for path in SHORT}
STEMS = {path.stem[:2]: path.stem for path in LESSONS}
SOURCES = {path.stem[:2]: path.read_text() for path in LESSONS}
FOLDER = LESSONS[0].parent


def cells(line):
    """The cells of a line of a Markdown table, in which \\| is a bar."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(name):
    """The rows of the tables of a file without their heads, by the section that they stand in."""
    found, section = {}, None
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
            found[section] = []
        elif line.startswith("|"):
            found[section].append(cells(line))
    return {section: rows[2:] for section, rows in found.items()}


def errata():
    """The rows of the lessons, each with its lesson's number in front."""
    found = []
    for section, rows in tables("ERRATA.md").items():
        number = section.removeprefix("Lesson ")[:2]
        found += [(number, *row) for row in rows if number in STEMS]
    return found


def numbers(text):
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return {Decimal(found) for found in re.findall(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w])", text)}


def stands_among(number, known):
    """Whether it is one of those known; one with a fraction, up to its last digits, which depend on the processor."""
    unit = Decimal((0, (3,), number.as_tuple().exponent))
    near = max(unit, abs(number) / 50) if unit < 1 else 0
    return any(abs(number - other) <= near for other in known)


ERRATA = errata()
WORDING = tables("ERRATA.md")["Wording"]
GLOSSARY = tables("GLOSSARY.md")["Glossary"]
COLUMNS = "number, entry, article, chinese, english, settled, heading, line"


@pytest.mark.parametrize(COLUMNS, ERRATA)
def test_an_erratum_names_an_entry_a_heading_and_a_line(
    number, entry, article, chinese, english, settled, heading, line
):
    assert re.fullmatch(r"00[0-4]\.\d+", entry) and article and english and settled
    assert re.search("[\u4e00-\u9fff]", chinese), "the claim as the article has it"
    section, quoted = unwrapped(form.headings(SOURCES[number])[heading]), re.findall('"(.*?)"', line)
    assert re.findall("`(.*?)`", line) + quoted, "neither a printed line nor words of the lesson"
    assert [words for words in quoted if words not in section] == []


def test_the_formulas_of_the_articles_are_marked_as_formulas():
    quotes = [" ".join(row[3:6]) for row in ERRATA]
    formulas = [formula for quote in quotes for formula in re.findall(r"\$(.+?)\$", quote)]
    assert len([formula for formula in formulas if "\\" in formula]) > 20
    assert [formula for formula in formulas if "\\\\" in formula] == []
    assert [quote for quote in quotes if re.search(r"\\[A-Za-z]", re.sub(r"\$(.+?)\$", "", quote))] == []


@pytest.mark.parametrize(COLUMNS, [quick_if("`" not in row[-1] or row[0] in QUICK, *row) for row in ERRATA])
def test_what_settles_an_erratum_is_printed_or_said(number, entry, article, chinese, english, settled, heading, line):
    labels, quoted = re.findall("`(.*?)`", line), re.findall('"(.*?)"', line)
    printed = full_run(STEMS[number]).stdout.splitlines() if labels else []
    known = numbers("\n".join(quoted))
    for label in labels:
        found = [words for words in printed if words.strip().startswith(label.strip())]
        assert found, f"not printed: {label}"
        known |= numbers("\n".join(found))
    assert [number for number in numbers(settled) if not stands_among(number, known)] == []


def test_an_entry_is_settled_by_a_lesson_or_a_matter_of_wording_and_not_both():
    entries = [entry for entry, _ in WORDING]
    assert all(re.fullmatch(r"00[0-4]\.\d+", entry) and why for entry, why in WORDING)
    in_order = sorted(set(entries), key=lambda entry: [int(part) for part in entry.split(".")])
    assert entries == in_order
    assert set(entries) & {entry for _, entry, *_ in ERRATA} == set()


def test_both_files_know_every_lesson_and_the_glossary_is_sorted_and_has_each_term_once():
    terms = [row[0] for row in GLOSSARY]
    assert {row[-1] for row in GLOSSARY} == set(STEMS)
    assert {row[0] for row in ERRATA} == {number for number in STEMS if int(number) <= 30}, "of the five articles"
    assert terms == sorted(set(terms), key=str.casefold)


@pytest.mark.parametrize("term, chinese, definition, number", GLOSSARY)
def test_a_term_is_used_in_the_lesson_that_introduces_it(term, chinese, definition, number):
    text = re.sub(r"\W*\n#? ?", " ", SOURCES[number]).replace("_", " ").lower()
    forms = re.sub(r" \(.*?\)", "", term).lower().split(", ")
    assert chinese and definition and any(form in text for form in forms)


def test_the_index_by_the_chinese_terms_has_each_in_their_usual_order():
    lines = (FOLDER / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    index = [line for line in lines if line.startswith("- ")]
    expected = [f"- {chinese}: {term}" for term, chinese, *_ in GLOSSARY]
    # in this encoding the common characters are in the order of their pinyin
    assert index == sorted(expected, key=lambda line: line.encode("gb18030"))
