"""Makes the files in this folder from published packages: `python data/make.py [NAME ...]`, without names all.

Needs scikit-learn 1.9.1 (`pip install scikit-learn==1.9.1`). The files come out byte for byte as they lie here:
they are stored without compression, whose bytes would depend on the machine's zlib, and without dates.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent


def digits(folder):
    """The 1,797 digits of scikit-learn, and its stratified split into 1,347 and 450."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    rows = np.arange(len(labels), dtype=np.uint16)
    train, test = train_test_split(rows, test_size=0.25, random_state=0, stratify=labels)
    return _save(folder / "digits.npz", x=pixels.astype(np.uint8), y=labels.astype(np.uint8), train=train, test=test)


def _save(path, **arrays):
    np.savez(path, **arrays)
    return path


MAKERS = {"digits": digits}


def main(names):
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; known: {', '.join(MAKERS)}")
    for name in names or MAKERS:
        path = MAKERS[name](FOLDER)
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
