"""Distributions against PyTorch's: values, gradients, shapes, texts and errors."""

import re

import numpy as np
import pytest

import minigrad as mg

from .comparing import difference
from .errors import assert_same_error

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def pytorch_checks_its_arguments():
    """Some of PyTorch's own test tools, which other files here use, switch that off."""
    torch.distributions.Distribution.set_default_validate_args(True)


RNG = np.random.default_rng(0)
SCORES = RNG.standard_normal((2, 3, 4))
SHARES = RNG.uniform(0.1, 1, (3, 4))
WITH_ZEROS = np.array([[0.0, 1.0, 3.0], [0.2, 0.0, 0.0]])
CHANCES = np.array([0.0, 0.25, 0.5, 0.7, 1.0])
BITS = np.array([[0.0, 1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0, 0.0]])

# (class, the parameters, values)
CASES = {
    "Normal": ("Normal", {"loc": RNG.standard_normal((3, 1)), "scale": RNG.uniform(0.1, 2, 4)}, SCORES),
    "Normal of numbers": ("Normal", {"loc": 0, "scale": 2.5}, SHARES),
    "Normal of a number": ("Normal", {"loc": SCORES, "scale": 3}, SHARES),
    "Bernoulli": ("Bernoulli", {"probs": CHANCES}, BITS),
    "Bernoulli of a number": ("Bernoulli", {"probs": 0.3}, BITS),
    "Bernoulli of logits": ("Bernoulli", {"logits": SCORES[0, 0]}, BITS[:, :4]),
    "Bernoulli of sure logits": ("Bernoulli", {"logits": np.array([-800.0, 800.0, 0.0])}, BITS[:, :3]),
    "Categorical": ("Categorical", {"probs": SHARES}, np.array([[0, 3, 1], [2, 2, 0]])),
    "Categorical of one row": ("Categorical", {"probs": SHARES[0]}, np.array([[0, 3], [1, 2]])),
    "Categorical of zeros": ("Categorical", {"probs": WITH_ZEROS}, np.array([0, 2])),
    "Categorical of logits": ("Categorical", {"logits": SCORES}, np.array([[0, 3, 1], [2, 2, 0]])),
    "Categorical of floats": ("Categorical", {"logits": SCORES[0]}, np.array([0.0, 3.0, 1.0])),
    "Categorical, broadcast": ("Categorical", {"logits": SCORES[:1]}, np.array([[[0], [3]], [[1], [1]]])),
}
EACH_CASE = pytest.mark.parametrize("case", CASES)
EACH_DTYPE = pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])


def tensor(lib, value, dtype):
    made = lib.tensor(value)
    return made.to(getattr(lib, dtype)) if value.dtype.kind == "f" else made


def made(lib, case, dtype="float64", **options):
    """The distribution, its parameters that are tensors, and values."""
    name, parameters, values = CASES[case]
    given = {
        key: tensor(lib, x, dtype).requires_grad_() if isinstance(x, np.ndarray) else x for key, x in parameters.items()
    }
    leaves = [x for x in given.values() if isinstance(x, lib.Tensor)]
    return getattr(lib.distributions, name)(**given, **options), leaves, tensor(lib, values, dtype)


def agree(run, tolerance):
    text = difference(run(mg), run(torch), tolerance)
    assert text is None, text


@EACH_DTYPE
@EACH_CASE
def test_values(case, dtype, tolerance):
    def run(lib):
        distribution, _, values = made(lib, case, dtype)
        found = [distribution.log_prob(values), distribution.entropy()]
        found += [distribution.mean, distribution.variance, distribution.stddev, distribution.mode]
        if case[0] != "N":
            found += [distribution.probs, distribution.logits]
        return [*found, tuple(distribution.batch_shape), tuple(distribution.event_shape)]

    agree(run, 1e-6 if case == "Bernoulli of a number" else tolerance)  # which is float32


@EACH_CASE
def test_gradients(case):
    def run(lib):
        distribution, leaves, values = made(lib, case)
        if not leaves:
            return []
        out = distribution.log_prob(values)
        out = out[out > -100].sum() + (distribution.entropy() ** 2).sum()
        first = lib.autograd.grad(out, leaves, create_graph=True, allow_unused=True)
        used = [(g, x) for g, x in zip(first, leaves, strict=True) if g is not None]
        second = lib.autograd.grad(sum((g * g.detach().sin()).sum() for g, _ in used), leaves, allow_unused=True)
        return [g.detach() for g in (*[g for g, _ in used], *second) if g is not None]

    agree(run, 1e-9)


