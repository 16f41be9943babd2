"""What is trained on: the bundled shapes and CIFAR-10, as named splits of images and columns."""

from pathlib import Path

from datasets.cifar10 import read_cifar10
from datasets.shapes import load_shapes
from datasets.splits import Dataset, Split, split

__all__ = ["Dataset", "Split", "load"]


def load(
    name: str = "shapes",
    *,
    root: str | Path | None = None,
    num_train: int | None = None,
    num_val: int = 1000,
    num_test: int | None = None,
    num_dev: int = 500,
) -> Dataset:
    """Return a dataset as named splits: train, val, test and dev.

    name       "shapes", drawn here and cached: 10,000 images to share out and 2,000 test images; or
               "cifar10": 50,000 and 10,000
    root       cifar10 only: the folder or archive to read; otherwise $CIFAR10_ROOT, then the user's
               cache folder, then a download into it
    num_train  images to train on, the first of those to share out; None takes all but num_val
    num_val    images to choose settings on, the last of those to share out
    num_test   test images, the first of them; None takes all
    num_dev    images of dev, the first of train

    Train, val and test have no image in common; dev is a part of train.

    Raises ValueError for an unknown name, for more images than there are, and for damaged files;
    FileNotFoundError when CIFAR-10 is neither here nor to be downloaded.
    """
    if name not in ("shapes", "cifar10"):
        raise ValueError(f'There is no dataset "{name}"; expected "shapes" or "cifar10".')
    if name == "shapes" and root is not None:
        raise ValueError(
            f'root is {root}, but "shapes" is drawn and not read; choose cifar10, or give no root.'
        )
    raw = load_shapes() if name == "shapes" else read_cifar10(root)
    return split(raw, num_train, num_val, num_test, num_dev)
