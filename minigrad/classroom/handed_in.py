"""What a class has handed in: whose each folder, file or zip is, and which of the files answers
which exercise.

A student's part of the class is a folder, a zip, or files whose names begin with the student's, as
Moodle and Canvas export them. In it an answer may lie in any folder, be a notebook, and be called
anything with the exercise's number in it, such as `alice_ex01_codes (1).py` or `Exercise 1.ipynb`.
"""

import collections
import dataclasses
import functools
import os
import re
import unicodedata

from . import roster
from .checker import LARGEST
from .progress import LARGEST as LARGEST_NOTEBOOK
from .progress import DEFAULT, UsageError, code_of_notebook, in_utf8
from .show import printable
from .tree import (
    ENTRIES,
    ENVIRONMENT,
    Bounds,
    DiskFile,
    Unusable,
    in_folder,
    in_zip,
    is_hidden,
    is_zip,
    opened,
    same_letters,
)

MOODLE = re.compile(r"(.+)_(\d+)_assignsubmission_(?:file|onlinetext)_?(.*)", re.DOTALL)
CANVAS = re.compile(r"([^_]+)(?:_late)?_(\d+)_\d+_(.+)", re.DOTALL | re.IGNORECASE)
NUMBER = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=E))(?i:ex(?:ercise)?)[ ._-]*0*([0-9]{1,4})(?![0-9])"
)
ANSWERS = (".py", ".ipynb")
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz")
CLONE = ("minigrad", "classroom")  # leads from minigrad's own folder to this package
OWN = {"minigrad", "lessons", "tests", "data", "build"}  # in that folder, and no student's work
MOST = 10  # files for one exercise that are compared


@dataclasses.dataclass(frozen=True)
class HandedIn:
    """The answer to one exercise: its bytes and the file's name. Without one `source` is None,
    `status` missing, unreadable, ambiguous or too large, and `reason` says why.
    """

    source: bytes | None
    name: str = ""
    status: str = ""
    reason: str = ""


class Student:
    """`name`, as in the tables; `others`: what a roster may call the student instead; `places`:
    functions that list the student's files within Bounds; `trouble`: an Unusable in their stead.
    """

    def __init__(self, name, others=(), trouble=None):
        self.name, self.others, self.trouble = name, others, trouble
        self.places = []

    @property
    def called(self):
        """All names of the student, without regard to capitals."""
        return {same_letters(name) for name in (self.name, *self.others)}


# -- The class -------------------------------------------------------------------------------------


def class_of(folder, listed=None):
    """The students of a folder or a zip, and of the roster `listed`, by name in order, and lines
    about what is no student or not in the roster.
    """
    students, strays = {}, {}
    _sort_out(_top(folder), students, strays)
    remarks = [f"{name} is not graded: it {why}" for name, why in sorted(strays.items())]
    if listed is not None:
        known = {name for student in students.values() for name in student.called}
        names, heading = roster.read(listed, known)
        if heading is not None:
            remarks.append(f"the students of {listed} are those in its column {heading!r}")
        expected = _called(sorted(set(map(_spelled, names))), students, strays)
        remarks += [f"{name} is not in the roster, but graded" for name in sorted(students)]
        students.update(expected)
    if not students:
        raise UsageError(
            f"{folder} holds no folder: it must hold one for each student, with their files in it"
        )
    return {name: students[name] for name in sorted(students)}, remarks


def _top(folder):
    """(name, place or file) for all that lies directly in the class's folder or zip."""
    if is_zip(folder.name) and folder.is_file():
        bounds = Bounds(10 * ENTRIES)
        try:
            return _top_of_zip(in_zip(DiskFile((folder.name,), folder), bounds))
        except Unusable as error:
            raise UsageError(str(error)) from None
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    try:
        with os.scandir(folder) as found:
            entries = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in found)
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from None
    return [
        (name, functools.partial(in_folder, folder / name))
        if is_folder
        else (name, DiskFile((name,), folder / name))
        for name, is_folder in entries
    ]


def _top_of_zip(files):
    """As `_top`, for the files of a zip."""
    files = _unwrapped(files)
    top = [(file.name, file) for file in files if len(file.path) == 1]
    folders = collections.defaultdict(list)
    for file in files:
        if len(file.path) > 1:
            folders[file.path[0]].append(file.at(file.path[1:]))
    return top + [(name, functools.partial(_of_files, files)) for name, files in folders.items()]