@pytest.mark.parametrize("case", [case for case in CASES if "zeros" not in case and "of a number" not in case])
def test_gradients_are_those_of_differences(case):
    name, parameters, _ = CASES[case]
    leaves = made(mg, case)[1]
    keys = [key for key, x in parameters.items() if isinstance(x, np.ndarray)]
    if not keys or name == "Bernoulli":  # whose probabilities of 0 and 1 are clamped
        return
    values = made(mg, case)[2]

    def function(*tensors):
        distribution = getattr(mg.distributions, name)(**dict(zip(keys, tensors, strict=True)))
        return distribution.log_prob(values), distribution.entropy()

    assert mg.autograd.gradcheck(function, leaves)
    assert mg.autograd.gradgradcheck(function, leaves)


PAIRS = {
    "normal": [("Normal", 0), ("Normal of a number", 0)],
    "bernoulli": [("Bernoulli", 0), ("Bernoulli of a number", 0)],
    "bernoulli of a number": [("Bernoulli of a number", 0), ("Bernoulli", 0)],
    "bernoulli of logits": [("Bernoulli of logits", 0), ("Bernoulli of a number", 0)],
    "categorical": [("Categorical", 0), ("Categorical of logits", 0)],
    "categorical of one row": [("Categorical of logits", 0), ("Categorical of one row", 0)],
}


@pytest.mark.parametrize("pair", PAIRS)
def test_divergences(pair):
    def run(lib):
        (p, x, _), (q, y, _) = (made(lib, case) for case, _ in PAIRS[pair])
        out = lib.distributions.kl_divergence(p, q)
        finite = out[out < 1e9].sum()
        return [out.detach(), *lib.autograd.grad(finite, x + y)]

    agree(run, 1e-6 if "bernoulli" in pair else 1e-9)  # a number is float32


def test_divergences_from_certain_distributions():
    def run(lib):
        kinds = lib.distributions
        p = kinds.Categorical(lib.tensor(WITH_ZEROS))
        q = kinds.Categorical(lib.tensor(WITH_ZEROS[::-1].copy()))
        b, c = kinds.Bernoulli(lib.tensor(CHANCES)), kinds.Bernoulli(lib.tensor(CHANCES[::-1].copy()))
        pairs = [(p, q), (p, p), (b, c), (b, b)]
        return [kinds.kl_divergence(x, y) for x, y in pairs]

    agree(run, 1e-9)


@EACH_CASE
@pytest.mark.parametrize("sample_shape", [(), (5,), [2, 3]], ids=str)
def test_samples_have_the_same_shape_and_type(case, sample_shape):
    def run(lib):
        distribution, _, _ = made(lib, case, "float32")
        sample = distribution.sample(sample_shape)
        assert distribution.log_prob(sample).shape == sample.shape
        return sample

    text = difference(run(mg), run(torch), 0, values=False)
    assert text is None, text


def test_differentiable_samples():
    def run(lib):
        distribution, leaves, _ = made(lib, "Normal")
        sample = distribution.rsample((7,))
        noise = (sample - distribution.loc) / distribution.scale
        gradients = lib.autograd.grad((sample * 2).sum(), leaves)
        assert lib.allclose(gradients[1], 2 * noise.sum((0, 1)))
        return [sample, gradients[0], distribution.has_rsample]

    ours, theirs = run(mg), run(torch)
    assert difference(ours[0], theirs[0], 0, values=False) is None
    assert difference(ours[1:], theirs[1:], 1e-12) is None


def test_what_is_first_read_without_recording_is_recorded():
    def run(lib):
        logits = lib.tensor([1.0, 2.0, 0.5], requires_grad=True)
        distribution = lib.distributions.Categorical(logits=logits)
        with lib.no_grad():
            distribution.sample()
        distribution.probs[0].backward()
        return logits.grad

    agree(run, 1e-6)


@EACH_CASE
def test_texts(case):
    def run(lib):
        distribution, _, _ = made(lib, case, "float32")
        text = repr(distribution)
        if case[0] != "N":
            assert distribution.probs is distribution.probs
            assert distribution.logits is distribution.logits
            text += repr(distribution)
        return text

    theirs = re.sub(r"torch.Size\(\[(\d+)\]\)", r"(\1,)", run(torch))
    assert run(mg) == theirs.replace("torch.Size([", "(").replace("])", ")")


