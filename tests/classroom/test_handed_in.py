"""What was handed in: found wherever and however it lies, and what is not taken has a status and a reason."""

import io
import json
import os
import stat
import unicodedata
import zipfile

import pytest

from minigrad.classroom import handed_in, notebook
from minigrad.classroom.progress import UsageError
from minigrad.classroom.tree import ENTRIES

NAME = "ex01_product_rule.py"


@pytest.fixture
def answer(product_rule):
    return product_rule.solution.encode()


@pytest.fixture
def found(tmp_path, product_rule):
    """What `find` says of a student of the class in the folder or zip "class", or of the only one."""

    def find(student=None, folder="class"):
        students, _ = handed_in.class_of(tmp_path / folder)
        name = student or next(iter(students))
        return handed_in.find(students[name], {1: product_rule})[1]

    return find


def filled(path, files):
    """Write files, by their names within `path`, and return it."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def zipped(files, **how):
    """The bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **how) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


def as_notebook(master, source):
    cells = [{"cell_type": "markdown", "source": ["words"]}, {"cell_type": "code", "source": source.splitlines(True)}]
    checker = {"cell_type": "code", "metadata": {"tags": ["checker"]}, "source": ["check(1)"]}
    return json.dumps({"cells": [*cells, checker]}).encode()


# -- Which file answers which exercise -------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "EX01_Product_Rule.PY",
        "Ex1.py",
        "ex1.py",
        "ex001.py",
        "exercise1.py",
        "Exercise 1.py",
        "exercise-01 final.py",
        "alice_ex01_product_rule.py",
        "12345_ex1.py",
        "AliceEx01.py",
        "ex01_product_rule (1).py",
        "ex01_product_rule-1.py",
        "a/b/c/ex01_product_rule.py",
        "my_exercises/ex01_product_rule.py",
        "minigrad/my_exercises/ex01_product_rule.py",
        "Zoe\u0308/ex01_Zoe\u0308.py",
        "work.zip/my_exercises/Ex1.py",
        "work.ZIP/inner.zip/ex01_product_rule.py",
    ],
)
def test_an_answer_is_found(tmp_path, found, answer, name):
    *zips, last = name.replace(".ZIP/", ".ZIP|").replace(".zip/", ".zip|").split("|")
    content = {last: answer}
    for outer in reversed(zips):
        content = {outer: zipped(content)}
    filled(tmp_path / "class" / "s", content)
    assert found() == handed_in.HandedIn(answer, unicodedata.normalize("NFC", name))


@pytest.mark.parametrize(
    "name",
    [
        "ex11_product_rule.py",
        "ex10.py",
        "index01.py",
        "complex1.py",
        "test_ex01_product_rule.py",
        "ex01_product_rule.py.1",
        ".ex01_product_rule.py",
        "._ex01_product_rule.py",
        ".ipynb_checkpoints/ex01_product_rule.py",
        ".git/ex01_product_rule.py",
        "__MACOSX/ex01_product_rule.py",
        "node_modules/x/ex01_product_rule.py",
        "lib/site-packages/ex01_product_rule.py",
        "__pycache__/ex01_product_rule.py",
    ],
)
@pytest.mark.parametrize("in_zip", [False, True])
def test_what_is_no_answer(tmp_path, found, answer, name, in_zip):
    files = {"work.zip": zipped({name: answer})} if in_zip else {name: answer}
    filled(tmp_path / "class" / "s", files)
    assert (found().status, found().reason) == ("missing", f"no file {NAME}")


@pytest.mark.parametrize("root", ["", "minigrad/", "work/my clone/"])
@pytest.mark.parametrize("in_zip", [False, True])
def test_of_a_clone_only_the_work_counts(tmp_path, found, product_rule, answer, root, in_zip):
    files = {
        f"{root}{name}": product_rule.other("WRONG", "sign").encode()
        for name in (
            "minigrad/classroom/masters/ex01_product_rule.py",
            "minigrad/classroom/grading.py",
            "tests/classroom/masters/ex01_product_rule.py",
            "lessons/ex01.py",
            "build/lib/minigrad/classroom/masters/ex01_product_rule.py",
            ".git/ex01.py",
            "env/lib/ex01.py",
            "env/pyvenv.cfg",
        )
    }
    files[f"{root}my_exercises/{NAME}"] = answer
    filled(tmp_path / "class" / "s", {"clone.zip": zipped(files)} if in_zip else files)
    assert found().source == answer


