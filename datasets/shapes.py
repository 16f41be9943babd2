"""The bundled images: ten shapes drawn from a seed, so that nothing need be downloaded."""

from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from datasets.drawing import draw_pictures
from datasets.looks import LOOKS
from datasets.raw import RawImages, cache_folder

CLASS_NAMES = tuple(LOOKS)
VERSION = 1  # raise it with every change to what is drawn, so that no older cache file is read
BATCH = 100  # pictures painted at once: few enough to stay in the processor's cache
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


def draw_shapes(num_train: int = 10_000, num_test: int = 2_000, seed: int = 0) -> RawImages:
    """Draw pictures of ten shapes, the same bytes for the same arguments on every platform.

    num_train  number of training images, 0 or more; any two classes differ by at most one image
    num_test   number of test images, likewise; it has no influence on the training images
    seed       0 or more; which pictures are drawn

    Raises ValueError if an argument is negative or not a whole number.
    """
    refuse_bad_arguments(num_train=num_train, num_test=num_test, seed=seed)
    train, test = np.random.SeedSequence(seed).spawn(2)
    return RawImages(*draw_split(num_train, train), *draw_split(num_test, test), CLASS_NAMES)


def load_shapes(num_train: int = 10_000, num_test: int = 2_000, seed: int = 0) -> RawImages:
    """Return what `draw_shapes` returns, from the cache folder if it was drawn before.

    Takes and raises the same.  A damaged cache file is drawn again; a cache folder that cannot be
    written is left alone.
    """
    refuse_bad_arguments(num_train=num_train, num_test=num_test, seed=seed)
    path = cache_folder() / f"shapes-v{VERSION}-{num_train}-{num_test}-seed{seed}.npz"
    images = read_cache(path)
    if images is None or not fits(images, num_train, num_test):
        images = draw_shapes(num_train, num_test, seed)
        write_cache(path, images)
    return images


def refuse_bad_arguments(**arguments: object) -> None:
    """Raise ValueError unless every argument is a whole number, 0 or more."""
    for name, value in arguments.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
            raise ValueError(
                f"{name} must be a whole number, 0 or more (such as {name}=100), but was {value!r}."
            )


def draw_split(
    count: int, seed: np.random.SeedSequence
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return `count` images (count, 32, 32, 3) and their labels (count,), in shuffled order."""
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(rng.random(count), kind="stable")
    labels = order % len(LOOKS)
    images = np.empty((count, 32, 32, 3), np.uint8)
    for label, look in enumerate(LOOKS.values()):
        places = np.flatnonzero(labels == label)
        for start in range(0, len(places), BATCH):
            batch = places[start : start + BATCH]
            images[batch] = draw_pictures(look, len(batch), rng)
    return images, labels.astype(np.int64)


def read_cache(path: Path) -> RawImages | None:
    """Return the images in a cache file, or None if it is absent or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in ARRAYS}
            return RawImages(**read, class_names=CLASS_NAMES)
    except Exception:  # a zip file can be damaged in many ways, and drawing again mends them all
        return None


def fits(images: RawImages, num_train: int, num_test: int) -> bool:
    """Return whether the arrays have the shapes and types that were asked for."""
    train, test = (num_train, 32, 32, 3), (num_test, 32, 32, 3)
    arrays = images[:4]
    return [array.shape for array in arrays] == [train, train[:1], test, test[:1]] and [
        array.dtype.name for array in arrays
    ] == ["uint8", "int64"] * 2


def write_cache(path: Path, images: RawImages) -> None:
    """Write images to a cache file, whole or not at all; without a place for it, do nothing."""
    temporary = path.with_name(f"{path.name}.{uuid4().hex}")
    with suppress(OSError):  # the cache only spares time
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                np.savez(file, **{name: getattr(images, name) for name in ARRAYS})
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
