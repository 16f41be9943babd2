import os
import pickle
import signal
import tracemalloc

import numpy as np
import pytest

from classifiers import (
    LinearClassifier,
    LinearSVM,
    NotTrainedError,
    SoftmaxClassifier,
    softmax_loss_vectorized,
)
from classifiers.batches import CHUNK, BatchBuffer
from tests.loss_samples import SOFTMAX, SVM, over, problem

W, X, Y = problem()
TARGET = np.random.default_rng(3).standard_normal((5, 7))
QUIET = {"progress": False}


def bowl(W, X, y, reg):
    """A loss whose every descent can be written down: its gradient is W - TARGET, whatever X is."""
    return 0.5 * np.sum((W - TARGET) ** 2), W - TARGET


def classifier_at(start, loss=softmax_loss_vectorized):
    classifier = LinearClassifier(loss)
    classifier.W = start
    return classifier


def recording(loss, calls):
    def recorded(W, X, y, reg):
        calls.append((W.copy(), X, y, reg))
        return loss(W, X, y, reg)

    return recorded


def acting_at(iteration, act, loss=softmax_loss_vectorized):
    """Return loss, except that one iteration, counted from 0, returns what act returns."""
    calls = []

    def acting(*arguments):
        calls.append(1)
        return act(*arguments) if len(calls) == iteration + 1 else loss(*arguments)

    return acting


@over([*SOFTMAX, *SVM])
def test_a_separable_problem_is_learned(loss):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = np.vstack([5 * np.eye(3)[y].T + 0.3 * rng.standard_normal((3, 60)), np.ones(60)])
    classifier = LinearClassifier(loss)
    history = classifier.train(
        X, y, num_iters=60, batch_size=16, validation=(X[:, :9], y[:9]), **QUIET
    )
    assert history.train_accuracy[-1] == history.validation_accuracy[-1] == 1
    assert history.loss[-1] < 0.5 * history.loss[0]
    np.testing.assert_array_equal(classifier.predict(X), y)


@pytest.mark.parametrize(
    ("momentum", "schedule"), [(0, "constant"), (0.5, "constant"), (0.9, "cosine")]
)
def test_steps_are_those_of_the_heavy_ball(momentum, schedule):
    expected, velocity = np.zeros_like(W), 0
    for iteration in range(9):
        rate = 0.3 * (0.5 + 0.5 * np.cos(np.pi * iteration / 9) if schedule == "cosine" else 1)
        velocity = momentum * velocity - rate * (expected - TARGET)
        expected = expected + velocity
    classifier = classifier_at(np.zeros_like(W), bowl)
    how = {"learning_rate": 0.3, "momentum": momentum, "schedule": schedule}
    classifier.train(X, Y, num_iters=9, **how, **QUIET)
    np.testing.assert_allclose(classifier.W, expected, rtol=1e-12)


def test_history_holds_each_loss_and_the_accuracies_after_each_epoch():
    calls, validation = [], (X[:, :5], Y[:5])
    classifier = LinearClassifier(recording(softmax_loss_vectorized, calls))
    history = classifier.train(
        X, Y, num_iters=7, batch_size=5, reg=0.25, validation=validation, **QUIET
    )
    assert history.loss == [softmax_loss_vectorized(*call)[0] for call in calls]
    assert {call[3] for call in calls} == {0.25}
    assert history.epoch_ends == [2, 4, 6, 7]
    after = [classifier_at(calls[end][0]) for end in (2, 4, 6)] + [classifier]
    assert history.train_accuracy == [c.accuracy(X, Y) for c in after]
    assert history.validation_accuracy == [c.accuracy(*validation) for c in after]
    assert not history.interrupted


def test_without_validation_samples_there_is_no_validation_accuracy():
    assert SoftmaxClassifier().train(X, Y, num_iters=3, **QUIET).validation_accuracy == []


