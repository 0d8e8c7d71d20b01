"""Distributions on minigrad's own terms: what samples look like, what repeats them, what is refused."""

import math
import subprocess
import sys

import pytest

import minigrad as mg
from minigrad.distributions import Bernoulli, Categorical, Distribution, Independent, MultivariateNormal, Normal


def kinds():
    loc = mg.tensor([-2.0, 3.0])
    return [Normal(loc, 0.5), Bernoulli(mg.tensor([0.2, 0.9])), Categorical(mg.tensor([[1.0, 3.0], [0.0, 2.0]]))]


def test_samples_come_from_the_generator():
    for distribution in kinds():
        mg.manual_seed(3)
        first = distribution.sample((100,))
        assert distribution.sample((100,)).tolist() != first.tolist()
        mg.manual_seed(3)
        assert distribution.sample((100,)).tolist() == first.tolist()


def test_samples_have_the_mean_and_the_deviation():
    mg.manual_seed(0)
    normal, bits, classes = kinds()
    for sample in (normal.sample((20000,)), normal.rsample((20000,))):
        assert mg.allclose(sample.mean(0), normal.mean, atol=0.02)
        assert mg.allclose(sample.std(0), normal.stddev, atol=0.02)
    assert mg.allclose(bits.sample((20000,)).mean(0), bits.probs, atol=0.02)
    assert mg.allclose(classes.sample((20000,)).float().mean(0), classes.probs[:, 1], atol=0.02)


def test_samples_require_no_gradient():
    loc = mg.zeros(3, requires_grad=True)
    for distribution in (Normal(loc, 1.0), Bernoulli(logits=loc), Categorical(logits=loc)):
        assert not distribution.sample().requires_grad
        assert distribution.log_prob(distribution.sample()).requires_grad
    assert Normal(loc, 1.0).rsample().requires_grad


REFUSED = {
    "expand": (NotImplementedError, r"Normal has no expand\(\); make it anew", lambda: Normal(0.0, 1.0).expand((2,))),
    "rsample": (NotImplementedError, r"Bernoulli has no rsample.* see sample", lambda: Bernoulli(0.5).rsample()),
    "cdf": (AttributeError, "Normal has no 'cdf'", lambda: Normal(0.0, 1.0).cdf(mg.ones(2))),
    "independent": (NotImplementedError, r"Independent .* sum log_prob", lambda: Independent(Normal(0.0, 1.0), 1)),
    "multivariate": (NotImplementedError, "MultivariateNormal .* Normal", lambda: MultivariateNormal(mg.zeros(2))),
    "unlike": (
        NotImplementedError,
        "Normal from Bernoulli",
        lambda: mg.distributions.kl_divergence(Normal(0.0, 1.0), Bernoulli(0.5)),
    ),
    "scale": (ValueError, r"Normal\(loc: 0.0, scale: -1.0\).*scale.*positive", lambda: Normal(0.0, -1.0)),
    "class": (
        ValueError,
        "Categorical.*an integer from 0 to 2: 3",
        lambda: Categorical(mg.ones(3)).log_prob(mg.tensor(3)),
    ),
    "both": (ValueError, "Bernoulli: give either probs or logits", lambda: Bernoulli(0.5, 0.5)),
    "word": (ValueError, "Normal: its parameters must be numbers or tensors", lambda: Normal("x", 1.0)),
    "shapes": (RuntimeError, r"Normal.*\(2,\).*\(3,\).*broadcast", lambda: Normal(mg.zeros(2), mg.ones(3))),
}


@pytest.mark.parametrize(("error", "message", "call"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_the_entropy_of_a_normal_is_that_of_its_formula():
    assert Normal(0.0, 2.0).entropy().item() == pytest.approx(math.log(2 * math.sqrt(2 * math.pi * math.e)))
    assert isinstance(Normal(0.0, 1.0), Distribution)


@pytest.mark.parametrize(
    "use",
    [
        "import minigrad; minigrad.distributions.Normal",
        "import minigrad.distributions; minigrad.distributions.Normal",
        "from minigrad import distributions; distributions.Normal",
        "from minigrad.distributions import Normal",
    ],
)
def test_it_is_loaded_when_it_is_asked_for(use):
    program = f"import sys, minigrad; assert 'minigrad.distributions' not in sys.modules; {use}"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
