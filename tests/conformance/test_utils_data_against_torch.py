"""Data sets, samplers and loaders against PyTorch's: errors of the same type, and the same values."""

import collections

import numpy as np
import pytest

import minigrad as mg
import minigrad.utils.data

from .errors import assert_same_error
from .outcomes import outcome

torch = pytest.importorskip("torch")
import torch.utils.data  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

LIBRARIES = (mg, torch)
NAN, INF = float("nan"), float("inf")
Point = collections.namedtuple("Point", "x y")


class Sized:
    def __len__(self):
        return 3


class Indexed:
    def __getitem__(self, index):
        return index


def items(lib, n=10):
    return lib.utils.data.TensorDataset(lib.arange(n))


def failing(lib):
    """Calls that PyTorch refuses too: at once, or when the first items are asked for."""
    d = lib.utils.data

    class Nameless(d.Dataset):
        def __len__(self):
            return 3

    def split(lengths):
        return lambda: d.random_split(items(lib), lengths)

    def loader(**options):
        return lambda: list(d.DataLoader(items(lib), **options))

    def weighted(*arguments):
        return lambda: list(d.WeightedRandomSampler(*arguments))

    def collate(*batch):
        return lambda: d.default_collate(list(batch))

    t = lib.tensor
    return {
        **{f"split {lengths}": split(lengths) for lengths in (
            [8.0, 2.0], [10 * 0.8, 10 * 0.2], [5.5, 4.5], [5, 5.0], [np.float64(8), 2], [0.3, 0.3],
            [0.8, 0.2, 0.1], [11], [], [-0.5, 1.5], [5, 4], [NAN, 1], [10.5],
        )},
        "split of what has no length": lambda: d.random_split(Indexed(), [1]),
        **{f"batch_size {size!r}": loader(batch_size=size) for size in (
            2**63, 10**20, 0, -1, 2.5, 2.0, True, False, "2", [2], np.int64(2),
        )},
        **{f"drop_last {drop!r}": loader(batch_size=2, drop_last=drop) for drop in (
            0, 1, "a", None, np.True_,
        )},
        **{f"weights {w}": weighted(w, 2) for w in (
            [-1, 1], [NAN, 1], [INF, 1], [], [0, 0], [[1, 2]], "ab", None, 3,
        )},
        **{f"weighted, num_samples {n!r}": weighted([1, 1], n) for n in (
            0, -1, 2.5, 2.0, True, None, "2", np.int64(2),
        )},
        **{f"weighted, replacement {r!r}": weighted([1, 1], 2, r) for r in (0, 1, None, "a", np.True_)},
        "weighted, too many without replacement": weighted([1, 1], 3, False),
        **{f"num_samples {n!r}": lambda n=n: d.RandomSampler(range(5), num_samples=n) for n in (
            0, -1, 2.5, 2.0, "2", np.int64(2),
        )},
        **{f"replacement {r!r}": lambda r=r: d.RandomSampler(range(5), r) for r in (0, 1, None, "a")},
        "random, of nothing": lambda: d.RandomSampler([]),
        "random, of nothing, some": lambda: list(d.RandomSampler([], True, 3)),
        "random, of what has no length": lambda: d.RandomSampler(Indexed()),
        "sequential, of what has no length": lambda: list(d.SequentialSampler(Indexed())),
        "shuffle nothing": lambda: d.DataLoader([], shuffle=True),
        **{f"loader of a {name}": lambda each=each: list(d.DataLoader(each)) for name, each in {
            "sized": Sized(), "indexed": Indexed(), "set": {1, 2}, "None": None, "int": 3,
            "generator": iter([1]), "Dataset": Nameless(), "dict of strings": {"a": 1},
        }.items()},
        "an item of nothing": lambda: Nameless()[0],
        "sum of those without a length": lambda: d.Dataset() + d.Dataset(),
        "concat of those without a length": lambda: d.ConcatDataset([Indexed()]),
        "an empty batch": lambda: list(d.DataLoader(items(lib), batch_sampler=[[1], []])),
        "a flat batch_sampler": lambda: list(d.DataLoader(items(lib), batch_sampler=[1, 2])),
        "an index out of range": lambda: list(d.DataLoader(items(lib), sampler=[77])),
        "Subset out of range": lambda: d.Subset(items(lib), [77])[0],
        "Subset out of range, loaded": lambda: list(d.DataLoader(d.Subset(items(lib), [77]))),
        "Subset of strings": lambda: d.Subset(items(lib), ["a"])[0],
        "Subset beyond its end": lambda: d.Subset(items(lib), [1, 2])[5],
        "TensorDataset of two lengths": lambda: d.TensorDataset(lib.zeros(3), lib.zeros(4)),
        "TensorDataset of a number": lambda: d.TensorDataset(t(3)),
        **{f"collate {name}": collate(*batch) for name, batch in {
            "nothing": [], "None": [None], "ragged": [[1, 2], [3]], "ragged tuples": [(1, 2), (3,)],
            "ragged tensors": [t([1]), t([1, 2])], "ragged arrays": [np.zeros(2), np.zeros(3)],
            "number, string": [1, "a"], "number, list": [1, [2]], "list, number": [[1], 2],
            "tensor, list": [t([1]), [1]], "tensor, number": [t(1), 2],
            "missing key": [{"a": 1}, {"b": 2}], "object": [object()], "complex": [1j], "set": [{1}],
            "strings in arrays": [np.array(["a"])],
            "ragged, deep": [{"a": [1, 2]}, {"a": [3]}],
        }.items()},
    }  # fmt: skip


