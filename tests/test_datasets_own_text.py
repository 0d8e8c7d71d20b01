"""A text of one's own: what a lesson reads with `--text FILE`, and what it says of a file that is of no use."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.lesson import read_text

ROOT = Path(__file__).resolve().parents[1]
LESSON = '''"""A lesson to test with."""
from minigrad import lesson

run = lesson.start("21_small", text=10)
print(repr(run.text))
'''


def written(folder, content):
    path = folder / "own.txt"
    path.write_bytes(content)
    return path


def started(folder, *arguments):
    script = folder / "21_small.py"
    script.write_text(LESSON)
    command = [sys.executable, str(script), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60)


# -- What is read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"Call me Ishmael.", "Call me Ishmael."),
        (b"\n one\r\ntwo\rthree\n\n", "one\ntwo\nthree"),
        ("\ufeffna\u00efve \u9cb8\u9c7c \U0001f433 whale".encode(), "na\u00efve \u9cb8\u9c7c \U0001f433 whale"),
    ],
    ids=["plain", "line ends", "a mark, and 1 to 4 bytes"],
)
def test_the_text_without_a_mark_without_white_space_around_it_and_with_line_breaks(tmp_path, content, text):
    assert read_text(written(tmp_path, content), least=10) == text


@pytest.mark.parametrize("kind", ["a", "\u00e9", "\u9cb8", "\U0001f433"], ids=["1", "2", "3", "4 bytes"])
def test_of_a_long_file_the_first_characters_whole(tmp_path, capsys, kind):
    path = written(tmp_path, ("\ufeffb" + 300 * kind).encode())
    assert read_text(path, least=10, most=100) == "b" + 99 * kind
    assert capsys.readouterr().out == f"text: only the first 100 characters of {path} are read\n"
    assert read_text(path, least=10, most=301) == "b" + 300 * kind
    assert capsys.readouterr().out == ""


def test_a_huge_file_is_not_read_to_its_end(tmp_path, capsys):
    path = tmp_path / "huge.txt"
    with open(path, "wb") as file:
        file.write(b"abcdefghij" * 500_000)
        file.truncate(10**12)  # a terabyte, of which nothing lies on the disk
    assert read_text(path) == 100_000 * "abcdefghij"
    assert "only the first 1,000,000 characters" in capsys.readouterr().out


# -- What is said of a file that is of no use ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "own.txt is empty"),
        (b" \r\n\t\n" * 900, "own.txt is empty"),
        (b"  ab\n", "own.txt is too short: 2 characters, and 1,000 are needed"),
        (b"ab" * 499, "own.txt is too short: 998 characters, and 1,000 are needed"),
        (b"z" * 2000, "own.txt holds only one kind of character: 'z'"),
        (b"caf\xe9 " * 900, r"own.txt is not UTF-8: its byte 3 \(from 0\) is 0xE9; save it as UTF-8"),
        ("whale".encode("utf-16") * 900, r"own.txt is not UTF-8: its byte 0 \(from 0\) is 0xFF"),
        (b"a" * 2000 + "\u9cb8".encode()[:2], r"own.txt is not UTF-8: its byte 2000 \(from 0\) is 0xE9"),
    ],
)
def test_a_file_of_no_use_is_told_with_the_reason(tmp_path, content, message):
    with pytest.raises(OSError, match=message):
        read_text(written(tmp_path, content))


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(f"there is no file {tmp_path / 'none.txt'}")):
        read_text(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError, match=re.escape(f"{tmp_path} is a folder: name a file in it")):
        read_text(tmp_path)
    with pytest.raises(OSError, match="cannot read .*own.txt/below: Not a directory"):
        read_text(written(tmp_path, b"x") / "below")


# -- The argument --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_lesson_gets_the_text_or_none(tmp_path):
    path = written(tmp_path, b"Call me Ishmael.\n")
    assert started(tmp_path).stdout == "None\n"
    assert started(tmp_path, "--text", path).stdout == "'Call me Ishmael.'\n"
    assert "--text FILE" in started(tmp_path, "--help").stdout


def test_a_file_of_no_use_ends_the_lesson_in_one_line(tmp_path):
    result = started(tmp_path, "--text", written(tmp_path, b"Call me"))
    expected = f"lesson 21: {tmp_path / 'own.txt'} is too short: 7 characters, and 10 are needed\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", expected)