def test_what_is_no_students_is_not_even_listed(tmp_path, found, answer, monkeypatch):
    inner = {name: b"" for name in ("env/pyvenv.cfg", "env/lib/x.py", ".git/a/b", "node_modules/a/b")}
    filled(tmp_path / "class" / "s", {**inner, f"work/{NAME}": answer})
    listed = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(os.path.basename(path)) or real(path))
    assert found().source == answer
    assert listed == ["class", "s", "env", "work"]


def test_a_notebook_is_read_as_check_reads_it(tmp_path, found, product_rule):
    filled(tmp_path / "class" / "s", {"ex01_product_rule.ipynb": as_notebook(product_rule, product_rule.solution)})
    assert found().name == "ex01_product_rule.ipynb"
    assert b"return g * b, g * a" in found().source and b"check(1)" not in found().source


def test_beside_a_script_its_notebook_is_not_asked_as_in_check(tmp_path, found, answer, product_rule):
    other = as_notebook(product_rule, product_rule.other("WRONG", "sign"))
    filled(tmp_path / "class" / "s", {NAME: answer, "ex01_product_rule.ipynb": other})
    assert found().source == answer
    filled(tmp_path / "class" / "s", {"notebooks/ex01_product_rule.ipynb": other})
    assert found().status == "ambiguous"


def test_an_untouched_starter_is_no_answer_where_there_is_one(tmp_path, found, product_rule, answer):
    starter = product_rule.starter.encode()
    folder = filled(tmp_path / "class" / "s", {f"a/{NAME}": starter.replace(b"\n", b"\r\n"), f"b/{NAME}": answer})
    assert found() == handed_in.HandedIn(answer, f"b/{NAME}")
    untouched = json.dumps(notebook.of_exercise(product_rule)).encode()
    filled(folder, {f"b/{NAME}": starter, "ex01_product_rule.ipynb": untouched})
    assert found().source is not None and b"TODO A" in found().source


def test_copies_are_one_answer_if_they_are_the_same(tmp_path, found, product_rule, answer):
    copies = {NAME: answer, "ex01_product_rule (1).py": answer.replace(b"\n", b"\r\n")}
    folder = filled(tmp_path / "class" / "s", copies)
    assert found() == handed_in.HandedIn(copies["ex01_product_rule (1).py"], "ex01_product_rule (1).py")
    filled(folder, {"ex01_product_rule (2).py": product_rule.other("WRONG", "sign").encode()})
    assert found().source is None and found().status == "ambiguous"
    names = "ex01_product_rule (1).py, ex01_product_rule (2).py, ex01_product_rule.py"
    assert found().reason == f"several files that differ: {names}"


def test_very_many_files_for_one_exercise_are_not_compared(tmp_path, found, answer):
    filled(tmp_path / "class" / "s", {f"ex01_{i:02}.py": answer for i in range(30)})
    assert found().status == "ambiguous" and found().reason.startswith("30 files for it: ex01_00.py, ")
    assert len(found().reason) < 300


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings(tmp_path, found, product_rule, encoding):
    text = product_rule.solution.replace("# BEGIN", "# Zoë BEGIN")
    filled(tmp_path / "class" / "s", {NAME: text.encode(encoding)})
    assert found().source.decode("utf-8-sig") == text


# -- What is not taken -----------------------------------------------------------------------------


def link(path):
    path.symlink_to(path.parent.parent.parent / "secret.py")


def fifo(path):
    os.mkfifo(path)


def large(path):
    path.write_bytes(b"#" * (2**20 + 1))


def large_notebook(path):
    path.with_suffix(".ipynb").write_bytes(b" " * (8 * 2**20 + 1))


