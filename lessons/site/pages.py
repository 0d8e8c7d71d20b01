"""The sources of the site's pages, in a folder of their own: lessons by parts, errata, glossary."""

import re
from itertools import groupby
from pathlib import Path

import reference

from minigrad import classroom, datasets
from minigrad.classroom.master import masters

HERE = Path(__file__).parent
COURSE = HERE.parent
LESSONS = {int(path.name[:2]): path for path in sorted(COURSE.glob("[0-9][0-9]_*.py"))}
COURSE_TOLD = """\
Each lesson takes a claim or a program that circulates in articles, runs it, shows the number
that gives it away, and builds the right version on real data."""
PARTS = {  # by their first lessons
    1: (
        "Information",
        "What a letter costs, what a wrong belief adds, and what a condition saves.",
    ),
    4: ("Gradients", "Which way is down, and how a program finds it."),
    6: (
        "Classification",
        "From the logarithm to a classifier that is right, and what goes wrong on the way.",
    ),
    10: ("Training", "Noise, optimizers, and networks with many layers."),
    13: ("Generalization", "What a model learns by heart, and what keeps it from that."),
    15: ("Data", "Rare classes, leaks between training and test, and samples made of others."),
    17: ("Representation", "Numbers instead of classes, and pictures in few numbers."),
    19: ("Sequences", "Attention, words, letters, and a Transformer."),
    23: ("Shared weights", "The same weights at each place, and at each time."),
    25: ("Generation", "Two ways to make data that look like what was seen."),
    27: ("Decisions and beyond", "Actions, nonsense, labels in a row, and the way to PyTorch."),
}
TITLE = re.compile(r"^(.+\?)\n=+$", re.MULTILINE)


def title(number):
    """The title of a lesson, with its number in front: the texts name lessons by their numbers."""
    return f"{number:02}. {TITLE.search(_read(LESSONS[number]))[1]}"


def part(number):
    """The first lesson of the part that a lesson belongs to."""
    return max(first for first in PARTS if first <= number)


def folder(number):
    """The folder of the part that a lesson belongs to."""
    first = part(number)
    return f"{list(PARTS).index(first) + 1:02}_{PARTS[first][0].lower().replace(' ', '_')}"


def document(number):
    """The name of a lesson's page."""
    return f"lessons/{folder(number)}/{LESSONS[number].stem}"


def write(work, numbers):
    """Write to the folder `work` what a site of these lessons is made from.

    Sphinx reads `work/source`, and sphinx-gallery the lessons in `work/examples`.
    """
    source, examples = work / "source", work / "examples"
    _save(source / "index.rst", f"{_read(HERE / 'index.rst')}\n{contents(numbers)}")
    _save(source / "errata.md", errata(numbers))
    _save(source / "glossary.md", glossary(numbers))
    _save(source / "classroom.md", _read(Path(classroom.__file__).with_name("README.md")))
    _save(source / "data.md", _read(datasets.FOLDER / "README.md"))
    reference.write(source)
    _save(examples / "GALLERY_HEADER.rst", _headed("The lessons", "", COURSE_TOLD))
    for number in numbers:
        name, told = PARTS[part(number)]
        _save(examples / folder(number) / "GALLERY_HEADER.rst", _headed(name, "", told, line="-"))
        for place, text in enumerate(after(number).values()):
            _save(source / "after" / f"{number:02}_{place}.md", text)
        numbered = TITLE.sub(
            lambda _, heading=_headed(title(number)): heading, _read(LESSONS[number]), count=1
        )
        _save(examples / folder(number) / LESSONS[number].name, numbered)


def contents(numbers):
    """The parts with their lessons, in reStructuredText."""
    lines = []
    for first, lessons in groupby(numbers, part):
        lines += [
            "",
            f".. rubric:: {PARTS[first][0]}",
            "",
            *(f"- :doc:`/{document(number)}`" for number in lessons),
        ]
    return "\n".join(lines)


def _read(path):
    return path.read_text(encoding="utf-8")


