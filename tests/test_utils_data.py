"""minigrad.utils.data: the order of items, the batches made of them, and PyTorch's answers to the same calls."""

import inspect
from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg
from minigrad.utils import data
from minigrad.utils.data import BatchSampler, DataLoader, RandomSampler, Subset, TensorDataset, WeightedRandomSampler

Pair = namedtuple("Pair", "a b")


def five():
    return TensorDataset(mg.arange(10).reshape(5, 2).float(), mg.arange(5))


def labels_of(loader):
    return [batch[-1].tolist() for batch in loader]


class Squares(data.Dataset):
    """A map-style data set of Python numbers, which can only be asked for single items."""

    def __getitem__(self, index):
        if not 0 <= index < 5:
            raise IndexError(index)
        return index, float(index**2)

    def __len__(self):
        return 5


# -- The same calls in PyTorch -------------------------------------------------------------------------------


def plain(value):
    """Tensors as (dtype, values), so that minigrad's and PyTorch's compare equal."""
    if hasattr(value, "detach"):
        return str(value.dtype).removeprefix("torch."), value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Pair):
        return Pair(*map(plain, value))
    return type(value)([plain(item) for item in value]) if isinstance(value, (list, tuple)) else value


def outcome(call):
    """What a call gave, or the type of what it raised."""
    try:
        return plain(call())
    except Exception as error:
        return type(error)


def dataset(m, d):
    return d.TensorDataset(m.arange(10).reshape(5, 2), m.arange(5))


CALLS = {
    "item": lambda m, d: dataset(m, d)[1],
    "slice": lambda m, d: dataset(m, d)[1:3],
    "list": lambda m, d: dataset(m, d)[[3, 0]],
    "index too large": lambda m, d: dataset(m, d)[5],
    "size mismatch": lambda m, d: d.TensorDataset(m.zeros(3), m.zeros(4)),
    "0-d": lambda m, d: d.TensorDataset(m.tensor(1.0)),
    "subset": lambda m, d: d.Subset(dataset(m, d), [4, 2])[0],
    "subset list": lambda m, d: d.Subset(dataset(m, d), [4, 2])[[1, 0]],
    "subset too large": lambda m, d: d.Subset(dataset(m, d), [4, 2])[2],
    "concatenated": lambda m, d: [(dataset(m, d) + dataset(m, d))[i] for i in (0, 4, 5, 9, -1, -10)],
    "concatenated too large": lambda m, d: (dataset(m, d) + dataset(m, d))[10],
    "concatenated too small": lambda m, d: (dataset(m, d) + dataset(m, d))[-11],
    "batches": lambda m, d: list(d.DataLoader(dataset(m, d), 2)),
    "one tensor": lambda m, d: list(d.DataLoader(d.TensorDataset(m.arange(3)), 2)),
    "drop last": lambda m, d: list(d.DataLoader(dataset(m, d), 2, drop_last=True)),
    "lengths": lambda m, d: [len(d.DataLoader(dataset(m, d), n)) for n in (1, 2, 5, 9)],
    "lengths, dropped": lambda m, d: [len(d.DataLoader(dataset(m, d), n, drop_last=True)) for n in (1, 2, 5, 9)],
    "sampler": lambda m, d: list(d.DataLoader(dataset(m, d), 2, sampler=[4, 0, 1])),
    "batch sampler": lambda m, d: list(d.DataLoader(dataset(m, d), batch_sampler=[[1, 2], [0]])),
    "batch sampler length": lambda m, d: len(d.DataLoader(dataset(m, d), batch_sampler=[[1, 2], [0]])),
    "list of numbers": lambda m, d: list(d.DataLoader([1, 2, 3], 2)),
    "empty": lambda m, d: list(d.DataLoader([])),
    "collate_fn": lambda m, d: list(d.DataLoader([1, 2, 3], 2, collate_fn=sum)),
    "batch of 0": lambda m, d: d.DataLoader([1], 0),
    "batch of 2.5": lambda m, d: d.DataLoader([1], 2.5),
    "batch of True": lambda m, d: d.DataLoader([1], True),
    "sampler and shuffle": lambda m, d: d.DataLoader([1], shuffle=True, sampler=[0]),
    "batch sampler and size": lambda m, d: d.DataLoader([1], 2, batch_sampler=[[0]]),
    "changed batch size": lambda m, d: setattr(d.DataLoader([1]), "batch_size", 2),
    "split": lambda m, d: [len(part) for part in d.random_split(dataset(m, d), [2, 3])],
    "split in fractions": lambda m, d: [len(part) for part in d.random_split(dataset(m, d), [0.3, 0.3, 0.4])],
    "split too short": lambda m, d: d.random_split(dataset(m, d), [2, 2]),
    "split too much": lambda m, d: d.random_split(dataset(m, d), [0.5, 0.6]),
    "split negative": lambda m, d: d.random_split(dataset(m, d), [1.5, -0.5]),
    "more samples than items": lambda m, d: len(list(d.RandomSampler(range(3), num_samples=7))),
    "batches of indices": lambda m, d: list(d.BatchSampler(range(5), 2, False)),
    "whole batches of indices": lambda m, d: list(d.BatchSampler(range(5), 2, True)),
    "batch sampler of 0": lambda m, d: d.BatchSampler([1], 0, False),
    "certain weights": lambda m, d: list(d.WeightedRandomSampler([0.0, 1.0], 3)),
    "collate mixed lengths": lambda m, d: d.default_collate([(1, 2), (3,)]),
    "collate tensors of two shapes": lambda m, d: d.default_collate([m.zeros(2), m.zeros(3)]),
    "collate None": lambda m, d: d.default_collate([None]),
    "collate nothing": lambda m, d: d.default_collate([]),
    "collate without a key": lambda m, d: d.default_collate([{"a": 1}, {"b": 1}]),
    "collate text arrays": lambda m, d: d.default_collate([np.array("x")]),
    "collate tensors": lambda m, d: d.default_collate([m.zeros(2), m.ones(2)]),
}

