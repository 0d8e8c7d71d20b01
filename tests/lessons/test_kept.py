"""What is kept of full runs: believed only while it is whole and nothing that it depends on has changed."""

import shutil

import pytest

from tests.lessons import kept, running

STEM = "07_small"
RUN = ["said\n", {"loss": [0.1, 2.0**-60, float("inf")]}]
FILES = [f"lessons/{STEM}.py", "minigrad/core/tensor.py", "data/digits.npz", "tests/lessons/watched.py"]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Makes a tree of sources anew, with a text in each."""

    def make(name, **texts):
        root = tmp_path / name
        for path in FILES:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(texts.get(path, "as it was"))
        monkeypatch.setattr(kept, "root", root)

    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(kept, "folder", tmp_path / "kept")
    make("first")
    return make


def test_a_run_comes_back_in_every_number(tree):
    assert kept.get(STEM, 0) is None
    kept.put(STEM, 0, RUN)
    assert kept.get(STEM, 0) == RUN
    assert kept.get(STEM, 1) is None


@pytest.mark.parametrize("path", FILES)
def test_after_a_change_of_a_source_it_is_not_believed(tree, path):
    kept.put(STEM, 0, RUN)
    tree("changed", **{path: "changed"})
    assert kept.get(STEM, 0) is None
    tree("as_before")
    assert kept.get(STEM, 0) == RUN


@pytest.mark.parametrize("name", ["OPENBLAS_CORETYPE", "MINIGRAD_KERNELS", "NPY_DISABLE_CPU_FEATURES"])
def test_with_other_settings_it_is_not_believed(tree, name, monkeypatch):
    kept.put(STEM, 0, RUN)
    monkeypatch.setenv(name, "")
    assert kept.get(STEM, 0) is None


def test_a_part_and_a_changed_byte_are_not_believed(tree):
    kept.put(STEM, 0, RUN)
    (path,) = kept.folder.iterdir()
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        assert kept.get(STEM, 0) is None
        path.write_bytes(whole[:size] + bytes([whole[size] ^ 1]) + whole[size + 1 :])
        assert kept.get(STEM, 0) is None


def test_a_newer_run_takes_the_place_of_the_older_one_alone(tree):
    kept.put(STEM, 0, RUN)
    kept.put(STEM, 1, RUN)
    tree("changed", **{FILES[0]: "changed"})
    kept.put(STEM, 0, ["newer\n", {}])
    assert kept.get(STEM, 0) == ["newer\n", {}]
    assert len(list(kept.folder.iterdir())) == 2


@pytest.mark.slow
def test_what_is_kept_is_not_run_again_and_what_is_damaged_is(tmp_path, monkeypatch):
    """With lesson 05, the quickest, in a folder of its own."""
    monkeypatch.setattr(kept, "folder", tmp_path)
    monkeypatch.setattr(running, "runs", tmp_path / "runs")
    uncached, began = running.full_run.__wrapped__, []
    ran = running.run
    monkeypatch.setattr(running, "run", lambda *words, **options: began.append(words) or ran(*words, **options))
    (stem,) = [path.stem for path in running.LESSONS if path.name.startswith("05")]
    first, second = uncached(stem), uncached(stem)
    assert len(began) == 1 and first.stdout == second.stdout and list(first.table) == list(second.table)
    (path,) = [path for path in tmp_path.iterdir() if path.is_file()]
    path.write_bytes(path.read_bytes()[:-1])
    shutil.rmtree(running.runs)
    assert uncached(stem).stdout == first.stdout and len(began) == 2