def _save(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _headed(words, *told, line="="):
    return "\n".join([words, line * len(words), *told])


# -- Errata and glossary ---------------------------------------------------------------------------


def _lines(name):
    """The lines of a Markdown file; for a row of a table, the list of its cells."""
    for line in _read(COURSE / name).splitlines():
        if not line.startswith("|"):
            yield line
        elif set(line) - set("|-"):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _errata():
    """Each line of ERRATA.md after the number of the lesson that its section is about, or None."""
    number = None
    for line in _lines("ERRATA.md"):
        if isinstance(line, str) and line.startswith("#"):
            section = re.match(r"## Lesson (\d\d)", line)
            number = section and int(section[1])
        yield number, line


def errata_of(lesson):
    """The rows of ERRATA.md that a lesson settles, by the labels of their sections."""
    _, *rows = [line for number, line in _errata() if number == lesson and isinstance(line, list)]
    return {f"erratum-{lesson:02}-{count}": row for count, row in enumerate(rows, 1)}


def terms_of(number):
    """The terms that a lesson introduces."""
    rows = [line for line in _lines("GLOSSARY.md") if isinstance(line, list)]
    return [row[0] for row in rows[1:] if int(row[-1]) == number]


def errata(numbers):
    """ERRATA.md with a section for each erratum, which links to the heading in its lesson."""
    written = []
    for number, line in _errata():
        if isinstance(line, str):
            written.append(line)
        elif number is None:
            written += [] if line[0] == "Entry" else [f"- **{line[0]}** {line[1]}"]
        elif line[0] == "Entry":  # the head of a table, for all of its rows
            page = document(number) if number in numbers else None
            written += [
                line
                for label, row in errata_of(number).items()
                for line in _erratum(label, row, page)
            ]
    return "\n".join(written)


def _erratum(label, row, page):
    entry, article, chinese, english, settled, heading, line = row
    place = f"{{ref}}`{heading} <{page}:{heading}>`" if page else f'"{heading}"'
    return [
        *(f"({label})=", f"### {entry} {article}", ""),
        *(f"> {chinese}", "", f"**In English**: {english}", ""),
        *(f"**What settles it**: {settled}", ""),
        *(f"**Heading**: {place}", "", f"**Line**: {line}", ""),
    ]


def glossary(numbers):
    """GLOSSARY.md with its table as a glossary of Sphinx, to whose terms other pages link."""
    written = []
    for line in _lines("GLOSSARY.md"):
        if isinstance(line, str):
            written += ["```"] if written[-2:-1] and written[-2].startswith("  ") else []
            written.append(re.sub("^- (.+?): (.+)$", r"- \1: {term}`\2`", line))
        elif line[0] == "English":
            written.append("```{glossary}")
        else:
            term, chinese, told, number = line
            page = (
                f"{{doc}}`{number} <{document(int(number))}>`" if int(number) in numbers else number
            )
            written += [term, f"  {chinese}: {told} (lesson {page})", ""]
    return "\n".join(written)


# -- What a lesson's page has after the lesson -----------------------------------------------------


def after(number):
    """What stands in a lesson's page after the lesson: Markdown by its headings."""
    return {
        "The exercise": exercise(number),
        "Errata that this lesson settles": "\n".join(
            f"- {{ref}}`{label}`: {row[3]}" for label, row in errata_of(number).items()
        ),
        "Terms that this lesson introduces": ", ".join(
            f"{{term}}`{term}`" for term in terms_of(number)
        ),
    }


def exercise(number):
    """The prose, the parts and the commands of a lesson's exercise."""
    master = masters()[number]
    name, told = master.about.split("\n", 1)
    parts = [
        f"- Part {blank.part} ({master.points[blank.part]} points): {blank.task}"
        for blank in master.blanks
    ]
    commands = ("start", f"check {number}", f"hint {number}")
    return "\n".join(
        [
            *(f"**{name}**", told, "", *parts, ""),
            *("```sh", *(f"python -m minigrad.classroom {command}" for command in commands), "```"),
        ]
    )


def included(number):
    """Include what stands after a lesson, in reStructuredText."""
    sections = []
    for place, heading in enumerate(after(number)):
        include = f".. include:: /after/{number:02}_{place}.md\n   :parser: myst_parser.sphinx_\n"
        sections.append(_headed(heading, "", include, line="-"))
    return "\n".join(sections)