def much_code(path):
    path.with_suffix(".ipynb").write_bytes(as_notebook(None, "#" * (2**20 + 1)))


def no_notebook(path):
    path.with_suffix(".ipynb").write_bytes(b"{}")


def half_utf16(path):
    path.write_bytes(b"\xff\xfea")


def other_kind(path):
    path.with_name("ex01_product_rule.py.txt").write_bytes(b"")


def other_archive(path):
    path.with_name("work.rar").write_bytes(b"Rar!")


def no_zip(path):
    path.with_name("work.zip").write_bytes(b"PK, or not")


def cut_zip(path):
    path.with_name("work.zip").write_bytes(zipped({NAME: b"x"})[:-9])


def nested_zips(path):
    content = zipped({NAME: b"x"})
    for _ in range(3):
        content = zipped({"inner.zip": content})
    path.with_name("work.zip").write_bytes(content)


def many_zips(path):
    for i in range(11):
        path.with_name(f"{i:02}.zip").write_bytes(zipped({"x": b""}))


@pytest.mark.parametrize(
    ("make", "status", "reason"),
    [
        (link, "unreadable", f"{NAME} is a link: hand in the file itself"),
        (fifo, "unreadable", f"{NAME} is no ordinary file"),
        (large, "too large", f"{NAME} is larger than 1 MB"),
        (large_notebook, "too large", "ex01_product_rule.ipynb is larger than 8 MB"),
        (much_code, "too large", "the code in ex01_product_rule.ipynb is larger than 1 MB"),
        (no_notebook, "unreadable", "ex01_product_rule.ipynb is no notebook"),
        (half_utf16, "unreadable", f"{NAME} begins as text in UTF-16 and does not go on so"),
        (other_kind, "missing", f"no file {NAME}; ex01_product_rule.py.txt is neither .py nor .ipynb"),
        (other_archive, "unreadable", "work.rar is not unpacked: hand in a zip"),
        (no_zip, "unreadable", "work.zip is no zip that can be read"),
        (cut_zip, "unreadable", "work.zip is no zip that can be read"),
        (nested_zips, "unreadable", "work.zip/inner.zip/inner.zip is not unpacked: hand in a zip with no zip in it"),
        (many_zips, "too large", "10.zip is one of more than 10 zips"),
    ],
)
def test_what_cannot_be_taken_has_a_status_and_a_reason(tmp_path, found, make, status, reason):
    (tmp_path / "class" / "s").mkdir(parents=True)
    (tmp_path / "secret.py").write_text("1")
    make(tmp_path / "class" / "s" / NAME)
    handed = found()
    assert handed.source is None and handed.status == status
    assert handed.reason.startswith(reason)


