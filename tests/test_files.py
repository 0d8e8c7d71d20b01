"""minigrad.files: who looks at a path sees the old content or the new, and what is no plain file stays what it is."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from minigrad.files import check_writable, write_whole, written_whole

ROOT = Path(__file__).resolve().parents[1]


NOBODY = """
import os, sys
from minigrad.files import check_writable, write_whole
if os.getuid() == 0:  # who may write everywhere, and replace the devices of the system
    os.setuid(65534)
"""


def run_as_nobody(code, *arguments, **options):
    command = [sys.executable, "-c", NOBODY + code, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, timeout=60, text=True, stderr=subprocess.STDOUT, **options)


def test_text_and_bytes_are_written_and_nothing_else_is_left(tmp_path):
    write_whole(tmp_path / "text", "größe\n")
    write_whole(str(tmp_path / "bytes"), b"\0\n")
    assert (tmp_path / "text").read_bytes() == "größe\n".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\0\n"
    assert sorted(os.listdir(tmp_path)) == ["bytes", "text"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_while_writing_leaves_the_old_file(error, tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(error), written_whole(tmp_path / "file") as file:
        file.write(b"new")
        raise error
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("target", ["there", "new"])
def test_the_target_of_links_is_written_and_they_stay(target, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "there").write_text("old")
    (tmp_path / "second").symlink_to(f"elsewhere/{target}")
    (tmp_path / "first").symlink_to("second")
    write_whole(tmp_path / "first", "new")
    assert (tmp_path / "elsewhere" / target).read_text() == "new"
    assert (tmp_path / "first").is_symlink() and (tmp_path / "second").is_symlink()


def test_a_file_keeps_its_permissions_and_a_new_one_has_the_usual(tmp_path):
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "plain").touch()
    for name in ("secret", "new"):
        write_whole(tmp_path / name, "x")
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_pipes_are_written_to_and_stay(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    check_writable(pipe)
    write_whole(pipe, "through the pipe")
    reader.join(timeout=60)
    assert got == ["through the pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_devices_are_written_to():
    code = "for path in sys.argv[1:]: check_writable(path), write_whole(path, 'gone')"
    assert run_as_nobody(code, "/dev/null", stdout=subprocess.PIPE).stdout == ""
    if os.path.exists("/dev/full"):
        assert "No space left" in run_as_nobody(code, "/dev/full", stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_gets_it_between_what_is_printed(path, tmp_path):
    (tmp_path / "link").symlink_to(path)  # a link of our own: no fault may replace the system's
    write = f"write_whole({str(tmp_path / 'link')!r}, 'written\\n')"
    code = f"from minigrad.files import write_whole\nprint('before')\n{write}\nprint('after')"
    command = [sys.executable, "-c", code]
    options = {"env": {**os.environ, "PYTHONPATH": str(ROOT)}, "check": True}
    piped = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, **options)
    assert piped.stdout == "before\nwritten\nafter\n"
    with open(tmp_path / "file", "w") as file:
        subprocess.run(command, stdout=file, timeout=60, **options)
    assert (tmp_path / "file").read_text() == "before\nwritten\nafter\n"
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


@pytest.mark.parametrize("write", [check_writable, lambda path: write_whole(path, "x")], ids=["check", "write"])
def test_where_no_file_can_be_is_an_error(write, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "round").symlink_to("round")
    errors = {".": IsADirectoryError, "none/file": FileNotFoundError}
    errors |= {"file/below": NotADirectoryError, "round": OSError}
    for name, error in errors.items():
        with pytest.raises(error):
            write(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "round"]


def test_a_check_leaves_nothing(tmp_path):
    (tmp_path / "old").write_text("old")
    check_writable(tmp_path / "old")
    check_writable(tmp_path / "new")
    assert os.listdir(tmp_path) == ["old"] and (tmp_path / "old").read_text() == "old"


@pytest.mark.parametrize("call", ["check_writable(path)", "write_whole(path, 'new')"])
def test_what_may_not_be_written_to_is_refused(call):
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is closed to other users
        refused(call, Path(folder))


def refused(call, tmp_path):
    closed, locked = tmp_path / "closed", tmp_path / "locked"
    closed.mkdir()
    (closed / "old").write_text("old")
    locked.write_text("old")
    os.chmod(tmp_path, 0o777)
    os.chmod(closed, 0o555)
    os.chmod(locked, 0o444)
    code = f"""
for path in sys.argv[1:]:
    try:
        {call}
    except PermissionError as error:
        print(error.strerror)
"""
    done = run_as_nobody(code, closed / "old", closed / "new", locked, stdout=subprocess.PIPE)
    os.chmod(closed, 0o755)
    assert done.stdout == "Permission denied\n" * 3
    assert (closed / "old").read_text() == "old" and locked.read_text() == "old"
    assert os.listdir(closed) == ["old"]