@pytest.mark.parametrize("case", failing(mg))
def test_errors_have_the_same_type(case):
    ours = failing(mg)[case]
    assert_same_error(ours, failing(torch)[case])
    with pytest.raises(Exception) as caught:
        ours()
    assert "/minigrad/" in str(caught.traceback[-1].path), "the error is minigrad's own"


def accepted(lib):
    """Calls that both accept, whose values do not depend on chance."""
    d = lib.utils.data
    t = lib.tensor

    def sizes(lengths, n=10):
        return [len(part) for part in d.random_split(items(lib, n), lengths)]

    def loaded(dataset, **options):
        return list(d.DataLoader(dataset, **options))

    def collate(*batch):
        return d.default_collate(list(batch))

    return {
        **{f"split {lengths}": lambda lengths=lengths: sizes(lengths) for lengths in (
            [0.5, 0.5], [0.33, 0.33, 0.34], [1.0], [10], [0, 10], [True, 9], [0.0, 1.0],
            [np.int64(5), 5], (7, 3),
        )},
        "split by tensors": lambda: sizes([t(5), t(5)]),
        "split one": lambda: [sizes([1], 1), sizes([1, 0], 1)],
        "split two": lambda: sizes([0.5, 0.3, 0.2], 2),
        "split nothing": lambda: [sizes([1.0], 0), sizes([], 0)],
        "largest batch": lambda: loaded(items(lib), batch_size=2**63 - 1),
        "larger than the data set": lambda: len(d.DataLoader(items(lib), 20)),
        "larger, the last dropped": lambda: loaded(items(lib), batch_size=20, drop_last=True),
        "shuffled by a number": lambda: type(d.DataLoader(items(lib), shuffle=1).sampler).__name__,
        "huge weights": lambda: len(list(d.WeightedRandomSampler([1e308, 1e308], 5))),
        "one weight": lambda: list(d.WeightedRandomSampler([0, 0, 2.0], 3)),
        "weights": lambda: d.WeightedRandomSampler([1, 2], 3).weights,
        "num_samples": lambda: d.RandomSampler(range(5), num_samples=12).num_samples,
        "num_samples of all": lambda: d.RandomSampler(range(5)).num_samples,
        "more than a pass": lambda: len(list(d.RandomSampler(range(5), num_samples=12))),
        **{f"Subset of {kind}": lambda each=each: loaded(d.Subset(items(lib), each)) for kind, each in {
            "a range": range(2, 5), "a tensor": t([4, 1, 2]), "an array": np.array([4, 1, 2]),
            "a tuple": (4, 1, 2), "negative ones": [-1, -2, 3], "nothing": [],
        }.items()},
        "Subset's last": lambda: d.Subset(items(lib), [4, 3])[-1],
        "Subset of a list of indices": lambda: d.Subset(items(lib), [4, 3, 7])[[0, 2]],
        "a dict of numbers": lambda: loaded({0: 5, 1: 6}, batch_size=2),
        "a string": lambda: loaded("abc", batch_size=2),
        "an iterator as sampler": lambda: loaded(items(lib), sampler=iter([3, 1]), batch_size=2),
        "arrays": lambda: collate(np.zeros(2), np.ones(2)),
        "array and tensor": lambda: collate(np.zeros(2), lib.ones(2, dtype=lib.float64)),
        "numbers": lambda: [collate(1, 2), collate(1, 2.5), collate(2.5, 1)],
        "bools": lambda: [collate(True, False), collate(1, True)],
        "NumPy's numbers": lambda: [collate(np.float32(1), np.float32(2)), collate(np.float64(1), 1)],
        "a NumPy number as array": lambda: collate(np.array(3)),
        "0-d tensors": lambda: collate(t(1.5), t(2.5)),
        "tuples": lambda: collate((1, "a"), (2, "b")),
        "list and tuple": lambda: collate([1, 2], (3, 4)),
        "empty ones": lambda: [collate([], []), collate({}, {})],
        "named": lambda: collate(Point(1, 2.0), Point(3, 4.0)),
        "dictionaries": lambda: collate({"a": 1, "b": [1]}, {"b": [2], "a": 2, "c": 3}),
        "ordered": lambda: collate(collections.OrderedDict(b=1, a=2), collections.OrderedDict(b=3, a=4)),
        "with a default": lambda: collate(collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)),
    }  # fmt: skip


