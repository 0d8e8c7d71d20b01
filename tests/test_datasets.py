"""The shipped data: what it holds, that it is what was published, and what is said when it is not."""

import hashlib
import importlib.util
import re
import shutil

import numpy as np
import pytest

import minigrad as mg
from minigrad import datasets
from minigrad.datasets import load_digits


def test_digits_have_the_documented_shapes_types_and_ranges():
    for part, length in zip(load_digits(), (1347, 450), strict=True):
        images, labels = part.tensors
        assert (images.shape, images.dtype) == ((length, 64), mg.float32)
        assert (labels.shape, labels.dtype) == ((length,), mg.int64)
        assert (images.min().item(), images.max().item()) == (0.0, 1.0)
        assert set(labels.tolist()) == set(range(10))
        image, label = part[0]
        assert (image.shape, label.shape) == ((64,), ())


def test_digits_are_scikit_learns_stratified_split_row_for_row():
    from sklearn.datasets import load_digits as published
    from sklearn.model_selection import train_test_split

    pixels, labels = published(return_X_y=True)
    split = train_test_split(pixels / 16, labels, test_size=0.25, random_state=0, stratify=labels)
    train, test = load_digits()
    for ours, theirs in zip((train.tensors[0], test.tensors[0], train.tensors[1], test.tensors[1]), split, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)


def test_two_calls_share_no_memory():
    (first, _), (second, _) = load_digits(), load_digits()
    first.tensors[0].numpy()[:] = 7
    assert second.tensors[0].max().item() == 1.0


def test_the_table_the_readme_and_the_files_agree():
    readme = (datasets.FOLDER / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL))
    files = {path.name for path in datasets.FOLDER.iterdir() if path.suffix not in (".md", ".py") and path.is_file()}
    assert set(datasets.SHA256) == set(sections) == files
    for name, expected in datasets.SHA256.items():
        assert hashlib.sha256((datasets.FOLDER / name).read_bytes()).hexdigest() == expected
        assert expected in sections[name]
        assert "Source" in sections[name] and "Licence" in sections[name]


def test_the_script_makes_the_file_again_byte_for_byte(tmp_path):
    spec = importlib.util.spec_from_file_location("make", datasets.FOLDER / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert make.digits(tmp_path).read_bytes() == (datasets.FOLDER / "digits.npz").read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data that a test may spoil."""
    copy = tmp_path / "data"
    shutil.copytree(datasets.FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(datasets, "FOLDER", copy)
    return copy


def test_a_missing_file_is_named_with_the_remedy(folder):
    path = folder / "digits.npz"
    path.unlink()
    with pytest.raises(FileNotFoundError, match=rf"{re.escape(str(path))} is missing; reinstall minigrad"):
        load_digits()


@pytest.mark.parametrize("spoil", [lambda b: b"", lambda b: b[:-1], lambda b: b[:5000] + b"\x01" + b[5001:]])
def test_a_damaged_file_is_named_with_the_remedy(folder, spoil):
    path = folder / "digits.npz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(OSError, match=rf"{re.escape(str(path))} is damaged .*; reinstall minigrad"):
        load_digits()
