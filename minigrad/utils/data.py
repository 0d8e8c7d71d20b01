"""Data sets, samplers and batches: PyTorch's `torch.utils.data`, in this process."""

import copy
import itertools
import math
import sys
import types
from collections.abc import Iterable, Mapping, MutableMapping

import numpy as np

from .. import absent
from ..dtypes import float64
from ..ops.creation import as_tensor, tensor
from ..ops.shape import stack
from ..random import Generator, default_generator, randint, randperm
from ..core.tensor import Tensor


class Dataset:
    """Base of data sets, items by index: a subclass writes `__getitem__(index)` and `__len__`.

    A loader prefers `__getitems__(indices)`, a list of items, where a subclass has it.
    """

    __class_getitem__ = classmethod(types.GenericAlias)  # `Dataset[int]`, in annotations

    def __getitem__(self, index):
        name = type(self).__name__
        raise NotImplementedError(f"{name} has no __getitem__(index); write one that gives an item")

    def __add__(self, other):
        return ConcatDataset([self, other])


class IterableDataset(Dataset, Iterable):
    """Base of data sets that give their items one after the other: a subclass has `__iter__`."""


def get_worker_info():
    """Return None: the caller's process, no worker, loads the items."""


class TensorDataset(Dataset):
    """Tensors with first axes of one length: item i is the tuple of their i-th entries.

    AssertionError for first axes of different lengths, TypeError for anything but tensors.
    """

    def __init__(self, *tensors):
        for each in tensors:
            if not isinstance(each, Tensor):
                kind = type(each).__name__
                raise TypeError(
                    f"TensorDataset(): expected tensors, got {kind}; see minigrad.as_tensor"
                )
        if len({each.shape[0] for each in tensors}) > 1:
            raise AssertionError(
                f"Size mismatch between tensors of shapes {[each.shape for each in tensors]}"
            )
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
    """Data sets one after the other; also `first + second`."""

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("ConcatDataset(): there must be at least one data set")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise AssertionError("ConcatDataset does not support IterableDataset")
            _length(dataset, "ConcatDataset()")

    def __getitem__(self, index):
        i = index + len(self) if index < 0 else index
        for dataset in self.datasets:
            if 0 <= i < len(dataset):
                return dataset[i]
            i -= len(dataset)
        message = f"index {index} is out of range for {len(self)} items"
        if index < 0:  # as in PyTorch
            raise ValueError(message)
        raise IndexError(message)

    def __len__(self):
        return sum(len(dataset) for dataset in self.datasets)


def _length(dataset, name):
    """Return len(dataset), or raise the TypeError of the caller `name`."""
    if not hasattr(dataset, "__len__"):
        kind = type(dataset).__name__
        raise TypeError(f"{name}: object of type {kind!r} has no len(); write __len__()")
    return len(dataset)


def random_split(dataset, lengths, generator=default_generator):
    """Return random subsets without a common item, of `lengths` or of fractions that sum to 1.

    ValueError if the lengths do not add up to all items, TypeError for a length that is not an
    integer.
    """
    total = _length(dataset, "random_split()")
    lengths = list(lengths)
    if _are_fractions(lengths):
        lengths = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(lengths)):  # what rounding left over
            lengths[i % len(lengths)] += 1
    if sum(lengths) != total or any(length < 0 for length in lengths):
        raise ValueError(f"random_split(): {lengths} do not add up to the {total} items")
    for length in lengths:
        if not hasattr(length, "__index__"):
            raise TypeError(
                f"random_split(): a length must be an integer, not {length!r}; round it, or give "
                f"fractions that add up to 1, such as {length / total:g}"
            )
    order = iter(randperm(total, generator=generator).tolist())
    return [Subset(dataset, list(itertools.islice(order, int(length)))) for length in lengths]


def _are_fractions(lengths):
    """Return whether all are between 0 and 1, and add up to 1 but not to more."""
    total = sum(lengths)
    return math.isclose(total, 1) and total <= 1 and all(0 <= part <= 1 for part in lengths)


