"""Lesson 21: the surprise of counted beliefs and the network's logits, against PyTorch's."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

STEM = "21_language_model"
TEXT = "the whale and the sea and the whaler and the whale"


@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("name", ["smoothed", "mixed"])
def test_the_surprise_is_the_cross_entropy_of_the_beliefs(name, m):
    letters = sorted(set(TEXT))
    lesson = definitions(STEM, C=len(letters), letters=letters)
    belief = getattr(lesson, name)
    tables = [lesson.count(TEXT, length) for length in range(m + 1)]
    q = [[belief(tables, TEXT[t - m : t] + letter) for letter in letters] for t in range(m, len(TEXT))]
    np.testing.assert_allclose(np.sum(q, axis=1), 1)
    targets = torch.tensor([letters.index(letter) for letter in TEXT[m:]])
    expected = torch.nn.functional.nll_loss(torch.log(torch.tensor(q)), targets).item()
    assert lesson.surprise(belief, tables, TEXT, m) == pytest.approx(expected)


def test_the_network_reads_the_letters_before_each_place():
    ours = definitions(STEM)
    x = np.random.default_rng(0).integers(0, 7, 30)
    places = np.array([4, 11, 29])

    def layers(nn):
        return nn.Sequential(nn.Embedding(7, 16), nn.Flatten(), nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 7))

    model, theirs = layers(mg.nn), layers(torch.nn)
    theirs.load_state_dict({key: torch.from_numpy(value.numpy()) for key, value in model.state_dict().items()})
    expected = theirs(torch.tensor([x[t - 4 : t].tolist() for t in places]))
    logits = ours.predict(model, x, places, 4)
    np.testing.assert_allclose(logits.detach().numpy(), expected.detach().numpy(), atol=1e-6)