def _of_files(files, bounds):
    for file in files:
        yield from opened(file, bounds)


def _sort_out(top, students, strays):
    """Give each thing in the class's folder to its student, or put it with the strays."""
    hidden = [name for name, thing in top if name.startswith(".") and callable(thing)]
    strays |= {printable(name): "is a folder whose name begins with a dot" for name in hidden}
    top = [(name, thing) for name, thing in top if name and not is_hidden(name)]
    alone = sum(is_zip(name) or _owner(name, thing) is not None for name, thing in top) == 1
    for name, thing in top:
        owner = _owner(name, thing)
        if isinstance(thing, DiskFile) and thing.is_link:
            strays[printable(name)] = "is a link, which is not followed"
        elif owner is not None:
            name, number, rest = owner
            _add(students, name, number, thing.at((rest,)) if rest else thing)
        elif is_zip(name):
            _sort_out_zip(thing, alone, students, strays)
        else:
            strays[printable(name)] = "is no student's folder, zip or file"


def _sort_out_zip(file, alone, students, strays):
    """Take a zip for a student's, or if it is all that there is, for the class's if it can be."""
    try:
        files = _unwrapped(in_zip(file, Bounds(10 * ENTRIES if alone else ENTRIES)))
    except Unusable:  # which will be told as the student's
        files = []
    if not _is_class(files):
        _add(students, file.name[: -len(".zip")], "", file)
    elif alone:
        _sort_out(_top_of_zip(files), students, strays)
    else:
        strays[printable(file.name)] = "is a zip of several students beside the others"


def _owner(name, thing):
    """(name, number, name of the file) of the student whose folder or file this is, or None."""
    is_folder = callable(thing)
    match = MOODLE.fullmatch(name) or (not is_folder and CANVAS.fullmatch(name))
    if match:
        return match[1], match[2], "" if is_folder else match[3]
    return (name, "", "") if is_folder else None


def _add(students, name, number, thing):
    """Add a place or a file to a student's; two of one name are kept apart by their numbers."""
    others = (_spelled(name), number) if number else ()
    full = _spelled(f"{name}_{number}" if number else name)
    student = students.setdefault(full, Student(full, others))
    student.places.append(thing if callable(thing) else functools.partial(_of_files, [thing]))


def _spelled(name):
    return printable(unicodedata.normalize("NFC", name))


def _unwrapped(files):
    """The files of a zip, without a folder around all that there is of a class."""
    inner = [file.at(file.path[1:]) for file in files if len(file.path) > 1]
    around = {file.path[0] for file in files}
    single = len(around) == 1 and len(inner) == len(files) and not _is_class(files)
    return inner if single and _is_class(inner) else files


def _is_class(files):
    """Whether files are those of several students: named by a platform, or in a folder each."""
    if any(MOODLE.fullmatch(file.path[0]) for file in files):
        return True
    flat = [CANVAS.fullmatch(file.name) for file in files if len(file.path) == 1]
    if any(match and _may_answer(match[3]) for match in flat):
        return True
    files = [file for file in _of_student(files) if _may_answer(file.name)]
    apart = all(len(file.path) > 1 or is_zip(file.name) for file in files)
    heads = {file.path[0] for file in files}
    return apart and len(heads) > 1 and DEFAULT not in heads


def _may_answer(name):
    return is_zip(name) or _number(name) is not None


def _called(names, students, strays):
    """The students of a roster, taken from `students`: called so, or so in other capitals, or so
    by a platform.
    """
    found, taken = {}, set()
    rules = (
        (lambda student: {student.name}, str),
        (lambda student: {same_letters(student.name)}, same_letters),
        (lambda student: student.called, same_letters),
    )
    for names_of, spelled in rules:
        by_name = collections.defaultdict(list)
        for student in students.values():
            for name in names_of(student):
                by_name[name].append(student)
        for name in sorted(set(names) - set(found)):
            fitting = [student for student in by_name[spelled(name)] if student not in taken]
            if len(fitting) == 1:
                found[name] = students.pop(fitting[0].name)
                found[name].name = name
                taken.add(found[name])
            elif fitting:
                who = ", ".join(student.name for student in fitting)
                found[name] = Student(name, trouble=Unusable("ambiguous", f"may be any of {who}"))
    for name in set(names) - set(found):
        why = strays.get(name)
        found[name] = Student(name, trouble=why and Unusable("unreadable", f"{name} {why}"))
    return found


# -- A student -------------------------------------------------------------------------------------


