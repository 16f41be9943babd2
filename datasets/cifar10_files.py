"""CIFAR-10's two layouts: their files, what makes a file whole and how its bytes are read."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets import safe_pickle
from datasets.pickled_array import PickledArray
from datasets.raw import RawImages

CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
TRAIN_BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))
BATCHES = (*TRAIN_BATCHES, "test_batch")
IMAGE_BYTES = 3 * 32 * 32
RECORD_BYTES = 1 + IMAGE_BYTES  # in the binary layout: the label, then the image
MAX_BATCH_BYTES = 64 * 2**20  # twice the official size, so that no file can fill the memory


class DatasetError(ValueError):
    """A data file is damaged, hostile or not what its name says; the message names it."""


class Batch(NamedTuple):
    """The images of one file.

    rows    (n, 3072) uint8, one image a row: 1024 red, 1024 green, 1024 blue, each line by line
    labels  (n,) int64, 0 <= label < 10
    """

    rows: NDArray[np.uint8]
    labels: NDArray[np.int64]


class Layout(NamedTuple):
    """One of the two ways that CIFAR-10 is written to disk."""

    folder: str
    suffix: str
    parse: Callable[[bytes, str], Batch]


def check_size(size: int, name: str) -> None:
    """Raise DatasetError where a batch file of `size` bytes is empty or larger than any batch."""
    if not 0 < size <= MAX_BATCH_BYTES:
        raise DatasetError(
            f"{name} has {size} bytes, expected some 31 million and at most {MAX_BATCH_BYTES}."
        )


def check_labels(labels: NDArray[np.uint8], name: str) -> None:
    """Raise DatasetError where one of the (n,) labels is not 0 to 9."""
    if labels.max() >= len(CLASS_NAMES):
        index = int(np.argmax(labels >= len(CLASS_NAMES)))
        raise DatasetError(
            f"{name} gives image {index} the label {labels[index]}, expected 0 to 9."
        )


def count_records(size: int, name: str) -> int:
    """Return how many images a binary batch of `size` bytes holds, or raise DatasetError."""
    check_size(size, name)
    if size % RECORD_BYTES:
        raise DatasetError(
            f"{name} is not whole: it has {size} bytes, expected a multiple of {RECORD_BYTES}."
        )
    return size // RECORD_BYTES


def parse_binary(data: bytes, name: str) -> Batch:
    """Return the batch that the bytes of a .bin file hold; `name` is for the errors."""
    records = np.frombuffer(data, np.uint8).reshape(count_records(len(data), name), RECORD_BYTES)
    check_labels(records[:, 0], name)
    return Batch(records[:, 1:], records[:, 0].astype(np.int64))


def parse_python(data: bytes, name: str) -> Batch:
    """Return the batch that the bytes of a pickled file hold; `name` is for the errors."""
    check_size(len(data), name)
    try:
        rows, labels = _rows_and_labels(safe_pickle.load(data))
    except ValueError as error:
        raise DatasetError(f"{name} is refused: {str(error)[:200]}.") from error
    if rows.shape != (len(labels), IMAGE_BYTES):
        raise DatasetError(
            f"{name} holds data of shape {rows.shape} and {len(labels)} labels, expected "
            f"{IMAGE_BYTES} columns and a label a row."
        )
    return Batch(rows, np.array(labels, np.int64))


def _rows_and_labels(content: object) -> tuple[NDArray[np.uint8], list[int]]:
    if not isinstance(content, dict):
        raise ValueError("it does not hold a dictionary")
    data = content.get("data", content.get(b"data"))
    labels = content.get("labels", content.get(b"labels"))
    if not isinstance(data, PickledArray) or not isinstance(labels, list) or not labels:
        raise ValueError('it does not hold an array "data" and a list "labels"')
    for index, label in enumerate(labels):
        if type(label) is not int or not 0 <= label < len(CLASS_NAMES):
            raise ValueError(f"it gives image {index} a label that is not 0 to 9")
    return data.as_uint8(), labels


BINARY = Layout("cifar-10-batches-bin", ".bin", parse_binary)
PYTHON = Layout("cifar-10-batches-py", "", parse_python)
LAYOUTS = (BINARY, PYTHON)


def layout_of(folder: Path) -> Layout | None:
    """Return the layout of which `folder` holds a batch file, None where it holds none."""
    for layout in LAYOUTS:
        if any((folder / f"{batch}{layout.suffix}").is_file() for batch in BATCHES):
            return layout
    return None


def check_complete(present: Collection[str], place: Path) -> None:
    """Raise DatasetError where one of the six batches is not among those `present` in `place`."""
    missing = [batch for batch in BATCHES if batch not in present]
    if missing:
        raise DatasetError(f"{place} lacks {' and '.join(missing)}: copy or unpack it again.")


def read_folder(folder: Path, layout: Layout) -> RawImages:
    """Return the images of a folder that holds the six batch files of `layout` themselves.

    Raises DatasetError where a file is missing, damaged or hostile.
    """
    paths = {batch: folder / f"{batch}{layout.suffix}" for batch in BATCHES}
    check_complete([batch for batch, path in paths.items() if path.is_file()], folder)
    if layout is BINARY:
        train = _read_records([paths[batch] for batch in TRAIN_BATCHES])
        return join(train, _read_records([paths["test_batch"]]))
    return gather(((batch, _read_batch(path, layout)) for batch, path in paths.items()), folder)


def _read_batch(path: Path, layout: Layout) -> Batch:
    check_size(path.stat().st_size, str(path))
    return layout.parse(path.read_bytes(), str(path))


def _read_records(paths: list[Path]) -> Batch:
    """Read binary batches straight into one buffer; the rows are a view, so no pixel is copied."""
    counts = [count_records(path.stat().st_size, str(path)) for path in paths]
    records = np.empty((sum(counts), RECORD_BYTES), np.uint8)
    for path, part in zip(paths, np.split(records, np.cumsum(counts)[:-1]), strict=True):
        _fill(part, path)
    return Batch(records[:, 1:], records[:, 0].astype(np.int64))


def _fill(records: NDArray[np.uint8], path: Path) -> None:
    with path.open("rb") as file:
        if file.readinto(records.data) != records.nbytes or file.read(1):
            raise DatasetError(f"{path} changed its size while it was read: read it again.")
    check_labels(records[:, 0], str(path))


def gather(batches: Iterable[tuple[str, Batch]], place: Path) -> RawImages:
    """Return the images of the six named batches of `place`, which may come in any order.

    Official batches are equally large: each is moved to its part of one array as it comes, so
    that the memory never holds the set twice.  Batches of unequal sizes are joined at the end.
    Raises DatasetError where a batch is missing or comes twice.
    """
    kept: dict[str, Batch] = {}
    for name, batch in batches:
        if name in kept:
            raise DatasetError(f"{place} holds {name} twice.")
        if not kept:
            together = np.empty((len(BATCHES), *batch.rows.shape), np.uint8)
        kept[name] = _moved(batch, together[BATCHES.index(name)])
    check_complete(kept, place)
    train, test = [kept[name] for name in TRAIN_BATCHES], [kept["test_batch"]]
    if all(batch.rows.base is together for batch in kept.values()):
        return join(Batch(together[:-1], _labels(train)), Batch(together[-1], _labels(test)))
    return join(_concatenated(train), _concatenated(test))


def _moved(batch: Batch, part: NDArray[np.uint8]) -> Batch:
    if batch.rows.shape != part.shape:
        return batch
    part[:] = batch.rows
    return Batch(part, batch.labels)


def _labels(batches: list[Batch]) -> NDArray[np.int64]:
    return np.concatenate([batch.labels for batch in batches])


def _concatenated(batches: list[Batch]) -> Batch:
    return Batch(np.concatenate([batch.rows for batch in batches]), _labels(batches))


def join(train: Batch, test: Batch) -> RawImages:
    """Return the rows as (n, 32, 32, 3) images, a view of the same bytes."""
    train_images, test_images = (
        rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) for rows in (train.rows, test.rows)
    )
    return RawImages(train_images, train.labels, test_images, test.labels, CLASS_NAMES)
