"""Programs of recurrent networks as tutorials write them: in both libraries, from the same weights, the same losses."""

import itertools

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

from .test_programs_against_torch import batches, losses  # noqa: E402

RNG = np.random.default_rng(0)
STEPS = 50
TEXT = (np.arange(24)[:, None] + np.arange(9)) ** 2 % 11
WORDS = [RNG.integers(1, 12, n) for n in RNG.integers(2, 8, 24)]
TAGS = [word % 4 for word in WORDS]


def language_model(m, load):
    nn, F = m.nn, m.nn.functional

    class CharGRU(nn.Module):
        def __init__(self, vocab_size, embedding_dim, hidden_size, num_layers):
            super().__init__()
            self.embedding = nn.Embedding(vocab_size, embedding_dim)
            self.gru = nn.GRU(embedding_dim, hidden_size, num_layers, batch_first=True, dropout=0.0)
            self.fc = nn.Linear(hidden_size, vocab_size)

        def forward(self, x, hidden=None):
            out, hidden = self.gru(self.embedding(x), hidden)
            return self.fc(out), hidden

    model = load(CharGRU(11, 6, 10, 2))
    optimizer = m.optim.Adam(model.parameters(), lr=0.01)
    hidden = None
    model.train()
    for (text,) in batches(TEXT, size=6):
        inputs, targets = m.tensor(text[:, :-1]), m.tensor(text[:, 1:])
        if hidden is not None:
            hidden = hidden.detach()
        optimizer.zero_grad()
        logits, hidden = model(inputs, hidden)
        loss = F.cross_entropy(logits.reshape(-1, 11), targets.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        yield loss.item()


def tagger(m, load):
    nn = m.nn
    rnn = m.nn.utils.rnn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(12, 6, padding_idx=0)
            self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True)
            self.fc = nn.Linear(2 * 5, 4)

        def forward(self, x, lengths):
            packed = rnn.pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
            output, (hidden, cell) = self.lstm(packed)
            output, _ = rnn.pad_packed_sequence(output, batch_first=True)
            return self.fc(output)

    model = load(Tagger())
    criterion = nn.CrossEntropyLoss(ignore_index=-1)
    optimizer = m.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    for start in itertools.cycle(range(0, len(WORDS), 8)):
        words = [m.tensor(word) for word in WORDS[start : start + 8]]
        tags = [m.tensor(tag) for tag in TAGS[start : start + 8]]
        lengths = m.tensor([len(word) for word in words])
        x = rnn.pad_sequence(words, batch_first=True)
        y = rnn.pad_sequence(tags, batch_first=True, padding_value=-1)
        loss = criterion(model(x, lengths).view(-1, 4), y.view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def translator(m, load):
    nn, F = m.nn, m.nn.functional

    class Encoder(nn.Module):
        def __init__(self, vocab, width):
            super().__init__()
            self.embedding = nn.Embedding(vocab, width)
            self.gru = nn.GRU(width, width)
            self.dropout = nn.Dropout(0.0)

        def forward(self, src):
            return self.gru(self.dropout(self.embedding(src)))

    class Attention(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.Wa, self.Ua, self.Va = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, 1)

        def forward(self, query, keys):
            scores = self.Va(m.tanh(self.Wa(query) + self.Ua(keys))).squeeze(2).unsqueeze(1)
            return m.bmm(F.softmax(scores, dim=-1), keys)

    class Decoder(nn.Module):
        def __init__(self, vocab, width):
            super().__init__()
            self.embedding = nn.Embedding(vocab, width)
            self.attention = Attention(width)
            self.gru = nn.GRU(2 * width, width, batch_first=True)
            self.out = nn.Linear(width, vocab)

        def forward(self, encoder_outputs, hidden, target):
            decoder_input = m.zeros_like(target[:, :1])
            outputs = []
            for i in range(target.shape[1]):
                embedded = self.embedding(decoder_input)
                context = self.attention(hidden.permute(1, 0, 2), encoder_outputs)
                output, hidden = self.gru(m.cat((embedded, context), dim=2), hidden)
                outputs.append(self.out(output))
                decoder_input = target[:, i].unsqueeze(1)  # teacher forcing
            return F.log_softmax(m.cat(outputs, dim=1), dim=-1)

    encoder, decoder = load(Encoder(11, 6)), load(Decoder(11, 6))
    encoder_optimizer = m.optim.Adam(encoder.parameters(), lr=0.01)
    decoder_optimizer = m.optim.Adam(decoder.parameters(), lr=0.01)
    criterion = nn.NLLLoss()
    for (text,) in batches(TEXT[:, :6], size=8):
        source, target = m.tensor(text), m.tensor(text[:, ::-1].copy())
        encoder_optimizer.zero_grad()
        decoder_optimizer.zero_grad()
        encoder_outputs, hidden = encoder(source.t())
        log_probs = decoder(encoder_outputs.transpose(0, 1), hidden, target)
        loss = criterion(log_probs.view(-1, log_probs.size(-1)), target.view(-1))
        loss.backward()
        encoder_optimizer.step()
        decoder_optimizer.step()
        yield loss.item()


@pytest.mark.parametrize(("double", "tolerance"), [(True, 1e-9), (False, 2e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("program", [language_model, tagger, translator], ids=lambda program: program.__name__)
def test_losses_of_fifty_steps(program, double, tolerance):
    weights = []
    torch.manual_seed(0)

    def first_steps(m, load):
        return itertools.islice(program(m, load), STEPS)

    theirs = losses(torch, first_steps, weights, double)
    ours = losses(mg, first_steps, weights, double)
    assert len(ours) == STEPS and theirs[-1] < 0.8 * theirs[0]
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
