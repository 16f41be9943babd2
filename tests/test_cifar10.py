"""CIFAR-10 is read alike from every layout and place, and a damaged file is named."""

import pickle
import shutil
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets.cifar10 import read_cifar10
from datasets.cifar10_files import DatasetError
from datasets.raw import RawImages
from tests.cifar10_samples import (
    BATCHES,
    TRAIN,
    binary_bytes,
    pack,
    python2_bytes,
    python3_bytes,
    tiny_batch,
    write_binary,
    write_python,
)

Write = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CIFAR10_ROOT", raising=False)
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))


def write_binary_archive(parent: Path) -> Path:
    return pack(write_binary(parent / "unpacked"), parent / "cifar-10-binary.tar.gz")


def write_python_archive(parent: Path) -> Path:
    return pack(write_python(parent / "unpacked"), parent / "cifar-10-python.tar.gz", "./")


EVERY_LAYOUT = pytest.mark.parametrize(
    "write", [write_binary, write_python, write_binary_archive, write_python_archive]
)


def images_of(names: list[str]) -> np.ndarray:
    rows = np.concatenate([tiny_batch(name)[0] for name in names])
    return np.stack([rows[:, :1024], rows[:, 1024:2048], rows[:, 2048:]], -1).reshape(-1, 32, 32, 3)


def assert_tiny(raw: RawImages) -> None:
    assert np.array_equal(raw.train_images, images_of(TRAIN))
    assert np.array_equal(raw.test_images, images_of(["test_batch"]))
    assert raw.train_labels.tolist() == [y for name in TRAIN for y in tiny_batch(name)[1]]
    assert raw.test_labels.tolist() == tiny_batch("test_batch")[1]
    assert raw.train_images.dtype == raw.test_images.dtype == np.uint8
    assert raw.train_labels.dtype == raw.test_labels.dtype == np.int64


def assert_same(one: RawImages, other: RawImages) -> None:
    assert np.array_equal(one.train_images, other.train_images)
    assert np.array_equal(one.train_labels, other.train_labels)
    assert np.array_equal(one.test_images, other.test_images)
    assert np.array_equal(one.test_labels, other.test_labels)


@EVERY_LAYOUT
def test_every_layout_gives_the_same_images(write: Write, tmp_path: Path) -> None:
    assert_tiny(read_cifar10(write(tmp_path)))


@EVERY_LAYOUT
def test_the_folder_that_holds_the_set_is_enough(write: Write, tmp_path: Path) -> None:
    place = write(tmp_path).parent
    shutil.rmtree(tmp_path / "unpacked", ignore_errors=True)
    assert_tiny(read_cifar10(str(place)))


@EVERY_LAYOUT
def test_images_can_be_written_to(write: Write, tmp_path: Path) -> None:
    raw = read_cifar10(write(tmp_path))
    assert raw.train_images.flags.writeable
    assert raw.test_images.flags.writeable


@pytest.mark.parametrize("layout", ["binary", "python"])
def test_batches_of_equal_size_are_found_in_any_order(layout: str, tmp_path: Path) -> None:
    write, suffix = (write_binary, ".bin") if layout == "binary" else (write_python, "")
    folder = write(tmp_path)
    for digit, name in enumerate(BATCHES):
        batch = np.full((2, 3072), digit, np.uint8), [digit, 9]
        data = binary_bytes(*batch) if layout == "binary" else python2_bytes(*batch)
        (folder / f"{name}{suffix}").write_bytes(data)
    archive = tmp_path / "mine.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in (BATCHES[i] for i in (3, 5, 2, 1, 4, 0)):  # the official archive's disorder
            path = folder / f"{name}{suffix}"
            tar.add(path, f"{folder.name}/{path.name}")
    for raw in (read_cifar10(folder), read_cifar10(archive)):
        assert raw.train_images[:, 0, 0, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
        assert raw.train_labels.tolist() == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]
        assert raw.test_images[:, 31, 31, 2].tolist() == [5, 5]
        assert raw.test_labels.tolist() == [5, 9]
        assert raw.test_images.flags.writeable


def test_an_archive_may_have_any_name(tmp_path: Path) -> None:
    assert_tiny(read_cifar10(write_python_archive(tmp_path).rename(tmp_path / "cifar(1)")))


def test_the_class_names_are_in_the_order_of_the_labels(tmp_path: Path) -> None:
    names = read_cifar10(write_binary(tmp_path)).class_names
    assert names == tuple(
        "airplane automobile bird cat deer dog frog horse ship truck".split()  # noqa: SIM905
    )


