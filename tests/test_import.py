"""Importing minigrad, and training with it, changes nothing of the process: the allocator is in test_memory.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import builtins, decimal, faulthandler, gc, importlib, locale, logging, os, random, signal, sys, threading
import warnings
import numpy as np

def state():
    # minigrad's own is asked last, and only for its own names
    finders = [finder for finder in sys.meta_path if getattr(finder, "__module__", "") != "minigrad.absent"]
    found = {
        "NumPy's alarms": (np.geterr(), np.geterrcall(), np.getbufsize()),
        "NumPy's print options": np.get_printoptions(),
        "NumPy's random numbers": np.random.get_state(),
        "Python's random numbers": random.getstate(),
        "warnings": (warnings.filters, warnings.showwarning, warnings.formatwarning),
        "signals": [(number, signal.getsignal(number)) for number in signal.valid_signals()],
        "environment": dict(os.environ),
        "threads": threading.enumerate(),
        "hooks": (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook, threading.excepthook),
        "tracing": (sys.gettrace(), sys.getprofile(), faulthandler.is_enabled()),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()),
        "imports": (sys.path, sys.path_hooks, finders),
        "streams": (sys.stdin, sys.stdout, sys.stderr, sys.argv),
        "collector": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.get_freeze_count()),
        "builtins": sorted(vars(builtins)),
        "locale": locale.setlocale(locale.LC_ALL),
        "logging": (logging.root.level, logging.root.handlers),
        "folder": os.getcwd(),
        "decimal arithmetic": decimal.getcontext(),
    }
    if "matplotlib" in sys.modules:
        matplotlib = sys.modules["matplotlib"]
        found["matplotlib"] = (dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False))
    return {name: repr(value) for name, value in found.items()}

def train():
    import minigrad as mg
    nn = mg.nn
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    optimizer = mg.optim.Adam(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(mg.rand(8, 4)), mg.randint(0, 2, (8,))).backward()
        optimizer.step()

first, second = (words.split() for words in sys.argv[1:])
for name in first:
    importlib.import_module(name)
before = state()
modules = set(sys.modules)
for name in second:
    importlib.import_module(name)
if "minigrad" in second:
    train()
after = state()
print(*[name for name in before if before[name] != after[name]], sep=", ")
packages = {name.partition(".")[0] for name in set(sys.modules) - modules}
print(*sorted(packages - set(sys.stdlib_module_names)), sep=", ")
"""


def changed(first, second, **environment):
    """What is different after the second imports than before, after the first: (state, packages)."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **environment}
    command = [sys.executable, "-c", PROGRAM, first, second]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


def test_minigrad_changes_nothing_and_imports_only_numpy():
    assert changed("", "minigrad") == ["", "minigrad"]


@pytest.mark.slow
def test_its_other_modules_change_nothing_of_matplotlib_either():
    modules = [f"minigrad.{name}" for name in ("plot", "datasets", "lesson", "distributions", "classroom")]
    assert changed("matplotlib.pyplot tqdm", f"minigrad {' '.join(modules)}") == ["", "minigrad"]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("import numpy; numpy.seterr(all='ignore')", "NumPy's alarms"),
        ("import numpy; numpy.random.seed(0)", "NumPy's random numbers"),
        ("import warnings; warnings.simplefilter('ignore')", "warnings"),
        ("import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)", "signals"),
        ("import os; os.environ['OMP_NUM_THREADS'] = '7'", "environment"),
        ("import threading, time; threading.Thread(target=time.sleep, args=[1], daemon=True).start()", "threads"),
        ("import matplotlib; matplotlib.rcParams['font.size'] = 30", "matplotlib"),
        ("import sys; sys.excepthook = print", "hooks"),
        ("import gc; gc.disable()", "collector"),
        ("import sys; sys.path.insert(0, 'elsewhere')", "imports"),
    ],
)
def test_each_change_is_seen(statement, what, tmp_path):
    (tmp_path / "spoiler.py").write_text(statement)
    path = os.pathsep.join([str(tmp_path), str(ROOT), *sys.path])
    assert changed("matplotlib" * (what == "matplotlib"), "spoiler", PYTHONPATH=path) == [what, "spoiler"]