ITEMS = [
    [1, 2],
    [1.0, 2.0],
    [True, False],
    ["a", "b"],
    [b"a"],
    [np.zeros(2), np.ones(2)],
    [np.float32(1), np.float32(2)],
    [np.array(3), np.array(4)],
    [[1, 2], [3, 4]],
    [(1, "a", 1.5), (2, "b", 2.5)],
    [{"a": 1, "b": (1, 2.0)}, {"a": 2, "b": (3, 4.0)}],
    [Pair(1, 2), Pair(3, 4)],
]
CALLS |= {f"collate {items}": lambda m, d, items=items: d.default_collate(items) for items in ITEMS}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_call_gives_what_it_gives_in_pytorch(call):
    torch = pytest.importorskip("torch")
    assert outcome(lambda: call(mg, data)) == outcome(lambda: call(torch, torch.utils.data))


SAME_SIGNATURE = (
    *("TensorDataset", "Subset", "ConcatDataset", "random_split", "default_collate"),
    *("SequentialSampler", "RandomSampler", "WeightedRandomSampler", "BatchSampler"),
)


def test_the_signatures_are_pytorchs():
    torch_data = pytest.importorskip("torch").utils.data
    for name in SAME_SIGNATURE:
        ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (data, torch_data))
        assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()], name
        if name != "random_split":  # whose default is each library's own generator
            assert [p.default for p in ours.values()] == [p.default for p in theirs.values()], name


def test_what_a_loader_takes_by_position_has_pytorchs_place_and_all_else_pytorchs_name():
    torch_data = pytest.importorskip("torch").utils.data
    ours, theirs = (inspect.signature(module.DataLoader).parameters for module in (data, torch_data))
    by_position = [name for name, p in ours.items() if p.kind is not p.KEYWORD_ONLY]
    assert by_position == list(theirs)[: len(by_position)]
    assert {name: p.default for name, p in ours.items()} == {name: theirs[name].default for name in ours}