class Sampler:
    """Base of samplers: a subclass writes `__iter__`, which gives indices, and `__len__`."""

    __class_getitem__ = classmethod(types.GenericAlias)  # `Sampler[int]`, in annotations

    def __iter__(self):
        raise NotImplementedError(
            f"{type(self).__name__} has no __iter__(); write one that gives the indices"
        )


class SubsetRandomSampler(Sampler):
    """The given indices in random order."""

    def __init__(self, indices, generator=None):
        self.indices = indices
        self.generator = generator

    def __iter__(self):
        for i in randperm(len(self), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self):
        return len(self.indices)


class SequentialSampler(Sampler):
    """0, 1, 2, ... in order."""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self)))

    def __len__(self):
        return _length(self.data_source, "SequentialSampler()")


def _require_count(value, name):
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def _require_bool(value, name, error=ValueError):
    if not isinstance(value, bool):
        raise error(f"{name} should be a boolean value, but got {name}={value}")


class RandomSampler(Sampler):
    """All items in random order, or `num_samples` of them; with `replacement` items can repeat.

    One order is drawn when its first index is asked for; more, and with `replacement`, in pieces by
    a generator of its own. ValueError unless `num_samples`, or else the number of items, is a
    positive integer; TypeError for a `replacement` that is not a bool.
    """

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        _require_bool(replacement, "replacement", TypeError)
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        _require_count(self.num_samples, "num_samples")

    @property
    def num_samples(self):
        """The number of indices in a pass."""
        if self._num_samples is None:
            return _length(self.data_source, "RandomSampler()")
        return self._num_samples

    def __iter__(self):
        n = _length(self.data_source, "RandomSampler()")
        count = len(self)
        if n == 0:
            raise RuntimeError(
                "RandomSampler(): the data source is empty, there is nothing to draw"
            )
        generator = self.generator
        if generator is None and (self.replacement or count > n):
            generator = Generator().manual_seed(randint(2**63 - 1, ()).item())
        size = 32 if self.replacement else n
        for start in range(0, count, size):
            if self.replacement:
                drawn = randint(n, (size,), generator=generator)
            else:
                drawn = randperm(n, generator=generator)
            yield from drawn.tolist()[: count - start]

    def __len__(self):
        return self.num_samples


class WeightedRandomSampler(Sampler):
    """Indices, i drawn with probability `weights[i] / sum(weights)`.

    ValueError for weights that are not one-dimensional and a bad number of samples; RuntimeError
    for weights that cannot be probabilities, and, without `replacement`, for more samples than
    there are weights above 0.
    """

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        _require_count(num_samples, "num_samples")
        _require_bool(replacement, "replacement")
        self.weights = as_tensor(weights, dtype=float64)
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator
        self._probabilities()  # checks the weights

    def _probabilities(self):
        weights = self.weights.numpy()
        if weights.ndim != 1:
            raise ValueError(
                "WeightedRandomSampler(): weights should be a 1d sequence, but have shape "
                f"{weights.shape}"
            )
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
            raise RuntimeError(
                "WeightedRandomSampler(): to be probabilities, weights must be finite, not "
                "negative and not all 0"
            )
        if not self.replacement and np.count_nonzero(weights) < self.num_samples:
            raise RuntimeError(
                f"WeightedRandomSampler(): {np.count_nonzero(weights)} weights above 0 are too few "
                f"for num_samples={self.num_samples} without replacement"
            )
        weights = weights / weights.max()  # so that their sum is finite
        return weights / weights.sum()

    def __iter__(self):
        p = self._probabilities()
        draw = (self.generator or default_generator).numpy.choice
        yield from draw(len(p), self.num_samples, self.replacement, p).tolist()

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of `batch_size` indices out of `sampler`; `drop_last` drops a last one that is shorter.

    ValueError for a batch size that is not a positive integer, or exceeds sys.maxsize, and for a
    `drop_last` that is not a bool.
    """

    def __init__(self, sampler, batch_size, drop_last):
        _require_count(batch_size, "batch_size")
        _require_bool(drop_last, "drop_last")
        if batch_size > sys.maxsize:
            raise ValueError(f"batch_size should be at most {sys.maxsize}, but got {batch_size}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self):
        whole, rest = divmod(len(self.sampler), self.batch_size)
        return whole if self.drop_last or not rest else whole + 1


def default_collate(batch):
    """Return a list of items as one batch: tensors, arrays and numbers are stacked along axis 0.

    Items may be lists or dictionaries of these. Python floats become float64, strings are left
    unchanged. RuntimeError for items of different sizes, TypeError for what cannot be stacked.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    if not batch:
        raise IndexError("default_collate(): there is no item in the batch")
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)) and first.dtype.kind in "fiub":
        return stack([as_tensor(item) for item in batch])
    if isinstance(first, (int, float)):
        return _collate_numbers(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _collate_mappings(batch)
    if isinstance(first, (list, tuple)):
        return _collate_sequences(batch)
    raise TypeError(
        f"default_collate(): found {type(first).__name__}; hand DataLoader a collate_fn for it"
    )


def default_convert(data):
    """Return one item with its arrays as tensors, also within lists, tuples and dictionaries.

    >>> default_convert((np.ones(2), "a"))
    [tensor([1., 1.], dtype=float64), 'a']
    """
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind in "fiub":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, (list, tuple)):
        columns = [default_convert(item) for item in data]
        return type(data)(*columns) if hasattr(data, "_fields") else columns
    return data


