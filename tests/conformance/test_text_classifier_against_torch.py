"""A convolutional text classifier of tutorial style (Kim 2014), run in both libraries: the same losses at each step."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

STEPS = 50
RNG = np.random.default_rng(0)
VOCABULARY = 40
TEXTS = RNG.integers(1, VOCABULARY, (48, 12))
for text, length in zip(TEXTS, RNG.integers(5, 13, 48), strict=True):
    text[length:] = 0  # padded
LABELS = (TEXTS % 7 == 3).sum(1).clip(0, 2)
WORDS = RNG.standard_normal((VOCABULARY, 8))


def classifier(m, pretrained):
    nn, F = m.nn, m.nn.functional

    class TextCNN(nn.Module):
        def __init__(self, embed_dim=8, num_classes=3, kernel_sizes=(2, 3, 4), num_filters=6, dropout=0.0):
            super().__init__()
            if pretrained:
                self.embedding = nn.Embedding.from_pretrained(m.tensor(WORDS), freeze=False, padding_idx=0)
            else:
                self.embedding = nn.Embedding(VOCABULARY, embed_dim, padding_idx=0)
            self.convs = nn.ModuleList([nn.Conv1d(embed_dim, num_filters, k) for k in kernel_sizes])
            self.dropout = nn.Dropout(dropout)
            self.fc = nn.Linear(len(kernel_sizes) * num_filters, num_classes)

        def forward(self, x):
            x = self.embedding(x).permute(0, 2, 1)  # (N, embed_dim, L)
            maps = [F.relu(conv(x)) for conv in self.convs]
            pooled = [F.max_pool1d(c, kernel_size=c.shape[2]).squeeze(2) for c in maps]
            return self.fc(self.dropout(m.cat(pooled, dim=1)))

    return TextCNN()


def trained(m, pretrained, weights, double):
    """The losses of all steps, the accuracy, and the state at the end."""
    model = classifier(m, pretrained)
    model = model.double() if double else model.float()
    if not weights:
        weights.update({name: value.numpy().copy() for name, value in model.state_dict().items()})
    model.load_state_dict({name: m.tensor(value) for name, value in weights.items()})
    criterion = m.nn.CrossEntropyLoss()
    optimizer = m.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    model.train()
    for step in range(STEPS):
        batch = slice(16 * (step % 3), 16 * (step % 3) + 16)
        texts, labels = m.tensor(TEXTS[batch]), m.tensor(LABELS[batch])
        optimizer.zero_grad()
        loss = criterion(model(texts), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with m.no_grad():
        right = (model(m.tensor(TEXTS)).argmax(dim=1) == m.tensor(LABELS)).sum().item()
    return losses, right, {name: value.numpy() for name, value in model.state_dict().items()}


@pytest.mark.parametrize(("double", "tolerance"), [(True, 1e-8), (False, 2e-5)], ids=["double", "single"])
@pytest.mark.parametrize("pretrained", [False, True], ids=["own", "pretrained"])
def test_losses_of_fifty_steps(pretrained, double, tolerance):
    weights = {}
    torch.manual_seed(0)
    theirs = trained(torch, pretrained, weights, double)
    ours = trained(mg, pretrained, weights, double)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=tolerance, atol=tolerance)
    assert theirs[0][-1] < theirs[0][0] / 3
    assert ours[1] == theirs[1]
    assert list(ours[2]) == list(theirs[2])
    for name, value in theirs[2].items():
        np.testing.assert_allclose(ours[2][name], value, rtol=0, atol=100 * tolerance, err_msg=name)
    np.testing.assert_array_equal(ours[2]["embedding.weight"][0], weights["embedding.weight"][0])