# -- Order ---------------------------------------------------------------------------------------------------


def test_a_shuffled_pass_holds_each_item_once_and_the_next_pass_another_order():
    mg.manual_seed(0)
    loader = DataLoader(TensorDataset(mg.arange(100)), batch_size=7, shuffle=True)
    first, second = ([i for (batch,) in loader for i in batch.tolist()] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second != list(range(100))


def test_the_default_generator_and_a_given_one_make_the_order_repeatable():
    loader = DataLoader(five(), 2, shuffle=True)
    mg.manual_seed(3)
    from_default = labels_of(loader)
    given = DataLoader(five(), 2, shuffle=True, generator=mg.Generator().manual_seed(3))
    state = mg.get_rng_state().tolist()
    assert labels_of(given) == from_default
    assert mg.get_rng_state().tolist() == state, "a given generator leaves the default one alone"


def test_image_and_label_stay_together():
    for images, labels in DataLoader(five(), 2, shuffle=True):
        assert (images[:, 0] == 2 * labels).tolist() == [True] * len(labels)


def test_random_split_shares_no_item_and_repeats_with_its_generator():
    parts, again = (data.random_split(five(), [2, 3], mg.Generator().manual_seed(1)) for _ in range(2))
    assert sorted(parts[0].indices + parts[1].indices) == [0, 1, 2, 3, 4]
    assert [part.indices for part in parts] == [part.indices for part in again]


def test_with_replacement_items_come_again():
    drawn = list(RandomSampler(range(3), replacement=True, num_samples=50, generator=mg.Generator().manual_seed(0)))
    assert len(drawn) == 50
    assert set(drawn) == {0, 1, 2}


def test_weighted_sampling_follows_the_weights():
    drawn = list(WeightedRandomSampler([1.0, 0.0, 3.0], 4000, generator=mg.Generator().manual_seed(0)))
    assert drawn.count(1) == 0
    assert drawn.count(2) / 4000 == pytest.approx(0.75, abs=0.03)
    assert sorted(WeightedRandomSampler([1.0, 5.0, 3.0], 3, replacement=False)) == [0, 1, 2]


def of_uneven_passes(items):
    return RandomSampler(items, num_samples=23)  # more than two passes, each in an order of its own


@pytest.mark.parametrize(
    ("make", "done"),
    [
        (lambda items: None, 0),
        (lambda items: None, 1),
        (lambda items: None, 4),
        (of_uneven_passes, 2),
        (of_uneven_passes, 8),
    ],
)
def test_a_pass_can_be_resumed_from_the_state_it_began_with(make, done):
    items = TensorDataset(mg.arange(10))

    def begin():
        sampler = make(items)
        return iter(DataLoader(items, 2, shuffle=sampler is None, sampler=sampler))

    mg.manual_seed(1)
    began = mg.get_rng_state()
    batches = begin()
    for _ in range(done):
        next(batches)
        mg.rand(3)  # what the training draws between the batches
    now = mg.get_rng_state()
    wanted = [(batch.tolist(), mg.rand(1).item()) for (batch,) in batches]
    mg.manual_seed(99)
    mg.set_rng_state(began)
    batches = begin()
    for _ in range(done):
        next(batches)
    if done:
        mg.set_rng_state(now)
    assert [(batch.tolist(), mg.rand(1).item()) for (batch,) in batches] == wanted


# -- Batches -------------------------------------------------------------------------------------------------


def test_indexing_a_whole_batch_gives_what_collating_its_items_gives():
    indices = [4, 0, 2]
    for tensors in (five(), Subset(five(), [1, 3, 0, 2, 4]), Subset(Subset(five(), mg.arange(5)), [4, 3, 2, 1, 0])):
        whole = next(iter(DataLoader(tensors, batch_sampler=[indices])))
        collated = data.default_collate([tensors[i] for i in indices])
        assert plain(whole) == plain(collated)


def test_a_tensor_dataset_is_not_asked_for_single_items():
    class Counting(mg.Tensor):
        asked = 0

        def __getitem__(self, index):
            Counting.asked += 1
            return super().__getitem__(index)

    tensors = five()
    counting = Counting()
    counting._array, counting._node, counting.grad = mg.arange(5)._array, None, None
    tensors.tensors = (counting,)
    for loader in (DataLoader(tensors, 5), DataLoader(Subset(tensors, [4, 3, 2, 1, 0]), 5)):
        Counting.asked = 0
        list(loader)
        assert Counting.asked == 1


def test_a_subclass_that_changes_items_is_asked_for_each():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(2 * each for each in super().__getitem__(index))

    assert labels_of(DataLoader(Doubled(mg.arange(3)), 3)) == [[0, 2, 4]]


def test_a_collate_fn_gets_the_items_of_tensor_data_sets_too():
    for tensors in (five(), Subset(five(), [4, 3, 2, 1, 0])):
        (batch,) = DataLoader(tensors, 5, collate_fn=lambda items: items)
        assert plain(batch) == plain([tensors[i] for i in range(5)])


def test_any_object_with_getitem_and_len_is_a_dataset():
    batches = [(i.tolist(), s.dtype, s.tolist()) for i, s in DataLoader(Squares(), 3)]
    assert batches == [([0, 1, 2], mg.float64, [0.0, 1.0, 4.0]), ([3, 4], mg.float64, [9.0, 16.0])]


def test_what_pytorch_loads_faster_with_is_a_hint():
    hinted = DataLoader(five(), 2, num_workers=4, pin_memory=True, prefetch_factor=2, persistent_workers=True)
    assert labels_of(hinted) == [[0, 1], [2, 3], [4]]


def test_errors_say_what_came_and_what_to_do():
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors.*\(3,\), \(4, 2\)"):
        TensorDataset(mg.zeros(3), mg.zeros(4, 2))
    with pytest.raises(TypeError, match=r"ndarray; see minigrad\.as_tensor"):
        TensorDataset(np.zeros(3))
    with pytest.raises(TypeError, match=r"found NoneType; hand DataLoader a collate_fn"):
        data.default_collate([None])
    with pytest.raises(ValueError, match="batch_size should be a positive integer value, but got batch_size=0"):
        DataLoader(five(), 0)
    with pytest.raises(ValueError, match="batch_size attribute should not be set"):
        DataLoader(five()).batch_size = 2


def test_a_loader_shows_what_it_was_made_of():
    tensors = five()
    loader = DataLoader(tensors, 2, shuffle=True)
    assert loader.dataset is tensors
    assert (loader.batch_size, loader.drop_last, len(loader)) == (2, False, 3)
    assert isinstance(loader.sampler, RandomSampler)
    assert isinstance(loader.batch_sampler, BatchSampler)


# -- Samplers of one's own, and arguments that cannot be meant ------------------------------------------------


def test_a_sampler_of_ones_own_gives_the_order():
    class Backwards(data.Sampler):
        def __init__(self, length):
            self.length = length

        def __iter__(self):
            return iter(range(self.length - 1, -1, -1))

        def __len__(self):
            return self.length

    loader = data.DataLoader(data.TensorDataset(mg.arange(5)), batch_size=2, sampler=Backwards(5))
    assert [batch.tolist() for (batch,) in loader] == [[4, 3], [2, 1], [0]]
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(data.Sampler())


def test_subset_random_sampler_gives_each_of_its_indices_once():
    sampler = data.SubsetRandomSampler(range(10, 60), generator=mg.Generator().manual_seed(0))
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(10, 60))
    assert len(sampler) == 50
    assert first != second


def test_what_no_loader_can_do():
    with pytest.raises(AssertionError, match="at least one"):
        data.ConcatDataset([])
    with pytest.raises(ValueError, match="num_workers"):
        data.DataLoader(data.TensorDataset(mg.arange(5)), num_workers=-1)