def test_an_epoch_takes_each_sample_at_most_once_in_an_order_of_its_own():
    calls, numbered = [], np.vstack([np.arange(11.0), np.ones(11)])
    LinearClassifier(recording(softmax_loss_vectorized, calls)).train(
        numbered, Y, num_iters=8, batch_size=5, **QUIET
    )
    batches = [call[1][0].astype(int).tolist() for call in calls]
    epochs = [batches[i] + batches[i + 1] for i in range(0, 8, 2)]
    assert all(len(set(epoch)) == 10 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    for batch, call in zip(batches, calls, strict=True):
        np.testing.assert_array_equal(call[2], Y[batch])


def test_the_seed_decides_the_result():
    trained = [SoftmaxClassifier() for _ in range(3)]
    for seed, classifier in zip([1, 1, 2], trained, strict=True):
        classifier.train(X, Y, num_iters=5, batch_size=3, seed=seed, **QUIET)
    first, again, other = (c.W for c in trained)
    assert first.tobytes() == again.tobytes()
    assert not np.allclose(first, other)


def test_a_batch_larger_than_the_data_is_all_of_it():
    calls = []
    classifier = LinearClassifier(recording(softmax_loss_vectorized, calls))
    history = classifier.train(X, Y, num_iters=3, batch_size=12, **QUIET)
    assert [sorted(y) for _, _, y, _ in calls] == [sorted(Y)] * 3
    assert history.epoch_ends == [1, 2, 3]


def test_training_goes_on_from_the_present_weights_and_leaves_that_array_as_it_is():
    calls, start = [], W.copy()
    classifier = classifier_at(start, recording(softmax_loss_vectorized, calls))
    classifier.train(X, Y, num_iters=2, **QUIET)
    np.testing.assert_array_equal(calls[0][0], W)
    np.testing.assert_array_equal(start, W)
    np.testing.assert_array_equal(X, problem()[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_take_the_dtype_of_the_data(dtype):
    classifier = LinearSVM()
    settings = {
        "learning_rate": np.float64(0.1),
        "reg": np.float64(0.1),
        "momentum": np.float64(0.5),
    }
    classifier.train(X.astype(dtype), Y, num_iters=3, **settings, **QUIET)
    assert classifier.W.dtype == classifier.scores(X.astype(dtype)).dtype == dtype


def test_first_weights_are_small_and_random_with_a_row_for_every_label():
    calls = []
    classifier = LinearClassifier(recording(softmax_loss_vectorized, calls))
    classifier.train(X, Y % 3, num_iters=1, validation=(X, Y + 3), **QUIET)
    first = calls[0][0]
    assert first.shape == (8, 7)
    assert len(np.unique(first)) == first.size
    assert 1e-4 < first.std() < 1e-2


def test_the_progress_bar_shows_loss_and_accuracies(capsys):
    SoftmaxClassifier().train(X, Y, num_iters=3, validation=(X, Y))
    shown = capsys.readouterr().err
    for words in ("3/3", "loss 1.", "train accuracy 0.", "validation accuracy 0."):
        assert words in shown


def test_without_progress_nothing_is_shown(capsys):
    SoftmaxClassifier().train(X, Y, num_iters=3, **QUIET)
    assert capsys.readouterr() == ("", "")


def raise_interrupt(*_):
    raise KeyboardInterrupt


def send_interrupt(*arguments):
    os.kill(os.getpid(), signal.SIGINT)
    return softmax_loss_vectorized(*arguments)


@pytest.mark.parametrize("interrupt", [raise_interrupt, send_interrupt])
def test_an_interrupt_keeps_the_weights_and_history_so_far(interrupt):
    how = {"batch_size": 4, "schedule": "constant"} | QUIET
    stopped, whole = LinearClassifier(acting_at(4, interrupt)), SoftmaxClassifier()
    history = stopped.train(X, Y, num_iters=9, **how)
    expected = whole.train(X, Y, num_iters=4, **how)
    assert history.interrupted
    assert (history.loss, history.epoch_ends) == (expected.loss, expected.epoch_ends)
    assert stopped.W.tobytes() == whole.W.tobytes()


def test_an_interrupt_before_the_first_step_keeps_the_first_weights():
    stopped = LinearClassifier(acting_at(0, raise_interrupt))
    assert stopped.train(X, Y, num_iters=9, **QUIET).interrupted
    assert stopped.predict(X).shape == Y.shape


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["loss", "dW"])
def test_a_loss_or_gradient_that_is_not_finite_stops_the_training(bad, place):
    broken = {"loss": lambda W, *_: (bad, W), "dW": lambda W, *_: (1.5, np.full_like(W, bad))}
    how = {"learning_rate": 0.25, "reg": 0.125, "schedule": "constant"} | QUIET
    stopped, whole = LinearClassifier(acting_at(3, broken[place])), SoftmaxClassifier()
    shown = f"the loss is {bad if place == 'loss' else 1.5} at iteration 3 .*lower learning_rate"
    with pytest.raises(FloatingPointError, match=f"{shown}, which is 0.25, or reg, which is 0.125"):
        stopped.train(X, Y, num_iters=9, **how)
    whole.train(X, Y, num_iters=3, **how)
    assert stopped.W.tobytes() == whole.W.tobytes()


def test_steps_that_are_too_large_stop_the_training():
    classifier = SoftmaxClassifier()
    with pytest.raises(FloatingPointError, match="lower learning_rate"):
        classifier.train(X, Y, learning_rate=1e200, reg=1e200, **QUIET)


@pytest.mark.parametrize(
    ("returned", "error", "sentence"),
    [
        (None, TypeError, "returned None; expected two values, loss and dW"),
        (0.5, TypeError, "returned one float; expected two values"),
        ((0.5, W, W), TypeError, "returned 3 values; expected two values"),
        ((0.5, W.T), ValueError, r"dW of shape \(7, 5\); expected one number and \(5, 7\)"),
        ((0.5, None), ValueError, r"dW of shape \(\)"),
        ((np.ones(11), W), ValueError, r"a loss of shape \(11,\)"),
    ],
)
def test_a_loss_function_that_returns_something_else_is_told(returned, error, sentence):
    classifier = classifier_at(W, acting_at(0, lambda *_: returned))
    with pytest.raises(error, match=sentence):
        classifier.train(X, Y, **QUIET)
    assert classifier.W is W


@pytest.mark.parametrize("value", [1, np.float32(1), np.ones(()), np.ones((1, 1))], ids=repr)
def test_a_loss_may_be_any_one_number(value):
    history = LinearClassifier(lambda W, *_: (value, W)).train(X, Y, num_iters=2, **QUIET)
    assert history.loss == [1.0, 1.0]
    assert {type(loss) for loss in history.loss} == {float}


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"learning_rate": 0}, ValueError, "learning_rate is 0; expected above 0"),
        ({"learning_rate": np.inf}, ValueError, "learning_rate is inf"),
        ({"learning_rate": np.nan}, ValueError, "learning_rate is nan"),
        ({"num_iters": 0}, ValueError, "num_iters is 0; expected a whole number, 1 or more"),
        ({"batch_size": 2.5}, ValueError, "batch_size is 2.5; expected a whole number"),
        ({"momentum": 1}, ValueError, "momentum is 1; expected from 0 to below 1"),
        ({"momentum": -0.1}, ValueError, "momentum is -0.1"),
        ({"schedule": "step"}, ValueError, "schedule is 'step'; expected one of .*'constant'"),
        ({"reg": -1}, ValueError, "reg is -1.0; expected a finite number, 0 or more"),
        ({"X": X.astype(int)}, TypeError, "X is int64 of shape"),
        ({"X": np.where(X[2, 3] == X, np.nan, X)}, ValueError, "X has entries that are nan or inf"),
        ({"y": Y.astype(str)}, TypeError, "expected integer labels"),
        ({"X": X[0]}, TypeError, r"shape \(D, N\)"),
        ({"X": X.T}, ValueError, "one for each row, so pass X.T"),
        ({"y": Y - 1}, ValueError, "labels from -1"),
        ({"y": Y.astype(float)}, TypeError, "y has dtype float64"),
        ({"validation": (X.T, Y)}, ValueError, r"X has shape \(11, 7\)"),
        ({"validation": (X, Y[:-1])}, ValueError, r"y has shape \(10,\)"),
    ],
)
def test_bad_input_is_refused_before_the_first_step(changes, error, sentence):
    calls = []
    classifier = LinearClassifier(recording(softmax_loss_vectorized, calls))
    with pytest.raises(error, match=sentence):
        classifier.train(**{"X": X, "y": Y} | changes, **QUIET)
    assert calls == []
    assert classifier.W is None


