"""What holds of every lesson, as its readers run it: fresh processes, from anywhere, through a pipe, no screen."""

import shutil

import pytest

from tests.lessons.running import LESSONS, ROOT, last_line, run

SOFTMAX = ROOT / "lessons" / "04_softmax_classifier.py"

# -- Every lesson --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def quick(request, tmp_path_factory):
    """Two quick runs of a lesson with one seed, from an empty folder."""
    here = tmp_path_factory.mktemp("here")
    return request.param, here, [run(request.param, "--quick", "--out", here / out, cwd=here) for out in ("one", "two")]


def test_a_lesson_runs_quietly_from_anywhere_and_saves_its_two_files(quick):
    path, here, (result, _) = quick
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(file.name for file in (here / "one").iterdir()) == [f"{path.stem}.csv", f"{path.stem}.png"]
    assert sorted(folder.name for folder in here.iterdir()) == ["one", "two"]


def test_a_lesson_ends_with_a_line_for_machines(quick):
    path, here, (result, _) = quick
    numbers, picture = last_line(result.stdout)
    assert numbers["lesson"] == int(path.name[:2])
    assert numbers["seed"] == 0
    assert here / picture == here / "one" / f"{path.stem}.png"
    assert (here / picture).is_file()


def test_a_lesson_gives_the_same_bytes_for_the_same_seed(quick):
    path, here, (first, second) = quick
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
    for suffix in (".png", ".csv"):
        one, two = ((here / out / path.stem).with_suffix(suffix).read_bytes() for out in ("one", "two"))
        assert one == two


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_the_form(path):
    text = path.read_text(encoding="ascii")
    lines = text.splitlines()
    assert len(lines) <= 150
    headings = [line.removeprefix("# %% ") for line in lines if line.startswith("# %% ")]
    rhythm = ["The claim", "What happens", "Why", "The right version", "The experiment", "The picture", "Your turn"]
    assert [heading for heading in headings if heading in rhythm] == rhythm


# -- python -m lessons ---------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_lesson():
    result = run("-m", "lessons", cwd=ROOT)
    assert (result.returncode, result.stderr) == (0, "")
    listed = [line.split(maxsplit=1) for line in result.stdout.splitlines()[2:]]
    assert [int(number) for number, _ in listed] == [int(path.name[:2]) for path in LESSONS]
    assert dict(listed)["4"].startswith("The softmax classifier:")


@pytest.mark.parametrize("number", ["4", "04"])
def test_a_lesson_runs_by_its_number(number, tmp_path):
    result = run("-m", "lessons", number, "--quick", "--out", tmp_path, cwd=ROOT)
    assert (result.returncode, result.stderr) == (0, "")
    assert last_line(result.stdout)[1] == tmp_path / "04_softmax_classifier.png"


@pytest.mark.parametrize("number", ["99", "0", "four", "-4", "4.0"])
def test_a_wrong_number_gives_the_list(number):
    result = run("-m", "lessons", number, cwd=ROOT)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"there is no lesson {number}" in result.stderr
    assert "   4  The softmax classifier:" in result.stderr


def test_wrong_arguments_behind_the_number_are_the_lessons_usage_error():
    result = run("-m", "lessons", "4", "--lr", "fast", cwd=ROOT)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: 04_softmax_classifier.py")


# -- Damaged data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "said"), [(None, "is missing"), (b"not the digits", "is damaged")])
def test_data_that_is_not_right_ends_a_lesson_in_one_line(content, said, tmp_path):
    ignore = shutil.ignore_patterns("__pycache__", "output")
    for folder in ("minigrad", "lessons", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    file = tmp_path / "data" / "digits.npz"
    file.unlink()
    if content:
        file.write_bytes(content)
    result = run(tmp_path / "lessons" / SOFTMAX.name, "--quick", "--no-progress", cwd=tmp_path, root=tmp_path)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("lesson 04: ")
    assert f"{file} {said}" in result.stderr