def _collate_numbers(batch):
    for item in batch:
        if not isinstance(item, (int, float, np.generic, Tensor)):
            raise TypeError(f"default_collate(): found {type(item).__name__} in a batch of numbers")
    return tensor(batch, dtype=float64 if isinstance(batch[0], float) else None)


def _collate_mappings(batch):
    first = batch[0]
    columns = {key: default_collate([item[key] for item in batch]) for key in first}
    return _mapping_like(first, columns)


def _mapping_like(first, columns):
    """Return a mapping of the first item's type, or a dict if that type is immutable."""
    if not isinstance(first, MutableMapping):
        return columns
    collated = copy.copy(first)
    collated.update(columns)
    return collated


def _collate_sequences(batch):
    """Return a list of columns, or a named tuple if the first item is one."""
    first = batch[0]
    if any(len(item) != len(first) for item in batch):
        raise RuntimeError("default_collate(): the items of a batch must be equally long")
    columns = [default_collate(column) for column in zip(*batch, strict=True)]
    return type(first)(*columns) if hasattr(first, "_fields") else columns


_FIXED = "batch_size batch_sampler sampler drop_last dataset persistent_workers".split()


class DataLoader:
    """Batches of `dataset`, in order or, with `shuffle`, in a new random order for each pass.

    `sampler` gives the order instead, `batch_sampler` lists of indices; `collate_fn` makes a batch
    of a list of items. With `batch_size=None` the items come one by one, `collate_fn` of each. Of
    an IterableDataset the items come in its own order.

    This process loads, whatever `num_workers` says; so `worker_init_fn` is never called, and
    `pin_memory`, `timeout` and what else is about workers change nothing. The errors for options
    that exclude each other are PyTorch's. An order is drawn whole: to resume a pass, set the random
    state at its start, iterate again, and skip the batches done.

    >>> import minigrad as mg
    >>> loader = DataLoader(TensorDataset(mg.arange(5)), batch_size=2)
    >>> len(loader), [batch.tolist() for (batch,) in loader]
    (3, [[0, 1], [2, 3], [4]])
    """

    __class_getitem__ = classmethod(types.GenericAlias)  # `DataLoader[int]`, in annotations

    def __init__(
        self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0,
        collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
        multiprocessing_context=None, generator=None, *, prefetch_factor=None,
        persistent_workers=False, pin_memory_device="", in_order=True
    ):  # fmt: skip
        for_workers = {
            "prefetch_factor": prefetch_factor,
            "persistent_workers": persistent_workers or None,
            "multiprocessing_context": multiprocessing_context,
        }
        _check_workers(num_workers, timeout, for_workers)
        given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        _check_order(dataset, given, batch_size, drop_last)
        is_iterable = isinstance(dataset, IterableDataset)
        if sampler is None and not is_iterable:
            sampler = _default_sampler(dataset, shuffle, generator)
        if batch_sampler is None and batch_size is not None:
            order = itertools.repeat(None) if is_iterable else sampler
            batch_sampler = BatchSampler(order, batch_size, drop_last)
        convert = default_convert if batch_size is None else default_collate
        vars(self).update(  # past `__setattr__`, which refuses
            dataset=dataset, batch_size=batch_size, sampler=sampler, batch_sampler=batch_sampler,
            num_workers=num_workers, pin_memory=pin_memory, drop_last=drop_last, timeout=timeout,
            worker_init_fn=worker_init_fn, generator=generator, prefetch_factor=prefetch_factor,
            persistent_workers=persistent_workers, collate_fn=collate_fn or convert
        )  # fmt: skip

    def __setattr__(self, name, value):
        if name in _FIXED:
            raise ValueError(
                f"{name} attribute should not be set after DataLoader is initialized; make a new "
                "one"
            )
        object.__setattr__(self, name, value)

    def __iter__(self):
        if self.timeout and not self.num_workers:
            raise AssertionError(f"timeout={self.timeout} is a limit for workers: set num_workers")
        if isinstance(self.dataset, IterableDataset):
            return self._in_their_order(iter(self.dataset))
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[index]) for index in self.sampler)
        return (self._batch(indices) for indices in self.batch_sampler)

    def _in_their_order(self, items):
        """Yield the items of an iterable data set, each or in batches."""
        if self.batch_size is None:
            yield from map(self.collate_fn, items)
            return
        while batch := list(itertools.islice(items, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def __len__(self):
        if isinstance(self.dataset, IterableDataset):
            whole, rest = divmod(_length(self.dataset, "DataLoader"), self.batch_size or 1)
            return whole if self.drop_last or not rest else whole + 1
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def _batch(self, indices):
        dataset = self.dataset
        while type(dataset) is Subset:
            indices = [dataset.indices[i] for i in indices]
            dataset = dataset.dataset
        is_plain = type(dataset) is TensorDataset and self.collate_fn is default_collate
        if is_plain and set(map(type, indices)) == {int}:
            return [each[indices] for each in dataset.tensors]
        try:
            return self.collate_fn(_items(dataset, indices))
        except StopIteration as error:  # which would end the pass in silence
            raise RuntimeError(
                f"DataLoader: {type(dataset).__name__} or collate_fn raised StopIteration for the "
                f"items {indices}; the number of items is what __len__() says"
            ) from error


def _items(dataset, indices):
    """Return the items at these indices, in one call if the data set has one for it."""
    if getattr(dataset, "__getitems__", None):
        return dataset.__getitems__(indices)
    return [dataset[index] for index in indices]


def _check_workers(num_workers, timeout, options):
    """Raise ValueError for options about workers that do not go together, as PyTorch does."""
    numbers = {"num_workers": num_workers, "timeout": timeout}
    numbers["prefetch_factor"] = options["prefetch_factor"] or 0
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"{name} must not be negative, got {number}")
    for name, value in options.items():
        if value is not None and not num_workers:
            raise ValueError(f"{name} option is for workers: it needs num_workers > 0")


def _check_order(dataset, given, batch_size, drop_last):
    """Raise the error for options about the order that exclude each other, or for the dataset."""
    order = [name for name, value in given.items() if value is not None]
    if isinstance(dataset, IterableDataset):
        if order:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {order[0]} option, but got "
                f"{order[0]}={given[order[0]]}"
            )
    elif not hasattr(dataset, "__getitem__"):
        kind = type(dataset).__name__
        raise TypeError(f"DataLoader: a dataset has __getitem__(index), but {kind} has not")
    if "batch_sampler" in order and (batch_size != 1 or drop_last or len(order) > 1):
        raise ValueError(
            "batch_sampler is mutually exclusive with batch_size, shuffle, sampler and drop_last"
        )
    if len(order) > 1:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None, no batches, is mutually exclusive with drop_last")


def _default_sampler(dataset, shuffle, generator):
    if shuffle:
        return RandomSampler(dataset, generator=generator)
    return SequentialSampler(dataset)


__getattr__ = absent.getattr_of("minigrad.utils.data", globals())