def test_weights_of_another_shape_are_not_trained_further():
    with pytest.raises(ValueError, match=r"X has shape \(7, 11\) and W has shape \(5, 3\)"):
        classifier_at(W[:, :3]).train(X, Y, **QUIET)
    with pytest.raises(ValueError, match="expected 0 to 3"):
        classifier_at(W[:4]).train(X, np.full(11, 4), **QUIET)


def test_scores_predictions_accuracy_and_loss_are_those_of_the_weights():
    classifier = classifier_at(W)
    np.testing.assert_array_equal(classifier.scores(X), W @ X)
    classes = np.array([max(range(5), key=lambda c, x=x: W[c] @ x) for x in X.T])
    np.testing.assert_array_equal(classifier.predict(X), classes, strict=True)
    assert classifier.accuracy(X, np.where(np.arange(11) < 4, classes, classes - 1)) == 4 / 11
    assert np.isnan(classifier.accuracy(X[:, :0], Y[:0]))
    (value, dW), expected = classifier.loss(X, Y, 0.5), softmax_loss_vectorized(W, X, Y, 0.5)
    assert (value, dW.tobytes()) == (expected[0], expected[1].tobytes())
    for labels in (classes[:, None], classes[:1]):
        with pytest.raises(ValueError, match=r"expected \(11,\), one a column"):
            classifier.accuracy(X, labels)
    for wrong in (X.T, X[:, 0]):
        with pytest.raises(ValueError, match=r"\(D, N\) with D = 7"):
            classifier.scores(wrong)