def find(student, masters):
    """What a student has handed in for each exercise: a HandedIn by the exercise's number."""
    if student.trouble:
        nothing = HandedIn(None, "", student.trouble.status, str(student.trouble))
        return dict.fromkeys(masters, nothing)
    bounds = Bounds()
    files = [file for place in student.places for file in place(bounds)]
    files = sorted(_of_student(files), key=lambda file: (len(file.path), file.path))
    candidates = collections.defaultdict(list)
    for file in files:
        candidates[_number(file.name)].append(file)
    return {
        number: _chosen(candidates[number], master, bounds)
        if number in candidates
        else _nothing(student, files, bounds, master)
        for number, master in masters.items()
    }


def _of_student(files):
    """The files that are not minigrad's own, in a clone of it or an installation."""
    clones, environments = set(), set()
    for file in files:
        path = file.path
        clones |= {path[:i] for i in range(len(path) - 2) if path[i : i + 2] == CLONE}
        if file.name == ENVIRONMENT:
            environments.add(path[:-1])
    environments.discard(())
    return [
        file
        for file in files
        if not any(
            file.path[:i] in environments or (file.path[:i] in clones and file.path[i] in OWN)
            for i in range(len(file.path))
        )
    ]


def _number(name):
    """The number of the exercise that a file of this name answers, or None."""
    stem, extension = os.path.splitext(name)
    match = NUMBER.search(stem)
    answers = match and extension.casefold() in ANSWERS and not stem.startswith("test_")
    return int(match[1]) if answers else None


def _chosen(files, master, bounds):
    """The one answer among files, if it is one."""
    named = ", ".join(_spelled(file.shown) for file in files[:MOST])
    if len(files) > MOST:
        return HandedIn(None, "", "ambiguous", f"{len(files)} files for it: {named}, ...")
    read = [(file, _read(file, bounds)) for file in files]
    starter = _essence(master.starter.encode())
    read = [(f, h) for f, h in read if h.source is None or _essence(h.source) != starter] or read
    scripts = {_without_extension(file) for file, _ in read if not _is_notebook(file)}
    read = [(f, h) for f, h in read if not (_is_notebook(f) and _without_extension(f) in scripts)]
    contents = {
        handed.source if handed.source is None else _essence(handed.source) for _, handed in read
    }
    if len(contents) == 1:
        return read[0][1]
    named = ", ".join(_spelled(file.shown) for file, _ in read)
    return HandedIn(None, "", "ambiguous", f"several files that differ: {named}")


def _read(file, bounds):
    name = _spelled(file.shown)
    try:
        data = file.read(LARGEST_NOTEBOOK if _is_notebook(file) else LARGEST)
        bounds.take_bytes(len(data))
        source = code_of_notebook(data, name) if _is_notebook(file) else in_utf8(data, name)
    except Unusable as error:
        return HandedIn(None, name, error.status, _spelled(str(error)))
    except UsageError as error:
        return HandedIn(None, name, "unreadable", str(error))
    if len(source) > LARGEST:
        reason = f"the code in {name} is larger than {LARGEST // 2**20} MB"
        return HandedIn(None, name, "too large", reason)
    return HandedIn(source, name)


def _essence(source):
    """What of a source is the same in a copy that came by another system."""
    return source.replace(b"\r\n", b"\n").strip()


def _is_notebook(file):
    return file.name.casefold().endswith(".ipynb")


def _without_extension(file):
    return os.path.splitext("/".join(file.path))[0]


def _nothing(student, files, bounds, master):
    """Why there is no answer to an exercise."""
    if not student.places:
        return HandedIn(None, "", "missing", "no folder")
    if bounds.troubles:
        trouble = bounds.troubles[0]
        return HandedIn(None, "", trouble.status, _spelled(str(trouble)))
    for file in files:
        name, extension = os.path.splitext(file.name.casefold())
        if extension in ARCHIVES:
            reason = f"{_spelled(file.shown)} is not unpacked: hand in a zip with no zip in it"
            return HandedIn(None, "", "unreadable", reason)
        match = NUMBER.search(name)
        other_kind = extension not in ANSWERS and not extension[1:].isdigit()  # a backup's number
        if match and int(match[1]) == master.number and other_kind:
            reason = f"no file {master.filename}; {_spelled(file.shown)} is neither .py nor .ipynb"
            return HandedIn(None, "", "missing", reason)
    return HandedIn(None, "", "missing", f"no file {master.filename}")
