"""Reads CIFAR-10 from where people have it, and downloads it where they do not."""

import os
from pathlib import Path

from datasets.cifar10_archive import read_archive
from datasets.cifar10_files import LAYOUTS, layout_of, read_folder
from datasets.download import download_cifar10
from datasets.raw import RawImages, cache_folder

ARCHIVES = ("cifar-10-binary.tar.gz", "cifar-10-python.tar.gz")


def read_cifar10(root: str | Path | None = None, download: bool = True) -> RawImages:
    """Return CIFAR-10, officially 50,000 training and 10,000 test images.

    root is a folder with the six batches of the Python or the binary layout, a folder that holds
    such a folder under its official name or one of the two official archives, or an archive.
    Without root the place is $CIFAR10_ROOT, and without that the user's cache folder; only if
    that one holds nothing is the set downloaded into it, unless download is False.
    Images are a view of the rows as they were read, so their memory is not in the order of theirs.

    Raises FileNotFoundError where the place holds nothing or the download fails, DatasetError, a
    ValueError, where a file there is damaged or hostile.
    """
    named = root or os.environ.get("CIFAR10_ROOT")
    place = Path(named or cache_folder()).expanduser()
    found = _find(place)
    if found is None and (named or not download):
        raise FileNotFoundError(
            f"There is no CIFAR-10 in {place}: put {ARCHIVES[0]}, {ARCHIVES[1]} "
            f"or a folder {LAYOUTS[0].folder} or {LAYOUTS[1].folder} there."
        )
    return _read(found or download_cifar10(place))


def _find(place: Path) -> Path | None:
    """Return the folder of batches or the archive that `place` is or holds, None without one."""
    if place.is_file() or layout_of(place):
        return place
    names = [*(layout.folder for layout in LAYOUTS), *ARCHIVES]
    return next((place / n for n in names if layout_of(place / n) or (place / n).is_file()), None)


def _read(found: Path) -> RawImages:
    layout = layout_of(found)
    return read_folder(found, layout) if layout else read_archive(found)
