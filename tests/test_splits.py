import tracemalloc

import numpy as np
import pytest

import datasets
from classifiers import SoftmaxClassifier, network_loss
from classifiers.descent import Settings, descend
from datasets.raw import RawImages
from datasets.splits import MeanImage, split

CLASS_NAMES = ("circle", "square", "star")
NUM_TRAIN, NUM_TEST = 23, 11


def numbered(count, first):
    """Return images whose first two values are their own number, so that each can be told."""
    images = np.random.default_rng(first).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    numbers = np.arange(first, first + count)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = numbers // 256, numbers % 256
    return images, numbers % 3


@pytest.fixture(scope="module")
def raw():
    return RawImages(*numbered(NUM_TRAIN, 0), *numbered(NUM_TEST, 500), CLASS_NAMES)


def numbers_in(part):
    corner = part.images[:, 0, 0].astype(int)
    numbers = corner[:, 0] * 256 + corner[:, 1]
    np.testing.assert_array_equal(part.labels, numbers % 3)
    assert len(part) == len(numbers)
    return numbers.tolist()


@pytest.mark.parametrize(
    ("sizes", "train", "val", "test", "dev"),
    [
        ({}, range(18), range(18, 23), range(500, 511), range(18)),
        ({"num_dev": 4}, range(18), range(18, 23), range(500, 511), range(4)),
        ({"num_train": 7, "num_test": 3}, range(7), range(18, 23), range(500, 503), range(7)),
        ({"num_train": 1, "num_val": 0, "num_test": 0}, range(1), [], [], range(1)),
        ({"num_val": 22, "num_dev": 1}, range(1), range(1, 23), range(500, 511), range(1)),
        ({"num_val": np.int64(9)}, range(14), range(14, 23), range(500, 511), range(14)),
    ],
)
def test_each_image_is_in_the_split_it_belongs_to(raw, sizes, train, val, test, dev):
    parts = split(raw, **{"num_val": 5} | sizes)
    assert numbers_in(parts.train) == [*train]
    assert numbers_in(parts.val) == [*val]
    assert numbers_in(parts.test) == [*test]
    assert numbers_in(parts.dev) == [*dev]
    assert {part.class_names for part in vars(parts).values()} == {CLASS_NAMES}


@pytest.mark.parametrize("num_train", [1, 7, 18])
@pytest.mark.parametrize("num_val", [0, 5])
def test_no_image_is_in_two_of_train_val_and_test(raw, num_train, num_val):
    parts = split(raw, num_train=num_train, num_val=num_val, num_dev=3)
    numbers = [number for p in (parts.train, parts.val, parts.test) for number in numbers_in(p)]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers_in(parts.dev)) <= set(numbers_in(parts.train))


@pytest.mark.parametrize(
    ("sizes", "error", "sentence"),
    [
        ({"num_train": 0}, ValueError, "num_train=0, .*expected 1 or more to train on"),
        ({"num_train": -1}, ValueError, "num_train=-1"),
        ({"num_val": -1}, ValueError, "num_val=-1"),
        ({"num_test": -1}, ValueError, "num_test=-1"),
        ({"num_dev": 0}, ValueError, "num_dev=0"),
        ({"num_val": 23}, ValueError, "num_train=0"),
        ({"num_train": 19}, ValueError, "there are 23 training images to share out"),
        ({"num_train": 23, "num_val": 1}, ValueError, "num_train=23, num_val=1 .*asked for"),
        ({"num_test": 12}, ValueError, "num_test=12 were asked for.* 11 test images"),
        ({"num_train": 7.0}, TypeError, "float"),
        ({"num_val": "5"}, TypeError, "str"),
        ({"num_test": 3.0}, TypeError, "float"),
        ({"num_dev": None}, TypeError, "NoneType"),
    ],
)
def test_sizes_that_cannot_be_had_are_refused(raw, sizes, error, sentence):
    with pytest.raises(error, match=sentence):
        split(raw, **{"num_val": 5} | sizes)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "mnist"}, 'no dataset "mnist"; expected "shapes" or "cifar10"'),
        ({"name": "shapes", "root": "somewhere"}, "root is somewhere, but .* drawn and not read"),
    ],
)
def test_a_dataset_that_cannot_be_loaded_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        datasets.load(**arguments)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, "float32"])
@pytest.mark.parametrize("name", ["train", "val", "test", "dev"])
def test_columns_are_images_less_the_mean_of_train_over_255_above_a_row_of_ones(raw, name, dtype):
    parts = split(raw, num_train=7, num_val=5, num_test=3, num_dev=2)
    part = getattr(parts, name)
    X, kept = part.columns(dtype), part.images.copy()
    pixels = (part.images - raw.train_images[:7].astype(float).mean(axis=0)) / 255
    tolerance = 1e-14 if dtype is np.float64 else 1e-6
    assert X.dtype == dtype
    assert X.shape == (32 * 32 * 3 + 1, len(part))
    np.testing.assert_allclose(X[:-1].T, pixels.reshape(len(part), -1), rtol=0, atol=tolerance)
    np.testing.assert_array_equal(X[-1], 1)
    np.testing.assert_array_equal(part.images, kept)


