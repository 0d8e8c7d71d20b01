"""The site of the lessons: what its pages have, that they hold together, and what the command refuses."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.site.conftest import ROOT, build

LESSON = "lessons/01_information/02_cross_entropy.html"
SOURCE = ROOT / "lessons" / "02_cross_entropy.py"


class Page(HTMLParser):
    """A page's `text`, its `elements` (name, attributes), and the `ids` that links may end at."""

    def __init__(self, path):
        super().__init__()
        self.path, self.elements, self.text = path, [], ""
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(self.text.split())
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag, name):
        return [attributes[name] for found, attributes in self.elements if found == tag and name in attributes]


@pytest.fixture(scope="module")
def pages(site):
    found = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {name: Page(path) for name, path in found.items() if not name.startswith("_static")}


@pytest.fixture(scope="module")
def lesson(pages):
    return pages[LESSON]


# -- What the pages have -----------------------------------------------------------------------------------------


def test_a_lesson_has_its_title_with_its_number_prose_formulas_code_and_output(lesson):
    assert "02. What does it cost to believe the wrong distribution?" in lesson.text
    assert "Every third name ends with a, but only one in thirteen begins with a." in lesson.text
    assert r"\[H(P, Q) = -\sum_x P(x) \log Q(x).\]" in lesson.text
    assert ("div", "math notranslate nohighlight") in [(tag, of.get("class")) for tag, of in lesson.elements]
    assert "run = lesson.start(" in lesson.text and "The data: 5163 names" in lesson.text


def test_its_picture_says_what_it_shows(lesson):
    (alt,) = [of["alt"] for tag, of in lesson.elements if tag == "img" and "sphx_glr" in of["src"]]
    assert alt.startswith("First and last letters have different shares; The truth is cheapest")


def test_its_picture_links_to_its_file(lesson):
    at = next(at for at, (tag, of) in enumerate(lesson.elements) if tag == "img" and "sphx_glr" in of["src"])
    assert lesson.elements[at - 1][1]["href"] == lesson.elements[at][1]["src"]


def test_each_picture_has_a_text_instead_of_it(pages):
    pictures = [of for page in pages.values() for tag, of in page.elements if tag == "img"]
    assert len(pictures) >= 3 and [of for of in pictures if not of.get("alt", "").strip()] == []


def test_its_script_and_its_notebook_can_be_downloaded(site, lesson):
    files = {Path(link).suffix: lesson.path.parent / link for link in lesson.all("a", "href") if "_downloads" in link}
    assert set(files) == {".py", ".ipynb"}
    had, has = SOURCE.read_text().splitlines(), files[".py"].read_text().splitlines()
    assert has[1] == f"02. {had[1]}" and has[3:] == had[3:]
    cells = json.loads(files[".ipynb"].read_text())["cells"]
    assert {cell["cell_type"] for cell in cells} == {"markdown", "code"} and len(cells) > 10


def test_its_exercise_is_told_with_its_parts_and_its_commands(lesson):
    assert "Cross-entropy for tables: what each truth costs under each belief, in nats." in lesson.text
    assert "Part B (2 points): return the cross-entropies in nats" in lesson.text
    assert "python -m minigrad.classroom check 2" in lesson.text


def test_the_gallery_shows_it_in_its_part(pages):
    gallery = pages["lessons/index.html"]
    assert "Information" in gallery.text and "Gradients" not in gallery.text
    assert "Picture of lesson 02. What does it cost to believe the wrong distribution?" in gallery.all("img", "alt")


def test_errata_and_their_lesson_link_to_each_other(pages, lesson):
    assert "../../errata.html#erratum-02-1" in lesson.all("a", "href")
    assert {"erratum-02-1", "erratum-01-1", "erratum-30-1"} <= pages["errata.html"].ids
    there = [link for link in pages["errata.html"].all("a", "href") if "02_cross_entropy" in link]
    assert f"{LESSON}#finding-3-cross-entropy-is-no-distance" in there


def test_terms_and_their_lesson_link_to_each_other(pages, lesson):
    assert "../../glossary.html#term-Gibbs-inequality" in lesson.all("a", "href")
    assert LESSON in pages["glossary.html"].all("a", "href")


def test_the_search_knows_the_words_of_the_lesson(site):
    assert "gibb" in (site / "searchindex.js").read_text()  # the stem of Gibbs


def test_the_first_page_says_what_to_type_and_where_more_stands(pages):
    first = pages["index.html"]
    for command in ("pip install .", "-m lessons 7", "-m minigrad.classroom start"):
        assert command in first.text
    assert {"classroom.html", "data.html"} <= set(first.all("a", "href"))
    assert "../data.html" in pages["reference/minigrad.datasets.html"].all("a", "href")
    assert "../classroom.html" in pages["reference/minigrad.classroom.html"].all("a", "href")
    assert "python -m minigrad.classroom grade submissions" in pages["classroom.html"].text
    assert "UCI Machine Learning Repository" in pages["data.html"].text


