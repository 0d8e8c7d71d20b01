"""save and load: everything comes back, nothing else is ever let in, and a failed save leaves the old file."""

import errno
import gzip
import io
import json
import operator
import os
import pickle
import re
import signal
import struct
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from collections import Counter, OrderedDict, namedtuple
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import minigrad as mg
from minigrad import files
from minigrad.serialization import load, save

from .processes import started

STRUCTURE = "~structure.json"
ROOT = Path(__file__).parent.parent


def through_a_file(obj):
    file = io.BytesIO()
    save(obj, file)
    file.seek(0)
    return load(file)


def same(a, b):
    """Whether two objects have the same types and the same values, NaN being itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, mg.Tensor):
        return a.requires_grad == b.requires_grad and a.is_leaf and b.is_leaf and same(a._array, b._array)
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(type(x) is type(y) and same(a[x], b[y]) for x, y in zip(a, b, strict=True))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a == b or (a != a and b != b)


# -- Everything comes back -----------------------------------------------------------------------------------

NUMBERS = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="="),
    npst.unsigned_integer_dtypes(),
    npst.floating_dtypes(),
    npst.complex_number_dtypes(),
)
SHAPES = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
BACKWARDS = operator.itemgetter((Ellipsis, slice(None, None, -1)))  # of arrays, for no tensor has negative strides
LAYOUTS = st.sampled_from([np.ascontiguousarray, np.asfortranarray, BACKWARDS, np.transpose])


def laid_out(array, layout):
    return layout(array) if array.ndim else array


ARRAYS = st.builds(laid_out, npst.arrays(NUMBERS, SHAPES), LAYOUTS)
TENSORS = st.builds(
    lambda array, layout: mg.from_numpy(laid_out(array, layout)),
    npst.arrays(st.sampled_from(mg.dtypes.SUPPORTED), SHAPES),
    LAYOUTS.filter(lambda layout: layout is not BACKWARDS),
)
FLOATING = TENSORS.filter(lambda t: t.dtype.kind == "f")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(st.characters(), max_size=8),
    ARRAYS,
    NUMBERS.flatmap(lambda dtype: npst.arrays(dtype, ()).map(lambda array: array[()])),
    TENSORS,
    FLOATING.map(lambda t: t.requires_grad_()),
    st.builds(mg.nn.Parameter, FLOATING, st.booleans()),
)
KEYS = st.one_of(st.text(st.characters(), max_size=6), st.sampled_from(["a", "a/b", "..", "", "b.npy"]), st.integers())


def nests(inner):
    items, pairs = st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)
    return st.one_of(items, items.map(tuple), pairs, pairs.map(OrderedDict))


@settings(max_examples=100, deadline=None)
@given(st.recursive(LEAVES, nests, max_leaves=12))
def test_any_nesting_comes_back_and_plain_numpy_reads_it(obj):
    file = io.BytesIO()
    save(obj, file)
    assert same(load(file), obj)
    with np.load(io.BytesIO(file.getvalue()), allow_pickle=False) as plain:
        arrays = [plain[name] for name in plain.files if name != STRUCTURE]
        json.loads(plain[STRUCTURE])
    for array in arrays:
        assert type(array) is np.ndarray
    assert len(plain.files) == len(set(plain.files))


@pytest.mark.parametrize("dtype", mg.dtypes.SUPPORTED, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_each_dtype_and_shape(dtype, shape):
    tensor = mg.from_numpy(np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype))
    assert same(through_a_file(tensor), tensor)


def test_views_fortran_order_and_broadcasts():
    base = mg.arange(24).reshape(4, 6)
    views = [base.T, base[::2, 1:], mg.from_numpy(np.broadcast_to(np.float32(2), (3, 4)).copy(order="F"))]
    views.append(mg.from_numpy(np.lib.stride_tricks.as_strided(np.arange(5), (3, 3), (8, 8))))
    assert same(through_a_file(views), views)


def test_what_is_loaded_can_be_written_to_and_shares_no_memory():
    tensor = mg.ones(3)
    first, second = through_a_file([tensor, tensor])
    first += 1
    assert (first.tolist(), second.tolist(), tensor.tolist()) == ([2.0] * 3, [1.0] * 3, [1.0] * 3)


def test_a_computed_tensor_comes_back_as_a_leaf_as_in_pytorch():
    loaded = through_a_file(mg.ones(2, requires_grad=True) * 2)
    assert loaded.is_leaf
    assert loaded.requires_grad
    assert loaded.tolist() == [2.0, 2.0]


def test_the_state_of_a_whole_run():
    model = mg.nn.Sequential(mg.nn.Linear(3, 4), mg.nn.Tanh(), mg.nn.Linear(4, 1))
    optimizer = mg.optim.Adam(model.parameters(), amsgrad=True)
    scheduler = mg.optim.lr_scheduler.MultiStepLR(optimizer, [1, 1, 4])
    plateau = mg.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    generator = mg.Generator().manual_seed(3)
    for _ in range(3):
        model(mg.rand(5, 3, generator=generator)).sum().backward()
        optimizer.step()
        scheduler.step()
    holders = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "plateau": plateau}
    states = {name: holder.state_dict() for name, holder in holders.items()}
    states |= {"generator": generator.get_state(), "random": mg.get_rng_state(), "epoch": 3}
    assert same(through_a_file(states), states)
    assert not any(tensor.requires_grad for tensor in through_a_file(states)["model"].values())
    assert type(through_a_file(states)["scheduler"]["milestones"]) is Counter


def test_the_entries_have_readable_names(tmp_path):
    path = tmp_path / "run.pt"
    save({"model": mg.nn.Sequential(mg.nn.Linear(2, 1)).state_dict(), "epoch": 3, "lr": [0.5]}, path)
    with np.load(path, allow_pickle=False) as plain:
        assert plain.files == [STRUCTURE, "model/0.weight", "model/0.bias"]
        assert plain["model/0.weight"].shape == (1, 2)
        structure = json.loads(plain[STRUCTURE])
    assert structure["dict"][1:] == [["epoch", 3], ["lr", {"list": [0.5]}]]


def test_keys_that_would_lead_out_of_a_folder_do_not(tmp_path):
    obj = {
        "..": {"..": mg.ones(1)},
        "/etc/x": mg.ones(2),
        "": mg.zeros(1),
        "C:\\x\0": mg.zeros(2),
        "a" * 70_000: mg.ones(3),
    }
    save(obj, tmp_path / "run.pt")
    with zipfile.ZipFile(tmp_path / "run.pt") as archive:
        for name in archive.namelist():
            assert not re.search(r"(^|/)\.{0,2}(/|$)|[\\:\0]", name)
    assert same(load(tmp_path / "run.pt"), obj)


def test_equal_states_make_equal_files():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        save({"a": mg.ones(3), "b": [1, 2.5]}, file)
    assert files[0].getvalue() == files[1].getvalue()
    with zipfile.ZipFile(files[0]) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("convert", [str, Path], ids=["str", "PathLike"])
def test_a_path_gets_no_suffix(convert, tmp_path):
    save(3, convert(tmp_path / "model.pt"))
    assert os.listdir(tmp_path) == ["model.pt"]
    assert load(convert(tmp_path / "model.pt")) == 3


def test_an_open_file_is_written_and_read_and_left_open(tmp_path):
    with open(tmp_path / "run.pt", "wb") as file:
        save({"a": mg.ones(2)}, file)
        assert not file.closed
    with open(tmp_path / "run.pt", "rb") as file:
        assert load(file)["a"].tolist() == [1.0, 1.0]
        assert not file.closed


def test_a_link_stays_a_link_and_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "latest.pt").symlink_to(tmp_path / "run.pt")
    save(1, tmp_path / "latest.pt")
    assert (tmp_path / "latest.pt").is_symlink()
    assert load(tmp_path / "run.pt") == 1
    (tmp_path / "plain").touch()
    assert (tmp_path / "run.pt").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_only_the_cpu_is_a_place_to_load_to(tmp_path):
    save(mg.ones(2), tmp_path / "run.pt")
    for place in (None, "cpu", mg.device("cpu")):
        assert load(tmp_path / "run.pt", map_location=place).tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="device 'cuda:0' is not available"):
        load(tmp_path / "run.pt", map_location="cuda:0")
    for place in (lambda storage, location: storage, {"cuda:0": "cpu"}):
        with pytest.raises(TypeError, match="must be a name, such as 'cpu'"):
            load(tmp_path / "run.pt", map_location=place)


# -- What cannot be saved ------------------------------------------------------------------------------------

Pair = namedtuple("Pair", "a b")
CYCLE = []
CYCLE.append(CYCLE)
UNSAVABLE = [
    (test_only_the_cpu_is_a_place_to_load_to, TypeError, "model/layer: a function cannot be saved"),
    (mg.nn.Linear(1, 1), TypeError, "model/layer: a Linear cannot be saved"),
    ({1, 2}, TypeError, "model/layer: a set cannot be saved"),
    (b"bytes", TypeError, "model/layer: a bytes cannot be saved"),
    (1j, TypeError, "model/layer: a complex cannot be saved"),
    (Pair(1, 2), TypeError, "model/layer: a Pair cannot be saved"),
    (np.ma.array([1]), TypeError, "model/layer: a MaskedArray cannot be saved"),
    ([0, np.array([None])], TypeError, "model/layer/1: an array of dtype object cannot be saved"),
    (np.array(["a"]), TypeError, "model/layer: an array of dtype <U1 cannot be saved"),
    (np.zeros(2, "i4,f4"), TypeError, "model/layer: an array of dtype .* cannot be saved"),
    ({1.5: 0}, TypeError, "model/layer: a key must be a str or an int, not 1.5"),
    ({True: 0}, TypeError, "model/layer: a key must be a str or an int, not True"),
    (CYCLE, ValueError, "model/layer/0/0/0.*more than 100 levels"),
]


@pytest.mark.parametrize(("value", "error", "message"), UNSAVABLE, ids=[message[:30] for _, _, message in UNSAVABLE])
def test_what_cannot_be_saved_is_named_and_nothing_is_touched(value, error, message, tmp_path):
    obj, path, file = {"weight": mg.ones(3), "model": {"layer": value}}, tmp_path / "run.pt", io.BytesIO()
    path.write_bytes(b"old")
    with pytest.raises(error, match=rf"save\(\): {message}"):
        save(obj, path)
    with pytest.raises(error, match=message):
        save(obj, file)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["run.pt"]
    assert not file.getvalue()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mg.nn.Linear(1, 1), r"save\(\): a Linear cannot be saved; save its state_dict\(\)"),
        (lambda: mg.optim.SGD([mg.ones(1)]), r"save\(\): a SGD cannot be saved; save its state_dict\(\)"),
        (lambda: mg.nn.Linear(1, 1).parameters(), r"save\(\): a generator cannot be saved; what can be: tensors, "),
        (lambda: {1, 2}, r"save\(\): a set cannot be saved; what can be: tensors, arrays, numbers"),
        (lambda: {1.5: 1}, r"save\(\): a key must be a str or an int, not 1.5"),
        (lambda: np.array(["a"]), r"save\(\): an array of dtype <U1 cannot be saved, only numbers"),
    ],
)
def test_what_cannot_be_saved_says_what_to_do(make, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        save(make(), tmp_path / "run.pt")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("wrong", [{"weight": mg.ones(1)}, 3, None, b"run.pt"], ids=lambda wrong: type(wrong).__name__)
def test_what_is_neither_path_nor_file(wrong):
    kind = type(wrong).__name__
    with pytest.raises(AttributeError, match=rf"save\(\): .* mode 'wb', not {kind}; the object comes first"):
        save("run.pt", wrong)
    with pytest.raises(AttributeError, match=rf"load\(\): .* mode 'rb', not {kind}$"):
        load(wrong)


def test_files_opened_as_text(tmp_path):
    with open(tmp_path / "run.pt", "w") as file, pytest.raises(TypeError, match=r"save\(\): .* mode 'wb'"):
        save(1, file)
    with open(tmp_path / "run.pt") as file, pytest.raises(TypeError, match=r"load\(\): .* mode 'rb'"):
        load(file)


def test_a_hundred_levels_come_back():
    obj = mg.ones(1)
    for _ in range(50):
        obj = [{"a": obj}]
    assert same(through_a_file(obj), obj)


# -- Writing that fails --------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    """A file that a save is about to replace; afterwards nothing else may be in its folder."""
    path = tmp_path / "run.pt"
    save({"a": mg.zeros(1000)}, path)
    before = path.read_bytes()
    yield path
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.pt"]


@pytest.mark.parametrize("room", [0, 100, 3000, 4100])
def test_a_full_disk_leaves_the_old_file(room, old, monkeypatch):
    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    monkeypatch.setattr(files, "open", Full, raising=False)
    with pytest.raises(OSError, match="No space left"):
        save({"a": mg.ones(1000)}, old)


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.EIO, "failed"), KeyboardInterrupt("failed")], ids=["EIO", "Ctrl-C"])
def test_failure_at_the_last_moment_leaves_the_old_file(function, error, old, monkeypatch):
    def fail(*args):
        raise error

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(type(error), match="failed"):
        save({"a": mg.ones(1000)}, old)


def test_the_file_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append(("fsync", os.fstat(fd).st_size)), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append(("replace", os.stat(a).st_size)), replace(a, b)))
    save(mg.ones(1000), tmp_path / "run.pt")
    size = (tmp_path / "run.pt").stat().st_size
    assert calls == [("fsync", size), ("replace", size)]


def test_a_folder_that_cannot_be_written_to():
    script = """