def test_columns_are_float64_with_each_sample_contiguous(raw):
    X = split(raw, num_val=5).train.columns()
    assert X.dtype == np.float64
    assert X.T.flags.c_contiguous
    assert X.flags.writeable


@pytest.mark.parametrize("dtype", [np.float16, int, np.uint8, complex, object, ">f8"])
@pytest.mark.parametrize("kind", ["columns", "column_view"])
def test_columns_of_another_dtype_are_refused(raw, kind, dtype):
    with pytest.raises(TypeError, match="expected float64 or float32"):
        getattr(split(raw, num_val=5).train, kind)(dtype)


def test_images_are_contiguous_however_they_were_read(raw):
    planes = np.ascontiguousarray(raw.train_images.transpose(0, 3, 1, 2))
    read = raw._replace(train_images=planes.transpose(0, 2, 3, 1))
    for part in vars(split(read, num_val=5)).values():
        assert part.images.flags.c_contiguous
    np.testing.assert_array_equal(split(read, num_val=5).train.images, raw.train_images[:18])


def test_the_mean_of_many_white_images_is_white():
    white = np.full((1999, 32, 32, 3), 255, np.uint8)
    np.testing.assert_array_equal(MeanImage(white).pixels, 255)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_column_view_gathers_what_the_columns_hold(raw, dtype):
    part = split(raw, num_val=5).train
    view, X = part.column_view(dtype), part.columns(dtype)
    assert (view.shape, view.dtype) == (X.shape, X.dtype)
    gather = view.gatherer(9)
    for samples in np.random.default_rng(0).integers(len(part), size=(3, 9)):
        rows = np.full((9, X.shape[0]), np.nan, dtype)
        gather(samples, rows)
        np.testing.assert_array_equal(rows.T, X[:, samples])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_training_on_a_column_view_gives_the_weights_of_training_on_the_columns(raw, dtype):
    parts = split(raw, num_val=5)
    trained, histories = [SoftmaxClassifier(), SoftmaxClassifier()], []
    for classifier, kind in zip(trained, ("columns", "column_view"), strict=True):
        X, val = getattr(parts.train, kind)(dtype), getattr(parts.val, kind)(dtype)
        histories.append(
            classifier.train(
                X,
                parts.train.labels,
                num_iters=9,
                batch_size=4,
                validation=(val, parts.val.labels),
                progress=False,
            )
        )
    assert trained[0].W.tobytes() == trained[1].W.tobytes()
    assert histories[0] == histories[1]


def test_a_network_is_trained_on_a_column_view(raw):
    part = split(raw, num_val=5).train
    params = {
        "W1": 0.01 * np.random.default_rng(0).standard_normal((4, 3073)),
        "b1": np.zeros(4),
        "W2": np.random.default_rng(1).standard_normal((3, 4)),
        "b2": np.zeros(3),
    }
    how = Settings(0.1, 0, 9, 5, 0.9, "cosine")
    losses = [
        [
            value
            for value, _ in descend(
                lambda p, X, y, _: network_loss(p, X, y),
                params,
                X,
                part.labels,
                how,
                np.random.default_rng(2),
            )
        ]
        for X in (part.columns(), part.column_view())
    ]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]


def peak_of_training(part, **how):
    X, labels, classifier = part.column_view(np.float32), part.labels, SoftmaxClassifier()
    classifier.train(X, labels, num_iters=1, progress=False)
    tracemalloc.start()
    classifier.train(X, labels, num_iters=30, batch_size=32, progress=False, **how)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_training_on_uint8_images_takes_memory_for_the_batch_and_not_for_the_images():
    images, labels = numbered(3000, 0)
    parts = split(RawImages(images, labels, images[:1], labels[:1], CLASS_NAMES), num_val=0)
    few = split(RawImages(images, labels, images[:1], labels[:1], CLASS_NAMES), 300, num_val=0)
    batch = 32 * 3073 * 4
    peaks = [peak_of_training(part.train, accuracies=False) for part in (few, parts)]
    assert max(peaks) < 3.5 * batch
    assert peaks[1] - peaks[0] < 100 * (3000 - 300)  # bytes an image; its pixels are 3072
    assert peak_of_training(parts.train) < 15 * batch  # whole chunks are classified


def test_no_images_give_no_columns(raw):
    none = split(raw, num_val=0, num_test=0).test
    assert none.columns().shape == none.column_view().shape == (3073, 0)


def test_more_images_than_are_read_at_once_and_in_another_memory_order():
    images, labels = numbered(2003, 0)
    images = np.asfortranarray(images)
    parts = split(RawImages(images, labels, images[:1], labels[:1], CLASS_NAMES), num_val=2)
    X = parts.train.columns(np.float32)
    mean = images[:2001].mean(axis=0)
    np.testing.assert_array_equal(parts.train.mean.pixels, mean)
    for i in (0, 999, 1000, 1999, 2000):
        np.testing.assert_allclose(X[:-1, i], ((images[i] - mean) / 255).ravel(), atol=1e-6)
    assert abs(X[:-1].mean(axis=1)).max() < 1e-6
