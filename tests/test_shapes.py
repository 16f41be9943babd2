import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets import shapes
from datasets.raw import RawImages
from datasets.shapes import CLASS_NAMES, draw_shapes, load_shapes

DEFAULT_SHA256 = "48735fc638976c067810583dd45f272a476d904a605f41745f3b975880da45a9"
SMALL = {"num_train": 23, "num_test": 11, "seed": 5}
BAD_ARGUMENTS = [
    ("num_train", -1),
    ("num_test", -2_000),
    ("seed", -7),
    ("num_train", 10.0),
    ("num_test", "2000"),
    ("seed", None),
    ("seed", True),
]


@pytest.fixture(scope="module")
def default() -> RawImages:
    return draw_shapes()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "not yet there" / "cache"
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(folder))
    return folder


def only_file_of(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def assert_same(a: RawImages, b: RawImages) -> None:
    for name in RawImages._fields:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name, strict=True)


def test_default_set_has_the_same_bytes_on_every_platform(default):
    drawn = b"".join(array.tobytes() for array in default[:4])
    assert hashlib.sha256(drawn).hexdigest() == DEFAULT_SHA256, (
        "What is drawn has changed: raise shapes.VERSION, then put the new sum here."
    )


def test_default_set_has_the_shapes_and_types_of_raw_images(default):
    assert default.train_images.shape == (10_000, 32, 32, 3)
    assert default.test_images.shape == (2_000, 32, 32, 3)
    assert default.train_images.dtype == default.test_images.dtype == np.uint8
    assert default.train_labels.shape == (10_000,)
    assert default.test_labels.shape == (2_000,)
    assert default.train_labels.dtype == default.test_labels.dtype == np.int64
    assert default.class_names == CLASS_NAMES
    assert len(set(CLASS_NAMES)) == 10


def test_colours_reach_from_dark_to_bright_in_every_channel(default):
    assert (default.train_images.min((0, 1, 2)) < 10).all()
    assert (default.train_images.max((0, 1, 2)) > 245).all()


def test_every_class_is_as_frequent(default):
    np.testing.assert_array_equal(np.bincount(default.train_labels), [1000] * 10)
    np.testing.assert_array_equal(np.bincount(default.test_labels), [200] * 10)


def test_classes_differ_by_at_most_one_image_in_a_set_that_ten_does_not_divide():
    counts = np.bincount(draw_shapes(num_train=37, num_test=0).train_labels, minlength=10)
    assert counts.sum() == 37
    assert set(counts) == {3, 4}


def test_order_is_shuffled(default):
    first = default.train_labels[:1_000]
    assert np.bincount(first, minlength=10).min() > 50
    assert 50 < np.sum(first[1:] == first[:-1]) < 150  # of 999 pairs, a tenth by chance


def test_no_image_occurs_twice(default):
    images = np.concatenate([default.train_images, default.test_images])
    assert len({image.tobytes() for image in images}) == 12_000


def test_same_seed_draws_the_same_images():
    assert_same(draw_shapes(**SMALL), draw_shapes(**SMALL))


def test_another_seed_draws_other_images():
    a, b = draw_shapes(23, 11, seed=5), draw_shapes(23, 11, seed=6)
    assert not (a.train_images == b.train_images).all((1, 2, 3)).any()
    assert not (a.test_images == b.test_images).all((1, 2, 3)).any()
    assert (a.train_labels != b.train_labels).any()


def test_training_and_test_images_of_equal_number_are_not_the_same_ones():
    images = draw_shapes(num_train=20, num_test=20)
    assert not (images.train_images == images.test_images).all((1, 2, 3)).any()


@pytest.mark.parametrize("num_test", [0, 1, 40])
def test_number_of_test_images_does_not_change_the_training_images(num_test):
    a, b = draw_shapes(23, 11, seed=5), draw_shapes(23, num_test, seed=5)
    np.testing.assert_array_equal(a.train_images, b.train_images)
    np.testing.assert_array_equal(a.train_labels, b.train_labels)
    assert len(b.test_images) == len(b.test_labels) == num_test


