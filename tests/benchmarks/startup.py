"""What it takes to begin: `import minigrad`, and the whole process of lesson 07 against the same script on PyTorch."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .measure import ROOT

LESSON = ROOT / "lessons" / "07_softmax_classifier.py"


def process_seconds(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a package that is installed has its bytecode
    start = time.perf_counter()
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=120)
    return time.perf_counter() - start


def on_pytorch(folder):
    """The lesson with PyTorch in its import lines; data, pictures and arguments stay minigrad's."""
    changes = {
        r"^import minigrad as mg$": "import torch as mg",
        r"^from minigrad import (.*)$": "from minigrad import datasets, lesson, plot\nfrom torch import nn, optim",
        r"^from minigrad\.(autograd|utils\.data) import": r"from torch.\1 import",
        r"datasets\.load_digits\(\)$": "[in_torch(part.tensors) for part in datasets.load_digits()]",
        r"^rng = ": "in_torch = lambda tensors: TensorDataset(*[mg.tensor(t.numpy()) for t in tensors])\\nrng = ",
        r"model\.weight\.reshape": "model.weight.detach().reshape",
    }
    script = LESSON.read_text()
    for pattern, instead in changes.items():
        script, count = re.subn(pattern, instead, script, flags=re.MULTILINE)
        assert count, f"{LESSON.name} has nothing like {pattern}"
    path = Path(folder) / LESSON.name
    path.write_text(script)
    return path


def median(arguments, rounds):
    return statistics.median(process_seconds(*arguments) for _ in range(rounds))


def main():
    print("\nSeconds until something happens, medians of whole processes")
    process_seconds("-c", "import minigrad")
    imports = {
        name: median(["-c", f"import {name}" if name else ""], 15) for name in ("", "numpy", "minigrad", "torch")
    }
    ratio = imports["minigrad"] / imports["numpy"]
    for name, value in imports.items():
        print(f"import {name or 'nothing':10} {value:.3f}")
    print(f"import minigrad over import numpy: {ratio:.2f} (bar: 1.30, {'met' if ratio <= 1.3 else 'missed'})")
    with tempfile.TemporaryDirectory() as folder:
        lesson = {
            "minigrad": median([str(LESSON), "--out", folder], 3),
            "torch": median([str(on_pytorch(folder)), "--out", folder], 3),
        }
    for name, value in lesson.items():
        print(f"lesson 07 on {name:10} {value:.2f}")
    return {"imports": imports, "lesson 07": lesson}
