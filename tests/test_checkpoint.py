"""A training run that is killed over and over and continues from its checkpoints ends where an undisturbed one ends."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad.serialization import load

from . import processes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
EPOCHS, BATCHES = 20, 16

SCRIPT = f"""
import os, sys
import minigrad as mg
from minigrad.serialization import load, save
from minigrad.utils.data import DataLoader, TensorDataset, random_split

checkpoint, result = sys.argv[1:]
mg.manual_seed(0)
points = mg.rand({BATCHES} * 8 + 20, 2)
labels = (points.sum(dim=1) > 1).long()
train, _ = random_split(TensorDataset(points, labels), [{BATCHES} * 8, 20])
model = mg.nn.Sequential(mg.nn.Linear(2, 16), mg.nn.ReLU(), mg.nn.Dropout(0.3), mg.nn.Linear(16, 2))
optimizer = mg.optim.Adam(model.parameters(), lr=0.01)
scheduler = mg.optim.lr_scheduler.CosineAnnealingLR(optimizer, {EPOCHS})
loader = DataLoader(train, batch_size=8, shuffle=True)
holders = {{"model": model, "optimizer": optimizer, "scheduler": scheduler}}
epoch, done, losses, resumed = 0, 0, [], None

if os.path.exists(checkpoint):
    resumed = load(checkpoint)
    for name, holder in holders.items():
        holder.load_state_dict(resumed[name])
    epoch, done, losses = resumed["epoch"], resumed["done"], resumed["losses"]
    mg.set_rng_state(resumed["random at the start of the epoch"])

print("ready", flush=True)
while epoch < {EPOCHS}:
    start = mg.get_rng_state()
    batches = iter(loader)
    for _ in range(done):
        next(batches)
    if resumed:
        mg.set_rng_state(resumed["random"])
        resumed = None
    for x, y in batches:
        optimizer.zero_grad()
        loss = mg.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        done += 1
        if len(losses) % 3 == 0:
            states = {{name: holder.state_dict() for name, holder in holders.items()}}
            position = {{"epoch": epoch, "done": done, "losses": losses}}
            randomness = {{"random at the start of the epoch": start, "random": mg.get_rng_state()}}
            save({{**states, **position, **randomness}}, checkpoint)
    scheduler.step()
    epoch, done = epoch + 1, 0
save({{name: holder.state_dict() for name, holder in holders.items()}} | {{"losses": losses}}, result)
"""


def started(folder):
    command = [sys.executable, "-c", SCRIPT, "run.pt", "result.pt"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return processes.started(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The folder of a run that was never killed, and the seconds that it trained."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with started(folder) as process:
        assert process.stdout.readline() == "ready\n"
        begin = time.perf_counter()
        assert process.wait(120) == 0
    return folder, time.perf_counter() - begin


@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_random_moments_it_ends_with_the_same_parameters_and_losses(seed, undisturbed, tmp_path):
    folder, seconds = undisturbed
    moments, positions = random.Random(seed), []
    for _ in range(40):
        with started(tmp_path) as process:
            process.stdout.readline()
            try:
                process.wait(moments.uniform(0.02, 0.3) * seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.returncode == 0:
            break
        assert process.returncode == -9
        if (tmp_path / "run.pt").exists():
            state = load(tmp_path / "run.pt")
            positions.append(len(state["losses"]))
            assert state["epoch"] * BATCHES + state["done"] == positions[-1]
    assert positions, "it was never killed behind a checkpoint, which shows nothing"
    assert positions == sorted(positions)
    assert (tmp_path / "result.pt").read_bytes() == (folder / "result.pt").read_bytes()
    assert len(load(tmp_path / "result.pt")["losses"]) == EPOCHS * BATCHES


def test_killed_at_every_kind_of_place_in_an_epoch_it_continues_the_same(undisturbed, tmp_path):
    folder, _ = undisturbed
    whole = load(folder / "result.pt")["losses"]
    stop_after = "        if len(losses) == int(os.environ['STOP']):\n            os.kill(os.getpid(), 9)\n"
    script = SCRIPT.replace("    scheduler.step()\n", stop_after + "    scheduler.step()\n")
    command = [sys.executable, "-c", script, "run.pt", "result.pt"]
    for stop in (1, 4, 15, BATCHES, 2 * BATCHES, 3 * BATCHES, 57, 0):  # 3 * BATCHES: saved at the very end of an epoch
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "STOP": str(stop)}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, timeout=120)
        assert ended.returncode == (-9 if stop else 0)
    assert load(tmp_path / "result.pt")["losses"] == whole
    assert (tmp_path / "result.pt").read_bytes() == (folder / "result.pt").read_bytes()
