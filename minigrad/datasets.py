"""The data sets that ship with minigrad, each as a pair of `TensorDataset`s: one to train on, one to test on.

Where the files come from, their licences and how they were made: `data/README.md`. Nothing is downloaded.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from .ops.creation import from_numpy
from .utils.data import TensorDataset

_HERE = Path(__file__).resolve().parent
FOLDER = _HERE / "data" if (_HERE / "data").is_dir() else _HERE.parent / "data"  # installed, or in a checkout

SHA256 = {
    "digits.npz": "b14c7755752b70b2b66d43f4f93ccc5f064f272f08c832cd42095eac82cc6fa0",
}


def load_digits():
    """1,797 handwritten digits, 8x8 pixels each, as `(train, test)` with 1,347 and 450 of them.

    Each item is an image, float32 (64,), the rows of pixels one after the other, 0 (paper) to 1 (ink), and its label,
    int64 in 0..9. `images.reshape(-1, 1, 8, 8)` is the batch that a convolution wants. The split is fixed and
    stratified: both parts hold the ten digits in equal shares. In each part, `tensors` is the pair (images, labels).

    Raises FileNotFoundError if the file is missing and OSError if it is damaged.

    >>> train, test = load_digits()
    >>> images, labels = train.tensors
    >>> len(train), len(test), images.shape, labels[:4].tolist()
    (1347, 450, (1347, 64), [7, 3, 6, 6])
    """
    arrays = _read("digits.npz")
    images = arrays["x"].astype(np.float32) / 16
    return _split(arrays, images, arrays["y"].astype(np.int64))


def _split(arrays, *columns):
    """`(train, test)`: the rows of each column that the arrays `train` and `test` of the file list."""
    return tuple(TensorDataset(*[from_numpy(column[arrays[part]]) for column in columns]) for part in ("train", "test"))


def _read(name):
    """The arrays of a file by their names, once its bytes are known to be those that were published."""
    path = FOLDER / name
    repair = "reinstall minigrad, or in a checkout run `git checkout -- data`"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"the data file {path} is missing; {repair}") from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise OSError(f"the data file {path} is damaged (its SHA-256 is not the published one); {repair}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)
