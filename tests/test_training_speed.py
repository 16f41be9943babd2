"""The race of training: who trains, in turn, from uint8 images, and what is said of it."""

import re

import numpy as np
import pytest
from typer.testing import CliRunner

from classifiers import softmax_loss_vectorized
from datasets.raw import RawImages
from datasets.splits import split
from softmax_lab import app
from tests.cifar10_samples import write_binary
from timing import training
from timing.trainers import TRAINERS, Trainer, ours

OURS = Trainer("ours", ours(softmax_loss_vectorized))


@pytest.fixture(scope="module")
def data():
    """Images that are told apart by where they are bright, one row of pixels for each class."""
    rng = np.random.default_rng(0)
    labels = np.arange(440) % 10
    images = rng.integers(130, 190, (440, 32, 32, 3), dtype=np.uint8)
    images[np.arange(440), 3 * labels] += 60
    names = tuple("abcdefghij")
    return split(
        RawImages(images[:400], labels[:400], images[400:], labels[400:], names), num_val=1
    )


def if_present(trainer):
    marks = [pytest.mark.skipif(trainer.missing, reason=f"no {trainer.needs}")]
    if trainer.needs == "numba":
        marks.append(pytest.mark.slow)  # it is compiled first
    return pytest.param(trainer, id=trainer.name, marks=marks)


@pytest.mark.parametrize("trainer", [if_present(trainer) for trainer in TRAINERS])
def test_everyone_trains_from_bytes_to_weights_of_the_same_columns(trainer, data):
    images, labels = data.train.images, data.train.labels
    kept = images.copy()
    W = trainer.train(images, labels, 1)
    assert (W.shape, W.dtype) == ((10, 3073), np.float32)
    assert training.accuracy(W, data.test) == 1
    np.testing.assert_array_equal(images, kept)


def test_each_trains_in_turn_with_a_seed_a_round_and_the_slow_once(data, monkeypatch):
    monkeypatch.setattr(training, "PAUSE", 0)
    calls = []

    def called(name, slow=False):
        def train(images, labels, seed):
            calls.append((name, len(images), seed))
            return np.zeros((10, 3073), np.float32)

        return Trainer(name, train, slow=slow)

    found = training.race([called("A"), called("B", slow=True)], data, 3)
    rounds = [("A", 399, 0), ("B", 399, 0), ("A", 399, 1), ("A", 399, 2)]
    assert calls[-4:] == rounds
    assert [len(timed.seconds) for timed in found] == [3, 1]
    assert [timed.accuracy for timed in found] == [3 * [0.1], [0.1]]


def test_ratios_are_taken_round_by_round_and_who_missed_the_goal_is_named():
    other = Trainer("another", OURS.train)
    found = [
        training.Timed(OURS, [1.0, 2.0, 3.0], [0.41, 0.42, 0.43]),
        training.Timed(other, [4.0, 4.0, 30.0], [0.41, 0.40, 0.39]),
    ]
    _, first, second, missed = training.table(found)
    columns = [re.split(r"  +", line)[1:] for line in (first, second)]
    assert columns == [
        ["2", "1.5 to 2.5", "1", "1 to 1", "0.4100 to 0.4300"],
        ["4", "4 to 17", "0.25", "0.175 to 0.375", "0.3900 to 0.4100"],
    ]
    assert missed == "another missed 0.405 in 2 of 3 rounds"


def test_what_was_measured_once_has_no_quartiles_and_is_set_beside_every_round_of_the_first():
    slow = Trainer("slow", OURS.train, slow=True)
    found = [
        training.Timed(OURS, [10.0, 20.0, 30.0], [0.41] * 3),
        training.Timed(slow, [40.0], [0.41]),
    ]
    _, _, row = training.table(found)
    assert re.split(r"  +", row)[1:] == ["40", "0.5", "0.375 to 0.625", "0.4100 to 0.4100"]


def test_who_is_not_installed_is_named_and_the_others_are_measured(data, monkeypatch):
    monkeypatch.setattr(training, "load", lambda *_, **__: data)
    monkeypatch.setattr(training, "TRAINERS", [OURS, Trainer("none", OURS.train, "no_such_module")])
    lines = list(training.training_speed(None, 1, 1))
    assert lines[0] == "399 images, uint8 in memory, to weights; threads: 1"
    assert lines[1] == "none: not measured, since no_such_module is not installed here"
    assert lines[3].startswith("ours ")
    assert len(lines) == 4


def test_a_set_that_is_too_small_is_refused_in_one_sentence(tmp_path):
    result = CliRunner().invoke(app, ["training-speed", "--root", str(write_binary(tmp_path))])
    assert result.exit_code == 1
    assert result.stderr.startswith("softmax-lab training-speed: ")
    assert len(result.stderr.splitlines()) == 1
