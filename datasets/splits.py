"""Named splits of a dataset, and their images as the columns that a classifier takes."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from datasets.raw import RawImages

CHUNK = 250  # 250 * 255 < 2**16: the sum of so many images fits uint16


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
            total += self._images[start : start + CHUNK].sum(axis=0, dtype=np.uint16)
        return total / len(self._images)


class ColumnView:
    """Images as (D, N) columns that are made when they are asked for: Columns for a classifier.

    shape  D, which is 32 * 32 * 3 + 1, and N
    dtype  float64 or float32
    """

    def __init__(self, images: NDArray[np.uint8], mean: MeanImage, dtype: DTypeLike) -> None:
        """Keep images, (N, 32, 32, 3) uint8; raise TypeError for another dtype."""
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        if self.dtype not in (np.float64, np.float32):
            raise TypeError(f"dtype is {self.dtype}; expected float64 or float32.")
        self._pixels = images.reshape(len(images), mean.pixels.size)
        self._mean = mean.pixels.reshape(-1).astype(dtype)
        self.shape = (self._mean.size + 1, len(images))

    def gatherer(self, most: int) -> Callable[[NDArray[np.int64], NDArray[Any]], None]:
        """Return a function (samples, rows) that writes the columns of samples into rows.

        most     samples in one call, at most
        samples  (B,) int64, 0 <= samples[i] < N
        rows     (B, D) C-contiguous, of the dtype: a row for each column
        """
        buffer = np.empty((most, self._mean.size), np.uint8)

        def gather(samples: NDArray[np.int64], rows: NDArray[Any]) -> None:
            # The default mode, "raise", would gather into memory of its own first.
            pixels = np.take(self._pixels, samples, axis=0, out=buffer[: len(samples)], mode="clip")
            self._convert(pixels, rows)

        return gather

    def _convert(self, pixels: NDArray[np.uint8], rows: NDArray[Any]) -> None:
        features = rows[:, :-1]
        features[...] = pixels  # three calls that need no buffer are faster than one that does
        features -= self._mean
        features /= 255
        rows[:, -1] = 1


@dataclass(frozen=True)
class Split:
    """Some images of a dataset with their labels.

    images       (N, 32, 32, 3) uint8, 0..255, red green blue last, C-contiguous
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
        view = self.column_view(dtype)
        rows = np.empty(view.shape[::-1], view.dtype)
        gather, every = view.gatherer(CHUNK), np.arange(len(self))
        for start in range(0, len(self), CHUNK):
            gather(every[start : start + CHUNK], rows[start : start + CHUNK])
        return rows.T

    def column_view(self, dtype: DTypeLike = np.float64) -> ColumnView:
        """Return the same columns, each made when a classifier asks for it.

        The images stay uint8, so that this takes no memory; every batch of every epoch is converted
        anew.  Raises TypeError for a dtype other than float64 and float32.
        """
        return ColumnView(self.images, self.mean, dtype)


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
    train_images, test_images = _by_sample(raw.train_images), _by_sample(raw.test_images)
    mean = MeanImage(train_images[:num_train])

    def cut(images: NDArray[np.uint8], labels: NDArray[np.int64], where: slice) -> Split:
        return Split(images[where], labels[where], raw.class_names, mean)

    return Dataset(
        train=cut(train_images, raw.train_labels, slice(num_train)),
        val=cut(train_images, raw.train_labels, slice(available - num_val, available)),
        test=cut(test_images, raw.test_labels, slice(num_test)),
        dev=cut(train_images, raw.train_labels, slice(num_dev)),
    )


def _by_sample(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images C-contiguous; a colour at a time is several times as fast as all at once."""
    if images.flags.c_contiguous:
        return images
    return np.stack([images[..., colour] for colour in range(images.shape[-1])], axis=-1)


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