def test_the_title_of_the_first_page_says_what_the_site_is(pages):
    assert "<title>Deep learning in thirty lessons &#8212; minigrad</title>" in pages["index.html"].path.read_text()


def test_the_first_page_lists_the_lessons_under_a_heading_of_their_own(pages):
    source = pages["index.html"].path.read_text()
    assert source.index(">What else there is<") < source.index("<h2>The lessons<") < source.index(">Information</p>")


def test_a_title_names_the_page_and_the_site(pages):
    title = re.compile("<title>(.+?) &#8212; (.+?)</title>")
    titles = {name: title.search(page.path.read_text()) for name, page in pages.items()}
    assert titles["reference/minigrad.html"].groups() == ("Module minigrad", "minigrad")
    assert [name for name, title in titles.items() if title and title[1] == title[2]] == []


def test_a_file_that_a_lesson_names_is_a_link_to_its_page(lesson):
    text = lesson.path.read_text()
    assert re.search(r'href="../../errata.html"><span class="doc">ERRATA.md</span></a> says', text)


def test_a_signature_has_neither_what_is_private_nor_an_address(pages):
    entry = re.compile(r'<dt class="sig [^>]*id="([\w.]+)">(.*?)</dt>', re.DOTALL)
    entries = [found for page in pages.values() for found in entry.findall(page.path.read_text())]
    shown = {label: re.sub("<[^>]*>|\\s", "", heading) for label, heading in entries}
    assert len(shown) > 800
    assert shown["minigrad.nn.Sigmoid"] == "classminigrad.nn.Sigmoid#"
    assert shown["minigrad.nn.functional.softmax"] == "minigrad.nn.functional.softmax(input,dim=None,dtype=None)#"
    assert shown["minigrad.Tensor.add"] == "Tensor.add(other,*,alpha=1)#"
    assert [heading for heading in shown.values() if re.search(r"[(,]\**_|&lt;|0x", heading)] == []


def test_the_limits_of_a_dtype_are_not_the_functions_of_the_same_name(pages):
    entry = re.search(r'id="minigrad.iinfo".*?</dd>', pages["reference/minigrad.html"].path.read_text(), re.DOTALL)[0]
    assert "#minigrad.min" not in entry and ".min</span>" in entry


def test_the_core_has_its_files_beside_the_text(pages):
    source = pages["reference/core.html"].path.read_text()
    contents = re.search(r'<nav [^>]*class="page-toc".*?</nav>', source, re.DOTALL)[0]
    assert re.findall(r'<span class="pre">(\w+\.py)</span>', contents)[:2] == ["tensor.py", "record.py"]


def test_the_name_of_a_module_breaks_behind_a_dot(pages):
    source = pages["reference/minigrad.nn.functional.html"].path.read_text()
    assert "<h1>minigrad.<wbr>nn.<wbr>functional<a" in source
    assert '<span class="pre">minigrad.</span><wbr><span class="pre">nn.</span><wbr>' in source


# -- That they hold together -------------------------------------------------------------------------------------


def test_every_link_ends_somewhere(site, pages):
    lost = []
    for page in pages.values():
        for link in page.all("a", "href") + page.all("img", "src") + page.all("script", "src"):
            parts = urlsplit(link)
            if parts.scheme:
                continue
            end = page.path if not parts.path else (page.path.parent / unquote(parts.path)).resolve()
            known = pages.get(end.relative_to(site.resolve()).as_posix()) if parts.fragment else None
            if not end.is_file() or (known and unquote(parts.fragment) not in known.ids):
                lost.append(f"{page.path}: {link}")
    assert lost == []


def test_nothing_is_loaded_from_the_network(site, pages):
    loaded = [link for page in pages.values() for tag in ("img", "script", "iframe") for link in page.all(tag, "src")]
    loaded += [link for page in pages.values() for link in page.all("link", "href")]
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    loaded += re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", styles)
    assert len(loaded) > 20 and [link for link in loaded if re.match(r"\s*(https?:)?//", link)] == []


def test_a_page_is_light_enough_for_a_stick(site, pages):
    def weight(page):
        files = page.all("img", "src") + page.all("script", "src") + page.all("link", "href")
        paths = {(page.path.parent / urlsplit(file).path).resolve() for file in files}
        return page.path.stat().st_size + sum(path.stat().st_size for path in paths if path.is_file())

    assert max(map(weight, pages.values())) < 3e6
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 60e6