def test_pixels_are_where_the_picture_has_them(tmp_path: Path) -> None:
    folder = write_binary(tmp_path)
    row = np.zeros((1, 3072), np.uint8)
    row[0, 0] = 200  # red, line 0, column 0
    row[0, 1024 + 5 * 32 + 7] = 90  # green, line 5, column 7
    (folder / "data_batch_1.bin").write_bytes(binary_bytes(row, [3]))
    image = read_cifar10(folder).train_images[0]
    assert image[0, 0].tolist() == [200, 0, 0]
    assert image[5, 7].tolist() == [0, 90, 0]
    assert image.sum(dtype=int) == 290


def test_images_of_the_binary_folder_are_a_view_of_the_records(tmp_path: Path) -> None:
    images = read_cifar10(write_binary(tmp_path)).train_images
    assert images.strides == (3073, 32, 1, 1024)


REPICKLED: dict[str, Callable[..., bytes]] = {
    "Python 2": python2_bytes,
    **{f"protocol {p}": lambda r, y, p=p: python3_bytes(r, y, p) for p in (2, 3, 4, 5)},
    **{
        f"keys as bytes {p}": lambda r, y, p=p: pickle.dumps({b"data": r, b"labels": y}, p)
        for p in (2, 4)
    },
    "column-major": lambda r, y: python3_bytes(np.asfortranarray(r), y, 4),
    "column-major buffer": lambda r, y: python3_bytes(np.asfortranarray(r), y, 5),
    "numpy 1 in protocol 5": lambda r, y: python3_bytes(r, y, 5).replace(
        b"\x13numpy._core", b"\x12numpy.core"
    ),
    "numpy 1": lambda r, y: python3_bytes(r, y, 3).replace(b"numpy._core", b"numpy.core"),
    "read-only": lambda r, y: python3_bytes(
        np.frombuffer(r.tobytes(), "u1").reshape(-1, 3072), y, 5
    ),
    "with names of files": lambda r, y: pickle.dumps(
        {"batch_label": "training", "labels": y, "data": r, "filenames": ["é.png"] * len(y)}, 4
    ),
}


@pytest.mark.parametrize("dump", REPICKLED.values(), ids=REPICKLED)
def test_python_batches_are_read_however_they_were_pickled(
    dump: Callable[..., bytes], tmp_path: Path
) -> None:
    folder = write_python(tmp_path)
    for name in BATCHES:
        (folder / name).write_bytes(dump(*tiny_batch(name)))
    assert_tiny(read_cifar10(folder))


def test_the_environment_names_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_binary(tmp_path / "cache" / "cifar-10")
    monkeypatch.setenv("CIFAR10_ROOT", str(write_python(tmp_path)))
    assert_tiny(read_cifar10())


def test_the_argument_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIFAR10_ROOT", str(tmp_path / "nowhere"))
    assert_tiny(read_cifar10(write_binary(tmp_path)))


def test_without_either_the_cache_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    write_binary_archive(tmp_path).rename(tmp_path / "cache" / "cifar-10-binary.tar.gz")
    assert_tiny(read_cifar10())


def test_a_named_place_without_the_set_is_not_replaced_by_the_cache(tmp_path: Path) -> None:
    write_binary(tmp_path / "cache")
    with pytest.raises(
        FileNotFoundError, match=r"^There is no CIFAR-10 in .*nowhere: put cifar-10-binary"
    ):
        read_cifar10(tmp_path / "nowhere")


def test_without_download_an_empty_cache_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no CIFAR-10 in .*cache"):
        read_cifar10(download=False)


def binary_with(data: bytes) -> Callable[[Path], Path]:
    return lambda parent: replace(write_binary(parent) / "data_batch_3.bin", data)


def python_with(data: bytes) -> Callable[[Path], Path]:
    return lambda parent: replace(write_python(parent) / "data_batch_3", data)