@pytest.mark.parametrize(
    "use",
    [lambda c: c.scores(X), lambda c: c.loss(X, Y, 0), lambda c: c.save("never written.npz")],
    ids=["scores", "loss", "save"],
)
def test_without_weights_the_next_step_is_named(use, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotTrainedError, match="no weights: call its train or load first"):
        use(SoftmaxClassifier())
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["weights.npz", "weights", "a name.with dots"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_weights_are_loaded_bit_for_bit(name, dtype, tmp_path):
    classifier_at(-W).save(tmp_path / name)
    classifier_at(W.astype(dtype)).save(str(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    loaded = SoftmaxClassifier().load(tmp_path / name)
    np.testing.assert_array_equal(loaded.W, W.astype(dtype), strict=True)
    assert loaded.train(X, Y, num_iters=1, **QUIET).loss


class Trap:
    """Unpickled, it makes the folder that it names."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_saving_into_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        classifier_at(W).save(tmp_path / "missing" / "weights.npz")


def test_labels_that_start_at_1_are_asked_about():
    with pytest.warns(UserWarning, match="lowest label is 1: are classes counted from 0"):
        SoftmaxClassifier().train(X, Y + 1, num_iters=1, **QUIET)


def write_npy(path):
    with path.open("wb") as file:
        np.save(file, W)


def savez(**arrays):
    return lambda path: np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (
            lambda path: savez(W=np.array([Trap(path.parent / "sprung")]))(path),
            "does not hold the weights",
        ),
        (
            lambda path: path.write_bytes(pickle.dumps(Trap(path.parent / "sprung"))),
            "does not hold the weights",
        ),
        (
            lambda path: classifier_at(W).save(path) or os.truncate(path, 200),
            "does not hold the weights",
        ),
        (lambda path: path.write_bytes(b""), "does not hold the weights"),
        (write_npy, "does not hold the weights"),
        (savez(weights=W), "does not hold the weights"),
        (savez(W=W[0]), r"W has shape \(7,\)"),
        (savez(W=W.astype(int)), "W has dtype int64"),
        (savez(W=np.full_like(W, np.inf)), "nan or inf"),
    ],
    ids=["object", "pickle", "truncated", "empty", "npy", "name", "shape", "dtype", "inf"],
)
def test_a_file_without_weights_is_refused_and_not_executed(write, problem, tmp_path):
    path, classifier = tmp_path / "weights.npz", classifier_at(W)
    write(path)
    with pytest.raises((ValueError, TypeError), match=problem):
        classifier.load(path)
    assert [file.name for file in tmp_path.iterdir()] == ["weights.npz"]
    assert classifier.W is W


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        SoftmaxClassifier().load(tmp_path / "nowhere.npz")


def test_a_save_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path):
    path = tmp_path / "weights.npz"
    classifier_at(W).save(path)
    kept = path.read_bytes()
    with pytest.raises((AttributeError, pickle.PicklingError)):
        classifier_at(np.array([lambda: 0])).save(path)  # fails halfway: a lambda is not pickled
    assert path.read_bytes() == kept
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        classifier_at(W).save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


class Doubled:
    """Columns: twice those of an array (D, N), which are multiplied when they are asked for."""

    def __init__(self, halves):
        self.halves, self.shape, self.dtype = halves, halves.shape, halves.dtype

    def gatherer(self, most):
        def gather(samples, rows):
            assert len(samples) <= most
            assert rows.flags.c_contiguous
            np.multiply(2, self.halves.T[samples], out=rows)

        return gather


def spaced(array):
    """Return the same array with unused numbers between those of each row."""
    return np.repeat(array, 2, axis=1)[:, ::2]


over_forms = pytest.mark.parametrize(
    "form",
    [lambda X: X, np.ascontiguousarray, spaced, lambda X: Doubled(X / 2)],
    ids=["by sample", "by feature", "spaced", "Columns"],
)


@over_forms
def test_the_result_is_the_same_however_the_data_is_kept(form):
    how = {"num_iters": 7, "batch_size": 4} | QUIET
    expected, classifier = SoftmaxClassifier(), SoftmaxClassifier()
    seen = [
        expected.train(X, Y, validation=(X[:, :5], Y[:5]), **how),
        classifier.train(form(X), Y, validation=(form(X[:, :5]), Y[:5]), **how),
    ]
    assert classifier.W.tobytes() == expected.W.tobytes()
    assert seen[0] == seen[1]
    np.testing.assert_array_equal(classifier.predict(form(X)), expected.predict(X), strict=True)


@pytest.mark.parametrize("N", [0, 1, CHUNK, 2 * CHUNK + 3])
def test_columns_are_classified_in_chunks(N):
    many = np.random.default_rng(0).standard_normal((N, 7)).T
    scores = classifier_at(W).scores(Doubled(many))
    np.testing.assert_allclose(scores, W @ (2 * many), rtol=1e-12, atol=1e-12, strict=True)


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (Doubled(X.T), ValueError, "one for each row, so pass X.T"),
        (Doubled(X.astype(int)), TypeError, "X is int64 of shape"),
        (Doubled(X[:, :0]), ValueError, "y has shape|N = 0"),
    ],
)
def test_bad_columns_are_refused_before_the_first_step(data, error, sentence):
    calls = []
    classifier = LinearClassifier(recording(softmax_loss_vectorized, calls))
    with pytest.raises(error, match=sentence):
        classifier.train(data, Y, **QUIET)
    assert calls == []


def test_without_accuracies_the_weights_are_the_same():
    how = {"num_iters": 7, "batch_size": 4} | QUIET
    plain, measured = SoftmaxClassifier(), SoftmaxClassifier()
    history = plain.train(X, Y, accuracies=False, validation=(X, Y), **how)
    assert history.loss == measured.train(X, Y, **how).loss
    assert plain.W.tobytes() == measured.W.tobytes()
    assert history.epoch_ends == history.train_accuracy == history.validation_accuracy == []


@over_forms
def test_a_loss_may_change_its_batch(form):
    def greedy(W, X, y, reg):
        result = softmax_loss_vectorized(W, X, y, reg)
        X[...] = np.nan
        return result

    how, data = {"num_iters": 7, "batch_size": 4} | QUIET, form(X)
    classifier, expected = LinearClassifier(greedy), SoftmaxClassifier()
    classifier.train(data, Y, **how)
    expected.train(X, Y, **how)
    assert classifier.W.tobytes() == expected.W.tobytes()
    np.testing.assert_array_equal(X, problem()[1])


@over_forms
@pytest.mark.parametrize("part", [lambda X: X, lambda X: X.T[1], memoryview, lambda X: [X[2:, 1:]]])
def test_a_loss_may_keep_its_batch_or_a_part_of_it(form, part):
    kept, copies = [], []

    def keeping(W, X, y, reg):
        kept.append(part(X))
        copies.append(np.array(part(X)))
        return softmax_loss_vectorized(W, X, y, reg)

    LinearClassifier(keeping).train(form(X), Y, num_iters=7, batch_size=4, **QUIET)
    for batch, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(np.array(batch), copy)


@over_forms
def test_batches_that_nobody_keeps_share_their_memory(form):
    buffer, places = BatchBuffer(form(X), 4), set()
    for samples in np.random.default_rng(0).integers(11, size=(20, 4)):
        places.add(buffer.gather(samples).ctypes.data)
    assert len(places) == 1


@pytest.mark.parametrize(("form", "memories"), [(np.asarray, 1), (Doubled, 2)])
def test_columns_are_made_a_batch_ahead_in_memory_that_takes_turns(form, memories):
    places = []

    def loss(W, X, y, reg):
        places.append(X.ctypes.data)
        return softmax_loss_vectorized(W, X, y, reg)

    LinearClassifier(loss).train(form(X), Y, num_iters=12, batch_size=4, accuracies=False, **QUIET)
    assert places == places[:memories] * (12 // memories)
    assert len({*places}) == memories


def test_no_more_batches_are_made_than_there_are_steps():
    made = []

    class Counted(Doubled):
        def gatherer(self, most):
            gather = super().gatherer(most)
            return lambda samples, rows: (made.append(len(samples)), gather(samples, rows))

    SoftmaxClassifier().train(Counted(X), Y, num_iters=7, batch_size=4, accuracies=False, **QUIET)
    assert made == [4] * 7


def test_what_is_raised_when_columns_are_made_ends_the_training():
    class Broken(Doubled):
        def gatherer(self, most):
            def gather(samples, rows):
                raise OSError("the disk is gone")

            return gather

    with pytest.raises(OSError, match="the disk is gone"):
        SoftmaxClassifier().train(Broken(X), Y, num_iters=3, batch_size=4, **QUIET)


@pytest.mark.parametrize(
    ("form", "batches"), [(np.asarray, 1), (np.ascontiguousarray, 2), (spaced, 2), (Doubled, 3)]
)
def test_training_takes_memory_for_the_batch_and_not_for_the_data(form, batches):
    data, y = form(np.ones((4000, 500)).T), np.zeros(4000, int)
    how = {"batch_size": 32, "accuracies": False} | QUIET
    classifier = SoftmaxClassifier()
    classifier.train(data, y, num_iters=1, **how)
    tracemalloc.start()
    classifier.train(data, y, num_iters=200, **how)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (batches + 0.9) * 32 * 500 * 8