def test_building_twice_gives_the_same_bytes_and_replaces_what_was_there(site, tmp_path):
    (tmp_path / "again").mkdir()
    done = build(tmp_path / "again", "--quick", "--only", 2, PYTHONHASHSEED="7", TZ="Asia/Tokyo")
    assert done.returncode == 0, done.stderr
    files = [
        {path.relative_to(made): path.read_bytes() for path in made.rglob("*") if path.is_file()}
        for made in (site, tmp_path / "again")
    ]
    assert files[0].keys() == files[1].keys()
    assert [str(path) for path in files[0] if files[0][path] != files[1][path]] == []


# -- Lessons that fail, and lessons that leave something behind --------------------------------------------------

TOLD = 'r"""\nIs this a lesson?\n=================\n\nIt is.\n"""\n\n# %%\nimport numpy as np\n'
TRAINS = TOLD + """
from minigrad import lesson

run = lesson.start("01_entropy", epochs=20)
for epoch in run.progress(run.epochs):
    np.seterr(all="raise")
print("epochs", epoch)
"""
FAILS = TOLD + "\n1 / 0\n"
DIVIDES = TOLD + '\nwith np.errstate(invalid="ignore"):\n    print("quotient", np.ones(1) / np.zeros(1))\n'


def course(folder, **sources):
    """A copy of the course with these lessons alone."""
    shutil.copytree(ROOT / "lessons", folder / "lessons", ignore=shutil.ignore_patterns("[0-9]*.py", "output"))
    for path in sorted((ROOT / "lessons").glob("[0-9]*.py")):
        if path.stem in sources:
            (folder / "lessons" / path.name).write_text(sources[path.stem])
    for name in ("minigrad", "tests"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_each_lesson_starts_as_if_alone_and_shows_no_progress(sphinx, tmp_path):
    folder = course(tmp_path, **{"01_entropy": TRAINS, "02_cross_entropy": DIVIDES, "03_conditional_entropy": FAILS})
    done = build("made", "--only", 2, "--only", 1, cwd=folder)
    assert done.returncode == 0, done.stderr
    first = Page(folder / "made" / "lessons/01_information/01_entropy.html").text
    assert "epochs 20" in first and "epoch 20/20" not in first
    assert "quotient [inf]" in Page(folder / "made" / LESSON).text


def test_a_lesson_that_fails_is_named_and_what_was_there_stays(sphinx, tmp_path):
    folder = course(tmp_path, **{"01_entropy": TRAINS, "02_cross_entropy": FAILS})
    done = build("made", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "lesson 01\nlesson 02\n")
    assert "ZeroDivisionError" in done.stderr
    assert done.stderr.splitlines()[-1] == "python -m lessons site: failed: lesson 02"
    assert list((folder / "made").iterdir()) == []


# -- What the command refuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: OUT"),
        (["made", "--only", "99"], "there is no lesson 99: take a number from 1 to 30"),
        (["made", "--only", "0"], "there is no lesson 0"),
        (["made", "--only", "two"], "argument --only: invalid int value: 'two'"),
        (["made", "--only", "2", "3"], "unrecognized arguments: 3"),
        (["made", "--only", "2", "--only", "31"], "there is no lesson 31"),
        (["made", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_wrong_arguments_are_one_line(arguments, said):
    done = build(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"python -m lessons site: {re.escape(said)}.*\n", done.stderr)


def test_a_folder_that_it_did_not_make_is_left_alone(sphinx, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = build(tmp_path, "--only", 2)
    said = f"python -m lessons site: {tmp_path} is not empty, and was not made by this command: name a new folder\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("place", ["file", "file/made"])
def test_what_is_no_folder_is_one_line(sphinx, tmp_path, place):
    (tmp_path / "file").write_text("")
    done = build(tmp_path / place)
    said = f"python -m lessons site: cannot write to {tmp_path / place}: "
    assert done.returncode == 2
    assert done.stderr.startswith(said) and done.stderr.count("\n") == 1


def test_without_the_extra_it_says_what_to_install(tmp_path):
    absent = f"import runpy, sys; sys.modules['sphinx'] = None; sys.path.insert(0, {str(ROOT)!r}); "
    call = "sys.argv[1:] = ['site', 'made']; runpy.run_module('lessons', run_name='__main__')"
    command = [sys.executable, "-c", absent + call]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    said = r"python -m lessons site: .*sphinx.* not installed: type .* -m pip install '\.\[site\]' in the checkout\n"
    assert re.fullmatch(said, done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_the_help_of_the_lessons_names_it():
    done = subprocess.run([sys.executable, "-m", "lessons"], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert "python -m lessons site OUT" in done.stdout