def plain(value):
    """A value without the libraries: tensors as dtype and lists, containers with their types."""
    if isinstance(value, (mg.Tensor, torch.Tensor)):
        return str(value.dtype).removeprefix("torch."), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, [(key, plain(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(each) for each in value]
    return value


@pytest.mark.parametrize("case", accepted(mg))
def test_what_is_accepted_gives_the_same(case):
    ours, theirs = (accepted(lib)[case]() for lib in LIBRARIES)
    assert plain(ours) == plain(theirs)


def test_stop_iteration_in_an_item_does_not_end_the_pass_in_silence():
    class Stopping(mg.utils.data.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return next(iter([index] if index < 3 else []))

    loader = mg.utils.data.DataLoader(Stopping(), 2)
    batches = iter(loader)
    assert next(batches).tolist() == [0, 1]
    with pytest.raises(RuntimeError, match=r"Stopping or collate_fn raised StopIteration .* \[2, 3\]"):
        next(batches)


DRAWN = range(10)
SAMPLERS = {
    "with replacement": lambda d, g: d.RandomSampler(DRAWN, True, 7, g),
    "in random order": lambda d, g: d.RandomSampler(range(10), generator=g),
    "several orders": lambda d, g: d.RandomSampler(range(10), num_samples=25, generator=g),
    "weighted": lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 3.0], 5, generator=g),
    "weighted, each once": lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4], 2, False, g),
    "a subset": lambda d, g: d.SubsetRandomSampler(range(10), generator=g),
}


@pytest.mark.parametrize("lib", LIBRARIES, ids=["minigrad", "torch"])
@pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS)
def test_two_passes_at_once_are_each_repeatable(make, lib):
    sampler = make(lib.utils.data, None)
    passes = [iter(sampler), iter(sampler)]
    drawn = [[], []]
    for i in range(len(sampler)):
        for one, indices in zip(passes, drawn, strict=True):
            if i == 0:
                lib.manual_seed(0)  # the order is drawn with its first index, and whole
            indices.append(next(one))
    assert drawn[0] == drawn[1]
    generators = [lib.Generator().manual_seed(42) for _ in range(2)]
    assert list(make(lib.utils.data, generators[0])) == list(make(lib.utils.data, generators[1]))


# -- Many items at once -----------------------------------------------------------------------------


def test_items_are_fetched_in_one_call():
    def program(m):
        data = m.utils.data

        class Tens(data.Dataset[int]):
            def __len__(self):
                return 5

            def __getitem__(self, index):
                return index

            def __getitems__(self, indices):
                return [10 * i for i in indices]

        part = data.Subset(Tens(), [4, 0, 2])
        loaders = [data.DataLoader(Tens(), 2), data.DataLoader(part, 2), data.DataLoader(Tens(), None)]
        return [x.tolist() if hasattr(x, "tolist") else x for loader in loaders for x in loader]

    assert outcome(program, mg) == outcome(program, torch)


@pytest.mark.parametrize("name", ["Dataset", "IterableDataset", "Sampler", "DataLoader"])
def test_what_data_gives_can_be_said_in_annotations(name):
    for m in (mg, torch):
        alias = getattr(m.utils.data, name)[int]
        assert alias.__args__ == (int,)