def test_no_link_leads_out_of_a_students_folder(tmp_path, found, answer):
    filled(tmp_path, {f"elsewhere/{NAME}": answer, f"class/other/{NAME}": answer, "class/s/notes.txt": b""})
    (tmp_path / "class" / "s" / "my_exercises").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "s" / "work.zip").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "t").symlink_to(tmp_path / "elsewhere")
    assert found("s").source is None and found("s").status == "unreadable"
    students, remarks = handed_in.class_of(tmp_path / "class")
    assert [*students] == ["other", "s"]
    assert remarks == ["t is not graded: it is a link, which is not followed"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_without_permission_is_unreadable_not_missing(tmp_path, found, answer):
    filled(tmp_path / "class", {f"s/{NAME}": answer, f"t/inner/{NAME}": answer})
    (tmp_path / "class" / "s" / NAME).chmod(0)
    (tmp_path / "class" / "t" / "inner").chmod(0)
    assert (found("s").status, found("s").reason) == ("unreadable", f"{NAME} cannot be read: Permission denied")
    assert (found("t").status, found("t").reason) == ("unreadable", "cannot read inner: Permission denied")
    (tmp_path / "class" / "t" / "inner").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_unreadable(tmp_path, found, monkeypatch):
    (tmp_path / "class" / "s" / "inner").mkdir(parents=True)
    real = os.scandir

    def scandir(path):
        if str(path).endswith("inner"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert (found().status, found().reason) == ("unreadable", "cannot read inner: Permission denied")


def test_a_folder_1900_deep_ends(tmp_path, found, answer):
    deep = filled(tmp_path / "class" / "s", {"notes.txt": b""})
    before = os.open(".", os.O_RDONLY)
    made = 0
    try:
        os.chdir(deep)
        for made in range(1, 1901):
            os.mkdir("a")
            os.chdir("a")
        assert found().status == "too large" and "lies more than 16 folders deep" in found().reason
        filled(deep, {NAME: answer})
        assert found().source == answer
    finally:  # which pytest cannot do
        for _ in range(made):
            os.chdir("..")
            os.rmdir("a")
        os.fchdir(before)
        os.close(before)


@pytest.mark.slow
def test_a_folder_of_very_many_files_ends(tmp_path, found, answer):
    folder = tmp_path / "class" / "s" / "data"
    folder.mkdir(parents=True)
    (folder / "0").touch()
    for i in range(1, ENTRIES + 10):
        os.link(folder / "0", folder / str(i))
    assert found().status == "too large" and found().reason.startswith(f"more than {ENTRIES} files and folders")
    filled(folder.parent, {NAME: answer})
    assert found().source == answer


def test_many_large_notebooks_are_too_large(tmp_path, product_rule):
    book = as_notebook(product_rule, "#" * 1000) + b" " * (8 * 2**20 - 5000)
    filled(tmp_path / "class" / "s", {f"ex{i:02}.ipynb": book for i in range(1, 19)})
    students, _ = handed_in.class_of(tmp_path / "class")
    handed = handed_in.find(students["s"], {i: product_rule for i in range(1, 19)})
    assert [h.status for h in handed.values()] == [""] * 16 + ["too large"] * 2


# -- Zips that lie ---------------------------------------------------------------------------------


def test_zips_name_nothing_outside(tmp_path, found, answer):
    for name in (f"../t/{NAME}", f"/tmp/{NAME}", f"C:/{NAME}", f"a/../../t/{NAME}", f"..\\t\\{NAME}"):
        filled(tmp_path / "class" / "s", {"work.zip": zipped({name: answer})})
        assert found().status == "unreadable" and found().reason.endswith("leads out of the zip")
    filled(tmp_path / "class" / "s", {"work.zip": zipped({"../x": b"", f"my_exercises\\{NAME}": answer})})
    assert found().source == answer


def test_a_link_in_a_zip_is_not_followed(tmp_path, found):
    info = zipfile.ZipInfo(NAME)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    filled(tmp_path / "class" / "s", {"work.zip": zipped({info: b"/etc/passwd"})})
    assert (found().status, found().reason) == ("unreadable", f"work.zip/{NAME} is a link: hand in the file itself")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bounds_are_refused(tmp_path, found, answer, method):
    filled(tmp_path / "class" / "s", {"work.zip": zipped({NAME: answer}, compression=method)})
    assert found().status == "unreadable" and "packed in an unusual way" in found().reason


def test_a_bomb_is_too_large(tmp_path, found):
    bomb = zipped({NAME: b"\0" * 2**26, "inner.zip": b""}, compression=zipfile.ZIP_DEFLATED)
    filled(tmp_path / "class" / "s", {"work.zip": bomb})
    assert (found().status, found().reason) == ("too large", f"work.zip/{NAME} is larger than 1 MB")
    bomb = zipped({"inner.zip": b"\0" * 2**26}, compression=zipfile.ZIP_DEFLATED)
    filled(tmp_path / "class" / "s", {"work.zip": bomb})
    assert (found().status, found().reason) == ("too large", "work.zip/inner.zip is larger than 32 MB")


def test_a_zip_of_very_many_entries_is_not_listed(tmp_path, found, monkeypatch):
    entry = zipped({"x": b""})
    start = entry.index(b"PK\x01\x02")
    central = entry[start : entry.index(b"PK\x05\x06")] * (ENTRIES + 1)
    size = len(central).to_bytes(4, "little")
    end = b"PK\x05\x06" + b"\0" * 4 + b"\1\0\1\0" + size + start.to_bytes(4, "little") + b"\0\0"
    filled(tmp_path / "class" / "s", {"work.zip": entry[:start] + central + end})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert found().status == "too large" and "one of more than" in found().reason


def test_a_locked_and_a_damaged_file_of_a_zip(tmp_path, found, answer):
    data = bytearray(zipped({NAME: answer}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    filled(tmp_path / "class" / "s", {"work.zip": bytes(data)})
    assert (found().status, found().reason) == ("unreadable", f"work.zip/{NAME} is locked with a password")
    filled(tmp_path / "class" / "s", {"work.zip": zipped({NAME: answer}).replace(b"return g", b"return h")})
    assert (found().status, found().reason) == ("unreadable", f"work.zip/{NAME} is damaged in its zip")


# -- The class -------------------------------------------------------------------------------------


def sources(tmp_path, product_rule, folder="class", roster=None):
    """The source of exercise 1 by student, or the status where there is none."""
    students, _ = handed_in.class_of(tmp_path / folder, roster)
    handed = {name: handed_in.find(student, {1: product_rule})[1] for name, student in students.items()}
    return {name: h.status if h.source is None else h.source.decode() for name, h in handed.items()}


LAYOUTS = {
    "moodle folders": {
        f"Ann Lee_11_assignsubmission_file_/{NAME}": b"a1",
        f"Ann Lee_12_assignsubmission_file/my_exercises/{NAME}": b"a2",
        "Ann Lee_12_assignsubmission_onlinetext_/onlinetext.html": b"",
        "Bo_13_assignsubmission_file_/Work.zip": zipped({NAME: b"b"}),
    },
    "moodle files": {
        f"Ann Lee_11_assignsubmission_file_{NAME}": b"a1",
        f"Ann Lee_12_assignsubmission_file_{NAME}": b"a2",
        "Bo_13_assignsubmission_file_my work.zip": zipped({NAME: b"b"}),
    },
    "canvas": {
        f"leeann_LATE_11_501_{NAME}": b"a1",
        "leeann_11_502_ex02_cross_entropy.py": b"other",
        "leeann_12_503_ex01_product_rule-1.py": b"a2",
        "bo_13_504_work.zip": zipped({NAME: b"b"}),
    },
}
OWNERS = {
    "moodle folders": {"Ann Lee_11": "a1", "Ann Lee_12": "a2", "Bo_13": "b"},
    "moodle files": {"Ann Lee_11": "a1", "Ann Lee_12": "a2", "Bo_13": "b"},
    "canvas": {"leeann_11": "a1", "leeann_12": "a2", "bo_13": "b"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("how", ["unpacked", "the zip", "the zip, in a folder", "a folder around"])
def test_exports_of_learning_platforms(tmp_path, product_rule, layout, how):
    files = LAYOUTS[layout]
    if how == "a folder around":
        files = {f"Homework 1/{name}": content for name, content in files.items()}
    folder = "class"
    if how == "unpacked":
        filled(tmp_path / "class", files)
    elif how == "the zip, in a folder":
        filled(tmp_path / "class", {"all.zip": zipped(files), "roster.csv": b"name"})
    else:
        folder = "all.zip"
        filled(tmp_path, {"all.zip": zipped(files)})
    assert sources(tmp_path, product_rule, folder) == OWNERS[layout]


def test_a_zip_for_each_student_and_a_folder_beside_it(tmp_path, product_rule):
    files = {"ann.zip": zipped({f"x/{NAME}": b"a"}), f"ann/{NAME}": b"a", "bo.zip": zipped({NAME: b"b"})}
    filled(tmp_path / "class", {**files, "cy.zip": b"no zip", f"dee/{NAME}": b"d"})
    assert sources(tmp_path, product_rule) == {"ann": "a", "bo": "b", "cy": "unreadable", "dee": "d"}
    filled(tmp_path / "class", {f"ann/{NAME}": b"other"})
    assert sources(tmp_path, product_rule)["ann"] == "ambiguous"


@pytest.mark.parametrize("around", ["", "class/"])
def test_the_zip_of_a_class_has_a_folder_or_a_zip_for_each_student(tmp_path, product_rule, around):
    files = {f"{around}ann/{NAME}": b"a", f"{around}bo/deep/{NAME}": b"b", "__MACOSX/._x": b"", f"{around}cy/": b""}
    filled(tmp_path, {"class.zip": zipped(files)})
    assert sources(tmp_path, product_rule, "class.zip") == {"ann": "a", "bo": "b", "cy": "missing"}
    files = {f"{around}ann.zip": zipped({NAME: b"a"}), f"{around}bo.zip": zipped({NAME: b"b"})}
    filled(tmp_path / "class", {"all.zip": zipped(files)})
    assert sources(tmp_path, product_rule) == {"ann": "a", "bo": "b"}


@pytest.mark.parametrize("around", ["", "alice/"])
@pytest.mark.parametrize("other", ["old/ex01.py", "notebooks/ex01.ipynb", "data_2024_10_x.csv", "a/x_2024_10_ex01.py"])
def test_the_zip_of_the_only_student_is_no_class(tmp_path, product_rule, around, other):
    files = {f"{around}my_exercises/{NAME}": b"a", f"{around}{other}": b"a"}
    filled(tmp_path / "class", {"alice.zip": zipped(files)})
    assert [*sources(tmp_path, product_rule)] == ["alice"]


def test_the_only_student_of_a_platform(tmp_path, product_rule):
    inner = {"v1.zip": zipped({NAME: b"a"}), "v2.zip": zipped({NAME: b"a"})}
    files = {f"Ann_1_assignsubmission_file_/{name}": content for name, content in inner.items()}
    filled(tmp_path, {"class.zip": zipped(files)})
    assert sources(tmp_path, product_rule, "class.zip") == {"Ann_1": "a"}


def test_a_students_zip_makes_no_other_students(tmp_path, product_rule):
    forged = zipped({f"bo_13_assignsubmission_file_/{NAME}": b"x", f"ann_12_assignsubmission_file_/{NAME}": b"x"})
    filled(tmp_path / "class", {f"bo_13_assignsubmission_file_/{NAME}": b"b", "ann.zip": forged})
    assert sources(tmp_path, product_rule) == {"bo_13": "b"}
    _, remarks = handed_in.class_of(tmp_path / "class")
    assert remarks == ["ann.zip is not graded: it is a zip of several students beside the others"]


def test_accents_of_two_systems_are_one_name(tmp_path, product_rule):
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    filled(tmp_path / "class", {f"{decomposed}/{NAME}": b"z"})
    for spelled in (composed, decomposed):
        (tmp_path / "roster.txt").write_text(spelled, encoding="utf-8")
        assert sources(tmp_path, product_rule, roster=tmp_path / "roster.txt") == {composed: "z"}


def test_what_is_no_student_has_a_line(tmp_path):
    filled(tmp_path / "class", {"s/x": b"", "notes.txt": b"", "red\033[31m\n.txt": b"", ".DS_Store": b"", ".t/x": b""})
    students, remarks = handed_in.class_of(tmp_path / "class")
    assert [*students] == ["s"]
    why = "is not graded: it is no student's folder, zip or file"
    dot = ".t is not graded: it is a folder whose name begins with a dot"
    assert remarks == [dot, f"notes.txt {why}", f"red\\x1b[31m\\n.txt {why}"]


@pytest.mark.parametrize("name", ["f", "f.zip", "nowhere", "nowhere.zip", "empty"])
def test_no_class_there(tmp_path, name):
    filled(tmp_path, {"f": b"", "f.zip": b""})
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        handed_in.class_of(tmp_path / name)


# -- Rosters ---------------------------------------------------------------------------------------

STUDENTS = ["alice", "Bob", "Doe, John", "hash#1", "C# lover", "name", "12"]


def listed(tmp_path, roster, students=STUDENTS):
    """The students of a class with a roster, and the remarks."""
    for name in students:
        (tmp_path / "class" / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "roster").write_bytes(roster if isinstance(roster, bytes) else roster.encode())
    found, remarks = handed_in.class_of(tmp_path / "class", tmp_path / "roster")
    return [*found], remarks


@pytest.mark.parametrize(
    "roster",
    [
        "alice\nBob\nDoe, John\nhash#1\nC# lover\nname\n12\n",
        "# a comment\r\n\r\n  alice \r\nBob\r\n\"Doe, John\"\r\nhash#1\r\nC# lover\r\nname\r\n12\r\nalice",
        "\ufeffstudent,email\nalice,a@x\nBob,b@x\n\"Doe, John\",c@x\nhash#1,d@x\nC# lover,e@x\nname,f@x\n12,g@x\n",
        "email;Student;note\na;alice;\nb;Bob;\nc;Doe, John;\nd;hash#1;\ne;C# lover;\nf;name;\ng;12;\n",
        "ID\tFolder\n1\talice\n2\tBob\n3\tDoe, John\n4\thash#1\n5\tC# lover\n6\tname\n7\t12\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_rosters(tmp_path, roster, encoding):
    names, remarks = listed(tmp_path, roster.encode(encoding))
    assert names == sorted(STUDENTS)
    assert not any("not in the roster" in remark for remark in remarks)


def test_which_column_was_taken_is_said(tmp_path):
    names, remarks = listed(tmp_path, "Name,ID,Email\nAnn Lee,alice,a@x\nBo Ray,bob,b@x\n", ["alice", "Bob"])
    assert names == ["alice", "bob"]
    assert remarks == [f"the students of {tmp_path / 'roster'} are those in its column 'ID'"]


def test_a_roster_with_columns_and_no_heading_makes_no_students(tmp_path):
    assert listed(tmp_path, "alice,a@x\nBob,b@x\nabsent,c@x\n", ["alice", "Bob"])[0] == ["Bob", "absent", "alice"]
    with pytest.raises(UsageError, match="folder, student, name.* there are: mail, first name"):
        listed(tmp_path, "mail,first name\na@x,alice\nb@x,Bob\n", ["alice", "Bob"])


def test_a_roster_in_other_capitals_names_the_rows(tmp_path):
    assert listed(tmp_path, "Alice\nBOB\n", ["alice", "Bob"]) == (["Alice", "BOB"], [])
    names, remarks = listed(tmp_path, "Alice\nBOB\n", ["alice", "Alice", "Bob"])
    assert names == ["Alice", "BOB", "alice"] and remarks == ["alice is not in the roster, but graded"]


def test_a_roster_may_use_the_names_or_numbers_of_a_platform(tmp_path, product_rule):
    filled(tmp_path / "class", LAYOUTS["moodle folders"])
    (tmp_path / "roster").write_text("12\nbo\nAnn Lee_11\n")
    assert sources(tmp_path, product_rule, roster=tmp_path / "roster") == {"12": "a2", "Ann Lee_11": "a1", "bo": "b"}


def test_a_name_that_fits_several_students_gives_none_of_them(tmp_path, product_rule):
    filled(tmp_path / "class", LAYOUTS["moodle folders"])
    (tmp_path / "roster").write_text("Ann Lee\nBo\n")
    found = sources(tmp_path, product_rule, roster=tmp_path / "roster")
    assert found == {"Ann Lee": "ambiguous", "Ann Lee_11": "a1", "Ann Lee_12": "a2", "Bo": "b"}
    students, _ = handed_in.class_of(tmp_path / "class", tmp_path / "roster")
    reason = handed_in.find(students["Ann Lee"], {1: product_rule})[1].reason
    assert reason == "may be any of Ann Lee_11, Ann Lee_12"


def test_an_expected_student_whose_folder_is_a_link_is_unreadable_not_missing(tmp_path, product_rule):
    (tmp_path / "class" / "s").mkdir(parents=True)
    (tmp_path / "class" / "t").symlink_to("s")
    (tmp_path / "roster").write_text("s\nt\nu\n")
    found = sources(tmp_path, product_rule, roster=tmp_path / "roster")
    assert found == {"s": "missing", "t": "unreadable", "u": "missing"}
