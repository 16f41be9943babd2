"""What every reader in this folder returns, and the folder that they cache in."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pooch
from numpy.typing import NDArray


class RawImages(NamedTuple):
    """Images and labels as they were read or drawn, before any split.

    train_images  (N, 32, 32, 3) uint8, 0..255, red green blue last, in any memory order
    train_labels  (N,) int64, 0 <= label < len(class_names)
    test_images   (M, 32, 32, 3) uint8
    test_labels   (M,) int64
    class_names   one name a class, in the order of the labels
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]


def cache_folder() -> Path:
    """Return where datasets are cached: $SOFTMAX_LAB_CACHE, or the user's cache folder."""
    return Path(os.environ.get("SOFTMAX_LAB_CACHE") or pooch.os_cache("softmax-lab")).expanduser()
