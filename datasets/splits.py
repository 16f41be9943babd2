"""Named splits of a dataset, and their images as the columns that a classifier takes."""

import operator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from datasets.raw import RawImages

CHUNK = 1000


class MeanImage:
    """The mean of the training images, computed when it is first asked for.

    images  (N, 32, 32, 3) uint8
    """

    def __init__(self, images: NDArray[np.uint8]) -> None:
        """Keep the images to average later."""
        self._images = images

    @cached_property
    def pixels(self) -> NDArray[np.float64]:
        """The mean image, (32, 32, 3) float64, 0..255."""
        total = np.zeros(self._images.shape[1:], dtype=np.int64)
        for start in range(0, len(self._images), CHUNK):
            total += self._images[start : start + CHUNK].sum(axis=0, dtype=np.int64)
        return total / len(self._images)


@dataclass(frozen=True)
class Split:
    """Some images of a dataset with their labels.

    images       (N, 32, 32, 3) uint8, 0..255, red green blue last
    labels       (N,) int64, 0 <= label < len(class_names)
    class_names  one name a class, in the order of the labels
    mean         the mean image of the training split, the same for every split of a dataset
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    mean: MeanImage

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def columns(self, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return the images as (D, N) columns, less the mean image, over 255, with a bias row of 1.

        dtype  float64 or float32, of the result

        D is 32 * 32 * 3 + 1.  In memory the result is the transpose of a C-contiguous (N, D) array,
        so that a sample is contiguous.  Raises TypeError for another dtype.
        """
        if np.dtype(dtype) not in (np.float64, np.float32):
            raise TypeError(f"dtype is {np.dtype(dtype)}; expected float64 or float32.")
        num_pixels = self.mean.pixels.size
        rows = np.ones((len(self), num_pixels + 1), dtype=dtype)
        mean = self.mean.pixels.reshape(-1).astype(dtype)
        for start in range(0, len(self), CHUNK):
            pixels = self.images[start : start + CHUNK].reshape(-1, num_pixels)
            part = rows[start : start + CHUNK, :-1]
            np.subtract(pixels, mean, out=part)
            part /= 255
        return rows.T


@dataclass(frozen=True)
class Dataset:
    """The four splits of a dataset.

    train  what the weights are fitted to
    val    what settings are chosen on; shares no image with train
    test   what is reported, once; shares no image with train or val
    dev    a few images of train, for quick looks and gradient checks
    """

    train: Split
    val: Split
    test: Split
    dev: Split


def split(
    raw: RawImages,
    num_train: int | None = None,
    num_val: int = 1000,
    num_test: int | None = None,
    num_dev: int = 500,
) -> Dataset:
    """Cut raw images into train, val, test and dev, in the order in which they come.

    num_val    the last so many of the training images
    num_train  the first so many; None takes all that num_val leaves
    num_test   the first so many test images; None takes all
    num_dev    the first so many of the train split, at most all of it

    Raises ValueError when there are not as many images as asked for, TypeError for a size that is
    not a whole number.
    """
    available, num_val = len(raw.train_labels), operator.index(num_val)
    num_train = available - num_val if num_train is None else operator.index(num_train)
    num_test = len(raw.test_labels) if num_test is None else operator.index(num_test)
    num_dev = min(operator.index(num_dev), num_train)
    _check_sizes(num_train, num_val, num_test, num_dev, available, len(raw.test_labels))
    train, val = range(num_train), range(available - num_val, available)
    assert set(train).isdisjoint(val), "train and val share images"
    mean = MeanImage(raw.train_images[:num_train])

    def cut(images: NDArray[np.uint8], labels: NDArray[np.int64], part: range) -> Split:
        where = slice(part.start, part.stop)
        return Split(images[where], labels[where], raw.class_names, mean)

    return Dataset(
        train=cut(raw.train_images, raw.train_labels, train),
        val=cut(raw.train_images, raw.train_labels, val),
        test=cut(raw.test_images, raw.test_labels, range(num_test)),
        dev=cut(raw.train_images, raw.train_labels, range(num_dev)),
    )


def _check_sizes(
    num_train: int, num_val: int, num_test: int, num_dev: int, available: int, available_test: int
) -> None:
    if min(num_train, num_dev) < 1 or min(num_val, num_test) < 0:
        raise ValueError(
            f"num_train={num_train}, num_val={num_val}, num_test={num_test}, num_dev={num_dev}; "
            "expected 1 or more to train on, and none below 0."
        )
    if num_train + num_val > available or num_test > available_test:
        raise ValueError(
            f"num_train={num_train}, num_val={num_val} and num_test={num_test} were asked for; "
            f"there are {available} training images to share out and {available_test} test images."
        )