import os, sys
from minigrad.serialization import save
path = sys.argv[1]
save(0, path)  # with all modules that it needs: Python's own files may be root's alone
os.chmod(os.path.dirname(path), 0o555)
if os.getuid() == 0:  # who may write everywhere
    os.seteuid(65534)
try:
    save(1, path)
except PermissionError:
    print("refused")
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.pt")
        command = [sys.executable, "-c", script, path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        os.chmod(folder, 0o755)
        assert (done.stdout, done.stderr) == ("refused\n", "")
        assert load(path) == 0
        assert os.listdir(folder) == ["run.pt"]


def test_paths_where_no_file_can_be(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "run.pt"):
        with pytest.raises(RuntimeError, match=rf"no file can be at {path}: "):
            save(1, path)
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_two_processes_that_save_at_once_leave_one_whole_file(tmp_path):
    script = """
import sys, minigrad as mg
from minigrad.serialization import load, save
for i in range(60):
    save({"by": sys.argv[1], "weight": mg.full((5000,), float(sys.argv[1]))}, sys.argv[2])
    loaded = load(sys.argv[2])
    assert loaded["weight"].tolist() == [float(loaded["by"])] * 5000
"""
    path = str(tmp_path / "run.pt")
    command = [sys.executable, "-c", script]
    with started([*command, "0", path], cwd=ROOT) as first, started([*command, "1", path], cwd=ROOT) as second:
        assert (first.wait(120), second.wait(120)) == (0, 0)
    assert load(path)["by"] in ("0", "1")
    assert os.listdir(tmp_path) == ["run.pt"]


def test_a_pipe_a_device_and_links_are_written_to_as_they_stand(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with started(["cat", pipe], stdout=subprocess.PIPE) as reader:
        save({"a": mg.ones(3)}, pipe)
        content, _ = reader.communicate(timeout=60)
    assert load(io.BytesIO(content))["a"].tolist() == [1.0] * 3
    (tmp_path / "nothing").symlink_to("/dev/null")
    save(1, tmp_path / "nothing")
    (tmp_path / "second").symlink_to("first")
    (tmp_path / "first").symlink_to("target")
    save(2, tmp_path / "second")
    assert load(tmp_path / "target") == 2
    assert sorted(os.listdir(tmp_path)) == ["first", "nothing", "pipe", "second", "target"]
    assert all((tmp_path / name).is_symlink() for name in ("first", "nothing", "second"))
    with pytest.raises(OSError, match="[Nn]o space left"):
        save(1, "/dev/full")


def test_a_process_killed_while_it_saves_leaves_the_old_file(tmp_path):
    path = tmp_path / "run.pt"
    save("old", path)
    script = """
import os, signal, sys
from minigrad.serialization import save
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
save("new", sys.argv[1])
"""
    done = subprocess.run([sys.executable, "-c", script, path], cwd=ROOT, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert load(path) == "old"


# -- Files that are damaged or hostile -----------------------------------------------------------------------


def model_and_bytes():
    mg.manual_seed(0)
    model = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.Linear(3, 1))
    file = io.BytesIO()
    save({"model": model.state_dict(), "step": 7, "lr": [0.5]}, file)
    return model, file.getvalue()


def refused(data, path, key=""):
    """That a file of these bytes is refused by an error that names it and the key."""
    path.write_bytes(data)
    with pytest.raises(RuntimeError, match=re.escape(f"load(): {path}: ")) as caught:
        load(path)
    assert key in str(caught.value), caught.value


def zipped(**entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_pkl", ".pkl"), content)
    return file.getvalue()


def written_by(function, *arguments, **options):
    file = io.BytesIO()
    function(file, *arguments, **options)
    return file.getvalue()


FOREIGN = {
    "an empty file": (lambda: b"", "the file is empty"),
    "a pickle": (lambda: pickle.dumps({"a": 1}), "a pickle, which could run code"),
    "an old pickle": (lambda: pickle.dumps({"a": 1}, protocol=0), r"no file of save\(\): it begins with b'\(dp0"),
    "one array": (lambda: written_by(np.save, np.ones(3)), r"numpy.save\(\) wrote; read it with numpy.load\(\)"),
    "arrays": (lambda: written_by(np.savez, a=np.ones(3), b=1), r"with a.npy, b.npy; read it with numpy.load\(\)"),
    "packed arrays": (lambda: written_by(np.savez_compressed, a=np.ones(3)), "another program's .npz"),
    "a zip": (lambda: zipped(text="a"), "another program's .*, with text; read"),
    "torch.save": (lambda: zipped(archive__data_pkl="a"), r"torch.save\(\), which holds a pickle"),
    "gzip": (lambda: gzip.compress(model_and_bytes()[1]), "gzip; unpack it first"),
    "text": (lambda: b"hello", r"no file of save\(\): it begins with b'hello'"),
    "cut off": (lambda: model_and_bytes()[1][:300], "cut off: its end is missing; copy it again"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_of_another_program_is_called_by_its_name(what, tmp_path):
    make, message = FOREIGN[what]
    path = tmp_path / "run.pt"
    path.write_bytes(make())
    with pytest.raises(RuntimeError, match=rf"load\(\): {re.escape(str(path))}: .*{message}"):
        load(path)
    with pytest.raises(RuntimeError, match=rf"load\(\): .*BytesIO.*: .*{message}"):
        load(io.BytesIO(make()))


def test_a_folder_cannot_be_loaded(tmp_path):
    with pytest.raises(IsADirectoryError, match=r"load\(\): .* is a folder; give the path of a file in it"):
        load(tmp_path)


def test_a_file_that_is_cut_off_anywhere(tmp_path):
    _, whole = model_and_bytes()
    for end in range(0, len(whole), 10):
        refused(whole[:end], tmp_path / "run.pt")


def test_a_byte_changed_anywhere_is_found_unless_it_says_nothing():
    _, whole = model_and_bytes()
    wanted, found = load(io.BytesIO(whole)), set()
    for place in range(len(whole)):
        damaged = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        try:
            assert same(load(io.BytesIO(damaged)), wanted), place
        except RuntimeError:
            found.add(place)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        for entry in archive.infolist():
            content = archive.read(entry)
            start = whole.index(content)
            assert found >= set(range(start, start + len(content)))


def test_changed_values_are_found_and_named_and_the_model_is_unchanged(tmp_path):
    model, whole = model_and_bytes()
    before = [p.tolist() for p in model.parameters()]
    value = whole.index(model[1].weight.detach().numpy().tobytes())
    with pytest.raises(RuntimeError, match=r"BytesIO.*: model/1\.weight: Bad CRC-32"):
        model.load_state_dict(load(io.BytesIO(whole[:value] + b"\x00" + whole[value + 1 :]))["model"])
    assert [p.tolist() for p in model.parameters()] == before


def rewritten(data, change):
    """The file with its entries, a dictionary of name and bytes, changed by a function and zipped again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries = change(entries) or entries
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(name, content)
    return file.getvalue()


def npy(array, **kwargs):
    file = io.BytesIO()
    np.save(file, array, **kwargs)
    return file.getvalue()


def npy_header(header):
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def with_structure(structure):
    text = structure if isinstance(structure, (bytes, str)) else json.dumps(structure)
    return lambda entries: {STRUCTURE: text}


def with_weight(content):
    return lambda entries: entries.update({"model/0.weight.npy": content})


class Harmful:
    """What a pickle could do: `__reduce__` names any function to be called on loading."""

    def __reduce__(self):
        return os.mkdir, ("harm",)


DEEP = 100_000
HOSTILE = {
    "another npz": (lambda entries: {"a.npy": npy(np.ones(2))}, STRUCTURE),
    "entry missing": (lambda entries: entries.pop("model/0.weight.npy") and None, "model/0.weight"),
    "structure missing": (lambda entries: entries.pop(STRUCTURE) and None, STRUCTURE),
    "entry too many": (lambda entries: entries.update(more=b"x"), "more is one entry too many"),
    "entry outside": (
        lambda entries: [("../" * 3 + n if n == "model/0.bias.npy" else n, c) for n, c in entries.items()],
        "model/0.bias",
    ),
    "path tricks": (
        lambda entries: {STRUCTURE: json.dumps({"dict": [["a", {"tensor": ["../x.npy", False]}]]}), "../x.npy": npy(1)},
        "a: its entry is not called '../x.npy'",
    ),
    "object array": (with_weight(npy(np.array([Harmful()]), allow_pickle=True)), "model/0.weight"),
    "pickle": (with_weight(pickle.dumps(Harmful())), "model/0.weight"),
    "text array": (with_weight(npy(np.array(["a"]))), "model/0.weight"),
    "structured array": (with_weight(npy(np.zeros(2, "i4,f4"))), "model/0.weight"),
    "float16 for a tensor": (with_weight(npy(np.zeros(2, "f2"))), "model/0.weight"),
    "other byte order": (with_weight(npy(np.zeros(2, ">f4"))), "model/0.weight"),
    "empty entry": (with_weight(b""), "model/0.weight"),
    "version 2": (with_weight(b"\x93NUMPY\x02\x00\x10\x00\x00\x00" + npy(np.ones(2))[10:]), "model/0.weight"),
    "array cut off": (with_weight(npy(np.ones(5, "f4"))[:-1]), "model/0.weight"),
    "array too long": (with_weight(npy(np.ones(5, "f4")) + b"x"), "model/0.weight"),
    "huge shape": (
        with_weight(npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }")),
        "model/0.weight",
    ),
    "huge empty shape": (
        with_weight(npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 10**30), }")),
        "model/0.weight",
    ),
    "huger empty shape": (
        with_weight(npy_header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': (0, {10**30}), }}")),
        "model/0.weight",
    ),
    "negative shape": (
        with_weight(npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -2), }") + bytes(8)),
        "model/0.weight",
    ),
    "code in the header": (
        with_weight(npy_header("{'descr': __import__('os').mkdir('harm'), 'fortran_order': False, 'shape': (), }")),
        "model/0.weight",
    ),
    "structure is no JSON": (with_structure(b"\x80\x04N."), ""),
    "structure is cut off": (with_structure('{"dict": [["a", 1]'), ""),
    "structure is deep": (with_structure('{"list": [' * DEEP + "]}" * DEEP), ""),
    "structure is deep lists": (with_structure("[" * DEEP + "]" * DEEP), ""),
    "bare list": (with_structure([1]), ""),
    "two kinds at once": (with_structure({"dict": [["a", {"list": [], "tuple": []}]]}), ": a: "),
    "no kind": (with_structure({"dict": [["a", {}]]}), ": a: "),
    "unknown kind": (with_structure({"dict": [["a", {"eval": ["1", 2]}]]}), ": a: "),
    "unknown kind of array": (
        lambda e: {STRUCTURE: json.dumps({"dict": [["a", {"eval": ["a.npy", 1]}]]}), "a.npy": npy(np.ones(2))},
        ": a: ",
    ),
    "list of text": (with_structure({"dict": [["a", {"list": "abc"}]]}), ": a: "),
    "list of a number": (with_structure({"dict": [["a", {"tuple": 3}]]}), ": a: "),
    "list of an object": (with_structure({"dict": [["a", {"list": {"x": 1}}]]}), ": a: "),
    "pair of three": (with_structure({"dict": [["a", {"dict": [["b", 1, 2]]}]]}), ": a: "),
    "key twice": (with_structure({"dict": [["a", {"dict": [["b", 1], ["b", 2]]}]]}), ": a: "),
    "key of a list": (with_structure({"dict": [["a", {"dict": [[["b"], 2]]}]]}), ""),
    "key of None": (with_structure({"dict": [["a", {"dict": [[None, 2]]}]]}), ": a: "),
    "key of a bool": (with_structure({"dict": [["a", {"OrderedDict": [[True, 2]]}]]}), ": a: "),
    "array without entry": (with_structure({"dict": [["a", {"tensor": ["a.npy", False]}]]}), "a.npy"),
    "array without a name": (with_structure({"dict": [["a", {"tensor": [["a.npy"], False]}]]}), ": a: "),
    "array of three": (with_structure({"dict": [["a", {"tensor": ["a.npy", False, 3]}]]}), ": a: "),
    "gradient of integers": (
        lambda e: {STRUCTURE: json.dumps({"dict": [["a", {"tensor": ["a.npy", True]}]]}), "a.npy": npy(np.arange(2))},
        ": a: ",
    ),
    **{
        f"{dtype} as an array": (
            lambda e, dtype=dtype: {
                STRUCTURE: json.dumps({"dict": [["a", {"array": ["a.npy", False]}]]}),
                "a.npy": npy_header(f"{{'descr': {dtype}, 'fortran_order': False, 'shape': (2,), }}") + bytes(16),
            },
            ": a: ",
        )
        for dtype in ("'|O'", "'<U2'", "'|S8'", "'|V8'", "'<M8[s]'", "[('x', '<f8')]", "('<f4', (2,))")
    },
    "one entry for two": (
        lambda e: {
            STRUCTURE: json.dumps({"dict": [["a", {"array": ["a.npy", False]}], ["b", {"array": ["a.npy", False]}]]}),
            "a.npy": npy(np.arange(2)),
        },
        ": b: ",
    ),
    "a number of a million digits": (with_structure("1" * 1_000_000), ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_changed_file_is_refused_by_name_and_runs_nothing(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change, key = HOSTILE[case]
    refused(rewritten(model_and_bytes()[1], change), tmp_path / "run.pt", key)
    assert os.listdir(tmp_path) == ["run.pt"]


def test_rewriting_alone_is_not_what_is_refused(tmp_path):
    (tmp_path / "run.pt").write_bytes(rewritten(model_and_bytes()[1], lambda entries: None))
    assert load(tmp_path / "run.pt")["step"] == 7


def test_entries_of_other_shapes_are_refused_by_the_model_whole():
    model, whole = model_and_bytes()
    before = [p.tolist() for p in model.parameters()]

    def swap(entries):
        a, b = "model/0.weight.npy", "model/1.weight.npy"
        entries[a], entries[b] = entries[b], entries[a]

    swapped = load(io.BytesIO(rewritten(whole, swap)))["model"]
    with pytest.raises(RuntimeError, match=r"size mismatch for 0\.weight"):
        model.load_state_dict(swapped)
    assert [p.tolist() for p in model.parameters()] == before


def test_entries_swapped_in_the_directory_are_found(tmp_path):
    _, whole = model_and_bytes()
    start = whole.index(b"PK\x01\x02")
    directory = (
        whole[start:].replace(b"model/0.weight", b"model/?.weight").replace(b"model/1.weight", b"model/0.weight")
    )
    refused(
        whole[:start] + directory.replace(b"model/?.weight", b"model/1.weight"), tmp_path / "run.pt", "model/0.weight"
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_there_twice(tmp_path):
    data = rewritten(
        model_and_bytes()[1], lambda entries: [*entries.items(), ("model/0.bias.npy", npy(np.ones(3, "f4")))]
    )
    refused(data, tmp_path / "run.pt", "model/0.bias")


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_is_never_read(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(pickle.dumps(Harmful(), protocol), tmp_path / "run.pt")
    for weights_only in (None, True, False):
        with pytest.raises(RuntimeError):
            load(tmp_path / "run.pt", weights_only=weights_only)
    assert os.listdir(tmp_path) == ["run.pt"]


@pytest.mark.parametrize("zipped", [True, False])
def test_what_pytorch_saved_is_refused(zipped, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"a": torch.ones(2)}, tmp_path / "run.pt", _use_new_zipfile_serialization=zipped)
    refused((tmp_path / "run.pt").read_bytes(), tmp_path / "run.pt")


def peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_compressed_bomb_is_refused_before_it_is_unpacked(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(STRUCTURE, json.dumps({"array": ["data.npy", False]}))
        archive.writestr("data.npy", npy(np.zeros(100_000_000, np.uint8)))
    assert len(file.getvalue()) < 200_000
    assert peak(lambda: refused(file.getvalue(), tmp_path / "run.pt", STRUCTURE)) < 2_000_000


def test_sizes_that_the_file_cannot_hold_are_refused_before_anything_is_allocated(tmp_path):
    _, whole = model_and_bytes()
    entry = whole.index(b"model/0.weight.npy", whole.index(b"PK\x01\x02")) - 46
    claimed = bytearray(whole)
    claimed[entry + 20 : entry + 28] = struct.pack("<II", 2_000_000_000, 2_000_000_000)
    assert peak(lambda: refused(bytes(claimed), tmp_path / "run.pt", "model/0.weight")) < 2_000_000


def test_entries_that_share_the_bytes_of_one_are_refused(tmp_path):
    big = npy(np.zeros(100_000, np.uint8))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        names = [f"{i}.npy" for i in range(50)]
        structure = {"list": [{"array": [name, False]} for name in names]}
        archive.writestr(STRUCTURE, json.dumps(structure))
        archive.writestr("0.npy", big)
        first = archive.infolist()[1]
        for name in names[1:]:
            copied = zipfile.ZipInfo(name)
            for field in ("CRC", "file_size", "compress_size", "header_offset", "flag_bits"):
                setattr(copied, field, getattr(first, field))
            archive.filelist.append(copied)
    assert peak(lambda: refused(file.getvalue(), tmp_path / "run.pt", ".npy")) < 1_000_000


def test_an_array_header_cannot_claim_more_than_its_entry_holds(tmp_path):
    header = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000,), }")
    data = rewritten(model_and_bytes()[1], with_weight(header))
    assert peak(lambda: refused(data, tmp_path / "run.pt", "model/0.weight")) < 2_000_000


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.pt"):
        load(tmp_path / "none.pt")
