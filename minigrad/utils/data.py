"""Data sets, the order in which their items are drawn, and batches: PyTorch's `torch.utils.data`, in this process."""

import itertools
import math
from collections.abc import Mapping

import numpy as np

from .. import absent
from ..dtypes import float64
from ..ops.creation import as_tensor, tensor
from ..ops.shape import stack
from ..random import default_generator, randint, randperm
from ..tensor import Tensor


class Dataset:
    """Items by index: a subclass writes `__getitem__(index)`, and `__len__`."""

    def __add__(self, other):
        return ConcatDataset([self, other])


class TensorDataset(Dataset):
    """Tensors with first axes of one length, or an AssertionError: item i is the tuple of their i-th entries."""

    def __init__(self, *tensors):
        for each in tensors:
            if not isinstance(each, Tensor):
                raise TypeError(f"TensorDataset(): expected tensors, got {type(each).__name__}; see minigrad.as_tensor")
        if len({each.shape[0] for each in tensors}) > 1:
            raise AssertionError(f"Size mismatch between tensors of shapes {[each.shape for each in tensors]}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple([each[index] for each in self.tensors])

    def __len__(self):
        return len(self.tensors[0])


class Subset(Dataset):
    """The items of `dataset` at `indices`, in that order."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index):
        return self.dataset[[self.indices[i] for i in index] if isinstance(index, list) else self.indices[index]]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    """Data sets one after the other; also `first + second`."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("ConcatDataset(): there must be at least one data set")

    def __getitem__(self, index):
        i = index + len(self) if index < 0 else index
        for dataset in self.datasets:
            if 0 <= i < len(dataset):
                return dataset[i]
            i -= len(dataset)
        raise (ValueError if index < 0 else IndexError)(f"index {index} is out of range for {len(self)} items")

    def __len__(self):
        return sum(len(dataset) for dataset in self.datasets)


def random_split(dataset, lengths, generator=default_generator):
    """Random subsets without a common item, of `lengths` or fractions that add up to all, or a ValueError."""
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1 and all(0 <= fraction <= 1 for fraction in lengths):
        lengths = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(lengths)):  # what rounding left over
            lengths[i % len(lengths)] += 1
    if sum(lengths) != total or min(lengths) < 0:
        raise ValueError(f"random_split(): the lengths {list(lengths)} do not add up to the {total} items")
    order = iter(randperm(total, generator=generator).tolist())
    return [Subset(dataset, list(itertools.islice(order, length))) for length in lengths]


class Sampler:
    """An order of the items of a data set: a subclass writes `__iter__`, which gives indices, and `__len__`."""

    def __iter__(self):
        raise NotImplementedError(f"{type(self).__name__} has no __iter__(); write one that gives the indices")


class SubsetRandomSampler(Sampler):
    """The given indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices, self.generator = indices, generator

    def __iter__(self):
        return iter([self.indices[i] for i in randperm(len(self.indices), generator=self.generator).tolist()])

    def __len__(self):
        return len(self.indices)


class SequentialSampler(Sampler):
    """0, 1, 2, ... in order."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """All items in random order, or `num_samples` of them, with `replacement` each drawn anew from all."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source, self.replacement, self._num_samples = data_source, replacement, num_samples
        self.generator = generator

    def __iter__(self):
        n, count = len(self.data_source), len(self)
        if self.replacement:
            return iter(randint(n, (count,), generator=self.generator).tolist())
        passes = [randperm(n, generator=self.generator).tolist() for _ in range(0, count, n or 1)]
        return itertools.islice(itertools.chain(*passes), count)

    def __len__(self):
        return len(self.data_source) if self._num_samples is None else self._num_samples


class WeightedRandomSampler(Sampler):
    """Indices, i drawn with probability `weights[i] / sum(weights)`; ValueError if these are no probabilities."""

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        self.weights, self.num_samples = np.asarray(weights, np.float64), num_samples
        self.replacement, self.generator = replacement, generator

    def __iter__(self):
        draw, chances = (self.generator or default_generator).numpy.choice, self.weights / self.weights.sum()
        return iter(draw(len(chances), self.num_samples, self.replacement, chances).tolist())

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices out of `sampler`; the last, if shorter, is kept unless `drop_last`."""

    def __init__(self, sampler, batch_size, drop_last):
        if type(batch_size) is not int or batch_size < 1:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self):
        return (len(self.sampler) + (0 if self.drop_last else self.batch_size - 1)) // self.batch_size


def default_collate(batch):
    """A list of items as one batch: tensors, arrays and numbers are stacked along a new first axis.

    Items may be lists or dictionaries of such. Python floats make float64, strings stay as they are. RuntimeError for
    items of different sizes, TypeError for what cannot be stacked.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor) or (isinstance(first, (np.ndarray, np.generic)) and first.dtype.kind in "fiub"):
        return stack([as_tensor(item) for item in batch])
    if isinstance(first, (int, float)):
        return tensor(batch, dtype=float64 if isinstance(first, float) else None)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if not isinstance(first, (list, tuple)):
        raise TypeError(f"default_collate(): found {type(first).__name__}; hand DataLoader a collate_fn for it")
    if any(len(item) != len(first) for item in batch):
        raise RuntimeError("default_collate(): the items of a batch must be equally long")
    columns = [default_collate(column) for column in zip(*batch, strict=True)]
    return type(first)(*columns) if hasattr(first, "_fields") else columns


class DataLoader:
    """Iterates over `dataset` in batches, in order or, with `shuffle`, in an order drawn anew for each pass.

    `sampler` gives the order instead, `batch_sampler` lists of indices; `collate_fn` makes a batch of a list of items.
    `num_workers`, `pin_memory`, `prefetch_factor` and `persistent_workers` change nothing: this process loads. An order
    is drawn whole: to resume a pass, set the random state at its start, iterate anew, and skip the batches done.

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
        *,
        generator=None,
        prefetch_factor=None,
        persistent_workers=False,
    ):
        if num_workers < 0:
            raise ValueError(f"num_workers must not be negative, got {num_workers}; this process loads in any case")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError("batch_sampler is mutually exclusive with batch_size, shuffle, sampler and drop_last")
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        elif shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        vars(self).update(dataset=dataset, batch_size=batch_size, sampler=sampler, batch_sampler=batch_sampler)
        vars(self).update(drop_last=drop_last, generator=generator, collate_fn=collate_fn or default_collate)

    def __setattr__(self, name, value):
        raise ValueError(f"{name} attribute should not be set after DataLoader is initialized; make a new one")

    def __iter__(self):
        return (self._batch(indices) for indices in self.batch_sampler)

    def __len__(self):
        return len(self.batch_sampler)

    def _batch(self, indices):
        dataset = self.dataset
        while type(dataset) is Subset:
            dataset, indices = dataset.dataset, [dataset.indices[i] for i in indices]
        if type(dataset) is TensorDataset and self.collate_fn is default_collate:
            return [each[indices] for each in dataset.tensors]
        return self.collate_fn([dataset[index] for index in indices])

__getattr__ = absent.getattr_of("minigrad.utils.data", globals())