def test_numpy_integers_are_whole_numbers_too():
    numbers = {name: np.int32(value) for name, value in SMALL.items()}
    assert_same(draw_shapes(**numbers), draw_shapes(**SMALL))


def test_first_load_draws_and_leaves_one_file(cache):
    assert_same(load_shapes(**SMALL), draw_shapes(**SMALL))
    assert only_file_of(cache).stat().st_size > (23 + 11) * 32 * 32 * 3


def test_second_load_reads_what_the_first_wrote(cache, monkeypatch):
    drawn = load_shapes(**SMALL)
    monkeypatch.delattr(shapes, "draw_pictures")  # whatever tries to draw now fails
    assert_same(load_shapes(**SMALL), drawn)


def test_every_argument_and_the_version_have_a_cache_file_of_their_own(cache, monkeypatch):
    for change in ({}, {"num_train": 24}, {"num_test": 12}, {"seed": 6}):
        arguments = SMALL | change
        assert_same(load_shapes(**arguments), draw_shapes(**arguments))
    monkeypatch.setattr(shapes, "VERSION", shapes.VERSION + 1)
    load_shapes(**SMALL)
    assert len(list(cache.iterdir())) == 5


@pytest.mark.parametrize("keep", [0, 100, 60_000, -1])
def test_cache_file_that_was_cut_short_is_drawn_again(cache, monkeypatch, keep):
    drawn = load_shapes(**SMALL)
    file = only_file_of(cache)
    sound = file.read_bytes()
    file.write_bytes(sound[:keep])
    assert_same(load_shapes(**SMALL), drawn)
    monkeypatch.delattr(shapes, "draw_pictures")
    assert_same(load_shapes(**SMALL), drawn)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_no_damaged_byte_of_the_cache_file_reaches_the_images(cache, place, change):
    arguments = {"num_train": 3, "num_test": 1, "seed": 5}
    drawn = load_shapes(**arguments)
    file = only_file_of(cache)
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= change
    file.write_bytes(content)
    assert_same(load_shapes(**arguments), drawn)


@pytest.mark.parametrize(
    "other",
    [
        {"train_images": np.zeros((22, 32, 32, 3), np.uint8)},
        {"train_labels": np.zeros(22, np.int64)},
        {"test_images": np.zeros((11, 32, 32, 3), np.float32)},
        {"test_labels": np.zeros(11, np.uint8)},
    ],
)
def test_cache_file_with_other_arrays_is_drawn_again(cache, other):
    drawn = load_shapes(**SMALL)
    arrays = dict(zip(RawImages._fields[:4], drawn, strict=False))
    np.savez(only_file_of(cache), **(arrays | other))
    assert_same(load_shapes(**SMALL), drawn)


def test_cache_folder_that_cannot_be_made_does_not_stop_the_user(tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.write_text("in the way")
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(file / "cache"))
    assert_same(load_shapes(**SMALL), draw_shapes(**SMALL))
    assert file.read_text() == "in the way"


def test_cache_file_that_cannot_be_replaced_leaves_nothing_behind(cache):
    load_shapes(**SMALL)
    file = only_file_of(cache)
    file.unlink()
    (file / "a folder in its place").mkdir(parents=True)
    assert_same(load_shapes(**SMALL), draw_shapes(**SMALL))
    assert only_file_of(cache) == file


@pytest.mark.parametrize(("name", "value"), BAD_ARGUMENTS)
@pytest.mark.parametrize("function", [draw_shapes, load_shapes])
def test_bad_arguments_are_refused_in_one_sentence(cache, function, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number, 0 or more") as refusal:
        function(**{name: value})
    message = str(refusal.value)
    assert repr(value) in message
    assert message.endswith(".")
    assert "\n" not in message
    assert not cache.exists()


def test_bad_argument_is_refused_even_if_a_cache_file_has_its_name(cache):
    load_shapes(**SMALL)
    with pytest.raises(ValueError, match="seed must be a whole number"):
        load_shapes(**SMALL | {"seed": "5"})
