"""`save` and `load`: the state of a training run in one .npz file.

It is never a pickle, which could run code when loaded. The file is a zip of .npy arrays, each named
by the keys that lead to it (`model/0.weight`), and of a JSON entry that says how they and all plain
values nest: `numpy.load(path, allow_pickle=False)` reads it without minigrad.
"""

import contextlib
import io
import math
import os
import re
from collections import Counter, OrderedDict

import numpy as np

from .device import checked_device
from .dtypes import supported
from .files import written_whole
from .nn.module import Parameter
from .core.tensor import Tensor, wrap

_STRUCTURE = "~structure.json"  # no array is called so: see `_new_name`
_SAVED = (
    "what can be: tensors, arrays, numbers, strings, None, and lists, tuples and dicts of these"
)
_CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "OrderedDict": OrderedDict,
    "Counter": Counter,
}


def save(obj, f):
    """Save `obj` to `f`, a path (no suffix is added) or a file opened for writing in binary mode.

    `obj` may be a tensor, a Parameter, a NumPy array or number, a Python number, a bool, a string,
    None, or lists, tuples, dicts, OrderedDicts and Counters of these, with keys of str or int: all
    that `state_dict()` gives. Tensors that share memory are saved separately. For anything else,
    raises a TypeError that names its key, before anything is written; ValueError for over 100
    levels, RuntimeError for a path where no file can be. A path holds the old file until the new
    one is complete and on the disk, and after any error; a process killed meanwhile leaves a
    ".minigrad-..." file. A pipe or a device is written to directly.
    """
    import json  # here: its import takes a tenth of the time of `import minigrad`

    arrays = {}
    structure = json.dumps(_encode(obj, (), arrays))
    if not isinstance(f, (str, os.PathLike)):
        _check_file(f, "save", "write", "wb")
        return _write(f, structure, arrays)
    path = os.path.realpath(f)
    if not os.path.isdir(os.path.dirname(path)) or os.path.isdir(path):
        raise RuntimeError(
            f"save(): no file can be at {f}: its folder does not exist, or it is a folder itself"
        )
    with written_whole(f) as file:
        _write(file, structure, arrays)


def _check_file(f, name, method, mode):
    if not hasattr(f, method):
        order = "; the object comes first, then the file" if name == "save" else ""
        raise AttributeError(
            f"{name}(): the file must be a path or a file opened in mode {mode!r}, "
            f"not {type(f).__name__}{order}"
        )
    if isinstance(f, io.TextIOBase):
        raise TypeError(f"{name}(): the file is opened as text; open it in mode {mode!r}")


def _encode(obj, path, arrays):
    """Return `obj` as JSON, with the names under which its arrays are put into `arrays`."""
    kind = type(obj)
    where = "/".join(map(str, path))
    subject = f"save(): {where}:" if path else "save():"
    if len(path) > 100:  # well within Python's limit of recursion, wherever the file is read
        raise ValueError(f"save(): {where[:100]}...: more than 100 levels")
    if obj is None or kind in (bool, int, float, str):
        return obj
    if kind in (list, tuple):
        return {kind.__name__: [_encode(value, (*path, i), arrays) for i, value in enumerate(obj)]}
    if kind in _CONTAINERS.values():
        if wrong := [key for key in obj if type(key) not in (str, int)]:
            raise TypeError(f"{subject} a key must be a str or an int, not {wrong[0]!r}")
        pairs = [[key, _encode(value, (*path, key), arrays)] for key, value in obj.items()]
        return {kind.__name__: pairs}
    return _encode_numbers(obj, path, arrays, subject)


def _encode_numbers(obj, path, arrays, subject):
    """Put a tensor, an array or a NumPy number into `arrays`; return its kind and name as JSON."""
    kind = type(obj)
    array = obj._array if isinstance(obj, Tensor) else obj
    if type(array) is not np.ndarray and not isinstance(array, np.generic):
        advice = "save its state_dict()" if hasattr(obj, "state_dict") else _SAVED
        raise TypeError(f"{subject} a {kind.__name__} cannot be saved; {advice}")
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{subject} an array of dtype {array.dtype} cannot be saved, only numbers")
    name = _new_name(path, arrays)
    arrays[name] = np.asarray(array)
    if isinstance(obj, Tensor):
        return {"parameter" if isinstance(obj, Parameter) else "tensor": [name, obj.requires_grad]}
    return {"array" if kind is np.ndarray else "number": [name, False]}


def _new_name(path, names):
    """Return a name for the array at `path`: readable, safe for a file, and not in `names`."""
    parts = [re.sub(r"[^\w.+ -]", "_", str(key))[:100] for key in path] or ["data"]
    name = "/".join(part if part.strip(".") else "_" for part in parts)
    while f"{name}.npy" in names:
        name = f"{name}~{len(names)}"
    return f"{name}.npy"


def _write(file, structure, arrays):
    import zipfile  # here: its import takes a tenth of the time of `import minigrad`

    with zipfile.ZipFile(file, "w") as archive:
        # a ZipInfo has no date, so equal states make equal files
        archive.writestr(zipfile.ZipInfo(_STRUCTURE), structure)
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, version=(1, 0), allow_pickle=False)


