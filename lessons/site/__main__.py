"""Builds the course as a web site: `python -m lessons site OUT [--quick] [--only N]`."""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import pages

from minigrad.classroom.command import python, quoted
from minigrad.files import check_writable, write_whole

HERE = Path(__file__).parent
MARK = ".made-by-minigrad"  # in a folder that this command made, and may replace
NEEDED = (
    "sphinx",
    "sphinx_gallery",
    "sphinx-mathjax-offline",
    "myst_parser",
    "pydata_sphinx_theme",
)


class Refusal(Exception):
    """What is wrong with what was asked for, in one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        raise Refusal(message)


def asked(arguments):
    parser = Parser(
        prog="python -m lessons site", description=__doc__.splitlines()[0], allow_abbrev=False
    )
    parser.add_argument(
        "out", metavar="OUT", type=Path, help="folder of the site, new or made by this command"
    )
    parser.add_argument(
        "--quick", action="store_true", help="run the lessons in a second or two each"
    )
    parser.add_argument(
        "--only",
        metavar="N",
        type=int,
        action="append",
        help="this lesson, not all; can be repeated",
    )
    found = parser.parse_args(arguments)
    found.only = found.only or list(pages.LESSONS)
    if absent := [number for number in found.only if number not in pages.LESSONS]:
        raise Refusal(
            f"there is no lesson {absent[0]}: take a number from 1 to {len(pages.LESSONS)}"
        )
    found.only = sorted(set(found.only))
    return found


def check_installed():
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        install = quoted([python(), "-m", "pip", "install", ".[site]"])
        raise Refusal(f"{', '.join(missing)} not installed: type {install} in the checkout")


def check_replaceable(out):
    try:
        if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
            raise Refusal(
                f"{out} is not empty, and was not made by this command: name a new folder"
            )
        out.mkdir(parents=True, exist_ok=True)
        check_writable(out / MARK)
    except OSError as error:
        raise Refusal(f"cannot write to {out}: {error.strerror}") from None


def build(work, numbers, quick):
    """Build the site in the folder `work`, and return the folder of its pages."""
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    if not sys.stderr.isatty():
        nocolor()
    pages.write(work, numbers)
    hook = sys.excepthook
    with patch_docutils(HERE), docutils_namespace():
        app = Sphinx(
            srcdir=work / "source",
            confdir=HERE,
            outdir=work / "html",
            doctreedir=work / "doctrees",
            buildername="html",
            tags=["quick"] if quick else [],
            status=None,
        )
        sys.excepthook = hook  # each lesson sets its own
        failed = sorted(
            Path(path).stem for path in app.config.sphinx_gallery_conf["failing_examples"]
        )
        if failed:
            raise Refusal(f"failed: lesson {', '.join(stem[:2] for stem in failed)}")
        print("pages", flush=True)
        app.build()
    return work / "html"


def replace(out, made):
    for old in out.iterdir():
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    shutil.copytree(made, out, dirs_exist_ok=True)
    write_whole(out / MARK, "python -m lessons site replaces this folder\n")


def main(arguments):
    """Return the exit code: 2 for what cannot be done, 1 for a lesson that fails."""
    try:
        wanted = asked(arguments)
        check_installed()
        check_replaceable(wanted.out)
    except Refusal as refusal:
        print(f"python -m lessons site: {refusal}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as work:
        try:
            made = build(Path(work), wanted.only, wanted.quick)
        except Refusal as refusal:
            print(f"python -m lessons site: {refusal}", file=sys.stderr)
            return 1
        replace(wanted.out, made)
    print(f"open {wanted.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
