"""Data sets, the order in which their items are drawn, and batches: PyTorch's `torch.utils.data`, in this process.

All randomness comes from minigrad's default generator, or from the `generator` that is handed in.
"""

import bisect
import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..dtypes import float64
from ..ops.creation import as_tensor, tensor
from ..ops.shape import stack
from ..random import default_generator, randperm
from ..tensor import Tensor

# -- Data sets -----------------------------------------------------------------------------------------------


class Dataset:
    """Items by index: a subclass writes `__getitem__(index)`, and `__len__` for whoever needs the number of items."""

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(index); write one that returns an item")

    def __add__(self, other):
        return ConcatDataset([self, other])


class TensorDataset(Dataset):
    """Tensors whose first axes run in parallel: item i is the tuple of their i-th entries.

    An index may also be a slice, a list or a tensor of integers, and gives the tuple of what it selects.
    Raises AssertionError if the first axes differ in length and TypeError for what is no tensor.

    >>> import minigrad as mg
    >>> TensorDataset(mg.tensor([[0.0], [0.5]]), mg.tensor([3, 4]))[1]
    (tensor([0.5000]), tensor(4))
    """

    def __init__(self, *tensors):
        for each in tensors:
            if not isinstance(each, Tensor):
                raise TypeError(f"TensorDataset(): expected tensors, got {type(each).__name__}; see minigrad.as_tensor")
            if not each.ndim:
                raise IndexError("TensorDataset(): a 0-d tensor has no first axis to take items from")
        if len({len(each) for each in tensors}) > 1:
            shapes = ", ".join(str(each.shape) for each in tensors)
            raise AssertionError(f"Size mismatch between tensors: the first axes must be equally long, got {shapes}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple([each[index] for each in self.tensors])

    def __len__(self):
        return len(self.tensors[0])


class Subset(Dataset):
    """The items of `dataset` at `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    """Data sets one after the other; also `first + second`. AssertionError if there are none."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        self.cumulative_sizes = list(itertools.accumulate(len(each) for each in self.datasets))

    def __getitem__(self, index):
        if index < -len(self):
            raise ValueError(f"index {index} reaches back further than the {len(self)} items")
        index = index + len(self) if index < 0 else index
        which = bisect.bisect_right(self.cumulative_sizes, index)
        if which == len(self.datasets):
            raise IndexError(f"index {index} is out of range for {len(self)} items")
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]

    def __len__(self):
        return self.cumulative_sizes[-1]


def random_split(dataset, lengths, generator=default_generator):
    """Subsets of the given lengths that share no item, drawn at random.

    `lengths` are counts that add up to the number of items, or fractions that add up to 1: what rounding down leaves
    over goes to the first subsets, one item each. ValueError if the sum is another.
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if any(not 0 <= fraction <= 1 for fraction in lengths):
            raise ValueError(f"random_split(): fractions must lie between 0 and 1, got {list(lengths)}")
        lengths = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(lengths)):
            lengths[i % len(lengths)] += 1
    if sum(lengths) != total:
        raise ValueError(f"random_split(): the lengths {list(lengths)} do not add up to the {total} items")
    order = randperm(total, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[end - length : end]) for length, end in zip(lengths, ends, strict=True)]


# -- Samplers: the order in which items are drawn ------------------------------------------------------------


def _require_count(name, value):
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def _require_bool(name, value, error=ValueError):
    if not isinstance(value, bool):
        raise error(f"{name} should be a boolean value, but got {name}={value}")


class Sampler:
    """Iterates over indices: a subclass writes `__iter__`, and `__len__` where their number is known."""

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} has no __iter__; write one that yields indices")


class SequentialSampler(Sampler):
    """0, 1, 2, ... in order."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """All items in random order, or `num_samples` of them, with `replacement` each drawn anew from all."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        _require_bool("replacement", replacement, TypeError)
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        _require_count("num_samples", self.num_samples)

    @property
    def num_samples(self):
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self):
        n = len(self.data_source)
        if self.replacement:
            drawn = (self.generator or default_generator).numpy.integers(n, size=self.num_samples)
            yield from drawn.tolist()
            return
        for start in range(0, self.num_samples, n):
            yield from randperm(n, generator=self.generator).tolist()[: self.num_samples - start]

    def __len__(self):
        return self.num_samples