def load(f, map_location=None, *, weights_only=None, mmap=None):
    """Return what `save` saved to `f`, a path or a file opened for reading in binary mode.

    Nothing is ever unpickled, whatever `weights_only` says: such a file holds only data.
    `mmap` changes nothing: the values are read. `map_location` can only be the CPU. The memory
    needed is bounded by the length of the file.
    RuntimeError, with the file and the key, for a file that is damaged or was not written by
    `save`, and for another device; FileNotFoundError for a missing file, IsADirectoryError for a
    folder, AttributeError for anything but a path or file, TypeError for a file opened as text.

    >>> import minigrad as mg
    >>> file = io.BytesIO()
    >>> save({"weight": mg.ones(2), "epoch": 3}, file)
    >>> load(file)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    checked_device("load", map_location)
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("load(): f must be a file path in order to use the mmap argument")
    reader = _Reader()
    if isinstance(f, (str, os.PathLike)):
        if os.path.isdir(f):
            raise IsADirectoryError(f"load(): {f} is a folder; give the path of a file in it")
        opened = open(f, "rb")
    else:
        _check_file(f, "load", "seek", "rb")
        opened = contextlib.nullcontext(f)
    with opened as file:
        try:
            return reader.read(file)
        except Exception as error:  # damaged data can make zipfile, json and NumPy raise anything
            where = "/".join(map(str, reader.path))[:200]
            if where:
                what = f"{where}: {error}"
            else:
                what = _description_of_other(file) or f"the whole: {error}"
            raise RuntimeError(f"load(): {getattr(file, 'name', file)}: {what}") from error


_BEGINNINGS = {
    b"\x80": "this is a pickle, which could run code when loaded; save() a state_dict() instead",
    b"\x93NUMPY": "this is one array that numpy.save() wrote; read it with numpy.load()",
    b"\x1f\x8b": "this is compressed by gzip; unpack it first",
    b"\x89HDF": "this is an HDF5 file, which another library wrote",
}


def _description_of_other(file):
    """Return what a file not written by `save` seems to be, and what to do, or None."""
    try:
        file.seek(0)
        start = file.read(8)
    except (OSError, ValueError):  # closed, or opened for writing
        return None
    if not start:
        return "the file is empty: whatever wrote it did not come to its end; use an earlier one"
    for beginning, what in _BEGINNINGS.items():
        if start.startswith(beginning):
            return what
    if start.startswith(b"PK"):
        return _description_of_zip(file)
    return f"this is no file of save(): it begins with {start!r}"


def _description_of_zip(file):
    """Return the same for a zip file, as an .npz file is."""
    import zipfile

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except Exception:  # damaged data can make zipfile raise anything
        return (
            "the file is damaged or cut off: its end is missing; copy it again, or use an "
            "earlier one"
        )
    if _STRUCTURE in names:
        return None
    if any(name.endswith("data.pkl") for name in names):
        return (
            "this is a file of torch.save(), which holds a pickle; in PyTorch, write the "
            "state_dict's arrays with numpy.savez(), and read them with numpy.load()"
        )
    listed = ", ".join(names)[:100]
    return (
        f"this is another program's .npz, without {_STRUCTURE}, with {listed}; "
        "read it with numpy.load()"
    )


class _Reader:
    """The reader of one file; after an error `path` has the keys that lead to where it was."""

    def __init__(self):
        self.path = []
        self.names = set()

    def read(self, file):
        """Return the object that was saved; damaged data can raise any error."""
        import json
        import zipfile

        unclaimed = file.seek(0, os.SEEK_END)
        with zipfile.ZipFile(file) as self.archive:
            for entry in self.archive.infolist():
                unclaimed -= entry.file_size
                if entry.compress_type != zipfile.ZIP_STORED or unclaimed < 0:
                    raise ValueError(
                        f"{entry.filename} is compressed, or claims to be larger than the file"
                    )
            obj = self.decode(json.loads(self.archive.read(_STRUCTURE)))
            if surplus := Counter(self.archive.namelist()) - Counter([_STRUCTURE, *self.names]):
                raise ValueError(f"{min(surplus)} is one entry too many")
            return obj

    def decode(self, node):
        """Return the object that `_encode` turned into `node`."""
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        [(kind, content)] = node.items()
        if kind not in _CONTAINERS:
            return self.numbers(kind, *content)
        is_sequence = kind in ("list", "tuple")
        values = {}
        for key, value in enumerate(content) if is_sequence else content:
            self.path.append(key)
            values[key] = self.decode(value)
            self.path.pop()
        keys_differ = type(content) is list and len(values) == len(content)
        if not keys_differ or {type(key) for key in values} - {str, int}:
            raise ValueError(
                f"a {kind} must be listed here, its keys being different strings and integers"
            )
        return _CONTAINERS[kind](values.values() if is_sequence else values)

    def numbers(self, kind, name, requires_grad):
        """Return the tensor, parameter, array or NumPy number with the values of entry `name`."""
        if name != _new_name(self.path, self.names):
            raise ValueError(f"its entry is not called {name!r}")
        self.names.add(name)
        array = _array_from_npy(self.archive.read(name))  # which verifies the checksum
        if kind in ("array", "number"):
            return array if kind == "array" else array[()]
        supported(array.dtype, "load()")
        make = {"tensor": Tensor.requires_grad_, "parameter": Parameter}[kind]
        return make(wrap(array), requires_grad)


def _array_from_npy(data):
    """Return the array in the bytes of an .npy file; ValueError if they do not fit its header."""
    file = io.BytesIO(data)
    np.lib.format.read_magic(file)
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    start = file.tell()
    size = len(data) - start
    if dtype.kind not in "biufc" or math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"{size} bytes are no numbers of shape {shape} and dtype {dtype}")
    array = np.ndarray(shape, dtype, data, start, order="F" if is_fortran else "C")
    return array.copy(order="K")