def calls_that_fail(lib):
    d = lib.distributions
    normal, bits, classes = d.Normal(lib.zeros(2), 1.0), d.Bernoulli(0.5), d.Categorical(lib.ones(3))
    nan = lib.tensor(float("nan"))
    return {
        "scale": lambda: d.Normal(0.0, -1.0),
        "scale 0": lambda: d.Normal(lib.zeros(2), lib.tensor([1.0, 0.0])),
        "NaN": lambda: d.Normal(nan, 1.0),
        "word": lambda: d.Normal("x", 1.0),
        "list": lambda: d.Normal([0.0], 1.0),
        "shapes": lambda: d.Normal(lib.zeros(2), lib.ones(3)),
        "no parameters": lambda: d.Normal(),
        "probability": lambda: d.Bernoulli(1.5),
        "NaN as probability": lambda: d.Bernoulli(nan),
        "word as probability": lambda: d.Bernoulli("x"),
        "neither": lambda: d.Bernoulli(),
        "both": lambda: d.Bernoulli(0.1, 0.2),
        "both for classes": lambda: d.Categorical(lib.ones(2), lib.ones(2)),
        "neither for classes": lambda: d.Categorical(),
        "0-d": lambda: d.Categorical(lib.tensor(0.3)),
        "0-d logits": lambda: d.Categorical(logits=lib.tensor(0.3)),
        "negative": lambda: d.Categorical(lib.tensor([-1.0, 2.0])),
        "zeros": lambda: d.Categorical(lib.zeros(2)),
        "no classes": lambda: d.Categorical(lib.ones(2, 0)),
        "NaN logits": lambda: d.Categorical(logits=lib.stack([nan, nan])),
        "list of probs": lambda: d.Categorical([0.1, 0.9]),
        "integer probabilities": lambda: d.Bernoulli(lib.tensor(1)).logits,
        "value": lambda: normal.log_prob(1.0),
        "NaN value": lambda: normal.log_prob(nan),
        "shape of the value": lambda: normal.log_prob(lib.zeros(3)),
        "half": lambda: bits.log_prob(lib.tensor(0.5)),
        "integer bit": lambda: bits.log_prob(lib.tensor(1)),
        "class 3": lambda: classes.log_prob(lib.tensor(3)),
        "class -1": lambda: classes.log_prob(lib.tensor(-1)),
        "class 0.5": lambda: classes.log_prob(lib.tensor(0.5)),
        "class 3, unchecked": lambda: d.Categorical(lib.ones(3), validate_args=False).log_prob(lib.tensor(3)),
        "negative scale, unchecked": lambda: d.Normal(0.0, -1.0, validate_args=False).sample(),
        "rsample": lambda: classes.rsample(),
        "rsample of bits": lambda: bits.rsample((2,)),
        "sample shape": lambda: normal.sample(3),
        "negative sample shape": lambda: normal.sample((-1,)),
        "no samples": lambda: classes.sample((0,)),
        "unlike": lambda: d.kl_divergence(normal, classes),
        "base sample": lambda: d.Distribution().sample(),
        "base mean": lambda: d.Distribution(validate_args=False).mean,
        "base log_prob": lambda: d.Distribution(validate_args=False).log_prob(nan),
        "base entropy": lambda: d.Distribution(validate_args=False).entropy(),
        "default": lambda: d.Distribution.set_default_validate_args(3),
        "unknown": lambda: normal.unheard_of,
    }


@pytest.mark.filterwarnings("ignore:.*does not define")
@pytest.mark.parametrize("case", calls_that_fail(mg))
def test_errors_have_the_same_type(case):
    assert_same_error(calls_that_fail(mg)[case], calls_that_fail(torch)[case])


def test_checks_can_be_switched_off():
    def run(lib):
        kinds = lib.distributions
        found = [kinds.Normal(0.0, -1.0, validate_args=False).log_prob(lib.tensor(1.0))]
        kinds.Distribution.set_default_validate_args(False)
        try:
            found.append(kinds.Bernoulli(1.5).probs)
            with pytest.raises(ValueError):
                kinds.Bernoulli(1.5, validate_args=True)
        finally:
            kinds.Distribution.set_default_validate_args(True)
        return [*found, kinds.Normal(1.0, 2.0, validate_args=False).log_prob(0.5)]

    agree(run, 1e-6)


def test_a_subclass_with_masked_logits():
    def run(lib):
        class Masked(lib.distributions.Categorical):
            def __init__(self, logits, mask):
                super().__init__(logits=lib.where(mask, logits, lib.tensor(-1e8)))

            def entropy(self):
                return -lib.where(self.probs > 0, self.logits * self.probs, lib.tensor(0.0)).sum(-1)

        masked = Masked(lib.tensor([1.0, 2.0, 3.0]), lib.tensor([True, False, True]))
        assert masked.sample((50,)).ne(1).all()
        return [masked.entropy(), masked.log_prob(lib.tensor(2)), masked.probs]

    agree(run, 1e-6)