class WeightedRandomSampler(Sampler):
    """`num_samples` indices, i drawn with probability `weights[i] / sum(weights)`.

    Without `replacement` no index comes twice. ValueError for weights that are not 1-d; RuntimeError, on drawing, for
    weights that are no probabilities or for more draws than there are positive weights.
    """

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        _require_count("num_samples", num_samples)
        _require_bool("replacement", replacement)
        self.weights = np.asarray(weights, np.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"weights should be a 1d sequence but given weights have shape {self.weights.shape}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self):
        weights = self.weights
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise RuntimeError("WeightedRandomSampler: weights must be finite, not negative, and not all 0")
        if not self.replacement and self.num_samples > np.count_nonzero(weights):
            raise RuntimeError(
                f"WeightedRandomSampler: cannot draw {self.num_samples} different indices from "
                f"{np.count_nonzero(weights)} positive weights; use replacement=True"
            )
        source = (self.generator or default_generator).numpy
        drawn = source.choice(len(weights), self.num_samples, self.replacement, weights / weights.sum())
        return iter(drawn.tolist())

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices out of `sampler`; the last, if shorter, is kept unless `drop_last`."""

    def __init__(self, sampler, batch_size, drop_last):
        _require_count("batch_size", batch_size)
        _require_bool("drop_last", drop_last)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self):
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)


# -- From items to batches -----------------------------------------------------------------------------------


def default_convert(data):
    """NumPy arrays and numbers in `data`, however nested, as tensors; all else as it is."""
    return (
        as_tensor(data) if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind in "fiub" else _nested(data)
    )


def _nested(data):
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*[default_convert(value) for value in data])
    if isinstance(data, (list, tuple)):
        return [default_convert(value) for value in data]
    return data


def default_collate(batch):
    """A list of items as one batch: tensors, arrays and numbers are stacked along a new first axis.

    Items may be tuples, lists or dictionaries of such: the batch is then a list, or a dictionary, of batches. Python
    floats make float64, integers int64, and strings stay as they are. Raises RuntimeError for items of different
    lengths or shapes and TypeError for what cannot be stacked.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, (np.ndarray, np.generic)) and first.dtype.kind in "fiub":
        return stack([as_tensor(item) for item in batch])
    if isinstance(first, (bool, int)):
        return tensor(batch)
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, Sequence):
        return _collate_sequences(batch)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first).__name__}; hand DataLoader a collate_fn"
    )


def _collate_sequences(batch):
    first = batch[0]
    if any(len(item) != len(first) for item in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = [default_collate(column) for column in zip(*batch, strict=True)]
    return type(first)(*columns) if hasattr(first, "_fields") else columns


def _whole_batch(dataset, indices):
    """The batch that collating single items would give, indexed at once; None where items must be asked for singly."""
    getitem = type(dataset).__getitem__
    if getitem is Subset.__getitem__:
        return _whole_batch(dataset.dataset, [dataset.indices[i] for i in indices])
    if getitem is TensorDataset.__getitem__:
        return [each[indices] for each in dataset.tensors]
    return None


# -- DataLoader ----------------------------------------------------------------------------------------------


class DataLoader:
    """Iterates over `dataset` in batches, in order or, with `shuffle`, in an order drawn anew for each pass.

    `sampler` gives the order instead, `batch_sampler` whole lists of indices; `batch_size=None` gives single items.
    `collate_fn` turns a list of items into a batch (see `default_collate`). All is loaded in this process, so
    `num_workers`, `prefetch_factor`, `persistent_workers`, `pin_memory` and `in_order`, which change only how fast
    PyTorch loads, are accepted as the hints that they are.

    Raises ValueError for options that exclude each other, NotImplementedError for `timeout`, `worker_init_fn`,
    `multiprocessing_context` and `pin_memory_device`.

    >>> import minigrad as mg
    >>> loader = DataLoader(TensorDataset(mg.arange(5)), batch_size=2)
    >>> len(loader), [batch.tolist() for (batch,) in loader]
    (3, [[0, 1], [2, 3], [4]])
    """

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor=None,
        persistent_workers=False,
        pin_memory_device="",
        in_order=True,
    ):
        _refuse_unsupported(
            timeout=timeout,
            worker_init_fn=worker_init_fn,
            multiprocessing_context=multiprocessing_context,
            pin_memory_device=pin_memory_device,
        )
        if num_workers < 0:
            raise ValueError(f"num_workers should be non-negative, but got num_workers={num_workers}")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler is mutually exclusive with batch_size, shuffle, sampler and drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None gives single items and is mutually exclusive with drop_last")
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.num_workers, self.pin_memory = num_workers, pin_memory
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)

    def __setattr__(self, name, value):
        if name in ("dataset", "batch_size", "sampler", "batch_sampler", "drop_last") and name in self.__dict__:
            raise ValueError(f"{name} attribute should not be set after DataLoader is initialized; make a new one")
        super().__setattr__(name, value)

    def __iter__(self):
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[index]) for index in self.sampler)
        return (self._batch(indices) for indices in self.batch_sampler)

    def __len__(self):
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def _batch(self, indices):
        if self.collate_fn is default_collate:
            batch = _whole_batch(self.dataset, indices)
            if batch is not None:
                return batch
        return self.collate_fn([self.dataset[index] for index in indices])


def _refuse_unsupported(**options):
    for name, value in options.items():
        if value:
            raise NotImplementedError(f"DataLoader(): {name} is not supported: all is loaded in this process")