def replace(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


ROWS, LABELS = tiny_batch("data_batch_3")
DAMAGED: dict[str, tuple[Write, str]] = {
    "empty": (binary_with(b""), "has 0 bytes"),
    "cut short": (binary_with(binary_bytes(ROWS, LABELS)[:-1]), "12291 bytes.*multiple of 3073"),
    "label": (binary_with(binary_bytes(ROWS, [1, 2, 10, 11])), "image 2 the label 10.*0 to 9"),
    "empty pickle": (python_with(b""), "has 0 bytes"),
    "cut short in pixels": (python_with(python2_bytes(ROWS, LABELS)[:9000]), "12288 bytes.*remain"),
    "cut short at the end": (python_with(python2_bytes(ROWS, LABELS)[:-1]), "before seeing STOP"),
    "text": (python_with(b"<!DOCTYPE html>"), "opcode b'<' unknown"),
    "a list": (python_with(pickle.dumps([1, 2])), "not hold a dictionary"),
    "no labels": (python_with(pickle.dumps({"data": ROWS}, 4)), '"data" and a list "labels"'),
    "no data": (python_with(pickle.dumps({"labels": LABELS})), '"data" and a list "labels"'),
    "no images": (python_with(python3_bytes(ROWS[:0], [])), '"data" and a list "labels"'),
    "labels missing": (python_with(python3_bytes(ROWS, LABELS[:-1])), r"\(4, 3072\) and 3 labels"),
    "short rows": (python_with(python3_bytes(ROWS[:, :-1].copy(), LABELS)), r"\(4, 3071\)"),
    "one row": (python_with(python3_bytes(ROWS[0], LABELS)), r"\(3072,\)"),
    "signed": (python_with(python3_bytes(ROWS.view(np.int8), LABELS)), "not uint8"),
    "label 10": (python_with(python3_bytes(ROWS, [1, 2, 3, 10])), "image 3 a label"),
    "label -1": (python_with(python3_bytes(ROWS, [1, -1, 3, 9])), "image 1 a label"),
    "label 1.0": (python_with(python3_bytes(ROWS, [1, 1.0, 3, 9])), "BINFLOAT"),  # type: ignore[list-item]
    "label True": (python_with(python3_bytes(ROWS, [1, 1, True, 9])), "image 2 a label"),
}


@pytest.mark.parametrize(("write", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_what_is_wrong(
    write: Write, reason: str, tmp_path: Path
) -> None:
    path = write(tmp_path)
    with pytest.raises(DatasetError, match=f"(?s)^{path} .*{reason}"):
        read_cifar10(tmp_path)


def test_damage_in_an_archive_names_archive_and_member(tmp_path: Path) -> None:
    folder = binary_with(b"\x0a" * 3073)(tmp_path / "unpacked").parent
    archive = pack(folder, tmp_path / "mine.tar.gz")
    with pytest.raises(DatasetError, match=r"mine.tar.gz: .*data_batch_3.bin gives image 0"):
        read_cifar10(archive)


@pytest.mark.parametrize("write", [write_binary, write_python])
def test_missing_batches_are_named(write: Write, tmp_path: Path) -> None:
    folder = write(tmp_path)
    for path in folder.glob("*_batch*1*"):
        path.unlink()
    next(folder.glob("test_batch*")).unlink()
    with pytest.raises(DatasetError, match=f"^{folder} lacks data_batch_1 and test_batch"):
        read_cifar10(tmp_path)
    archive = pack(folder, tmp_path / "mine.tar.gz")
    with pytest.raises(DatasetError, match=f"^{archive} lacks data_batch_1 and test_batch"):
        read_cifar10(archive)


REAL = [
    "cifar-10-batches-bin",
    "cifar-10-batches-py",
    "cifar-10-binary.tar.gz",
    "cifar-10-python.tar.gz",
]


@pytest.mark.parametrize("name", REAL)
def test_memory_never_holds_the_images_twice(name: str, cifar10_subset: Path) -> None:
    read_cifar10(cifar10_subset / name)  # what is imported on first use is no part of it
    tracemalloc.start()
    try:
        raw = read_cifar10(cifar10_subset / name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.8 * (raw.train_images.nbytes + raw.test_images.nbytes)


def test_real_images_are_the_same_in_every_layout(cifar10_subset: Path) -> None:
    first, *others = (read_cifar10(cifar10_subset / name) for name in REAL)
    assert first.train_images.shape == (5 * 761, 32, 32, 3)
    assert first.test_images.shape == (761, 32, 32, 3)
    for other in others:
        assert_same(first, other)


@pytest.mark.slow
def test_the_whole_set_is_the_same_in_both_layouts(full_cifar10: Path) -> None:
    binary, python = (read_cifar10(full_cifar10 / name) for name in REAL[:2])
    assert_same(binary, python)
    assert binary.train_images.shape == (50_000, 32, 32, 3)
    labels = np.concatenate([binary.train_labels, binary.test_labels])
    assert np.bincount(labels).tolist() == [6000] * 10
