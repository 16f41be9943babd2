"""The download of CIFAR-10 into a folder: whole and checked, or not at all."""

import os
from pathlib import Path

import pooch

from datasets.cifar10_files import DatasetError

OFFICIAL_URL = "https://www.cs.toronto.edu/~kriz/"
ARCHIVE = "cifar-10-binary.tar.gz"  # the binary one: it is read faster
HASHES = {ARCHIVE: "md5:c32a1d4ab5d03f1284b67883e8d87530"}
TIMEOUT_SECONDS = (5, 30)  # for the connection, for the next bytes


def download_cifar10(folder: Path) -> Path:
    """Download the binary archive from $CIFAR10_URL, or the official address, and return its path.

    The transfer goes to a temporary file in `folder`, which takes the archive's name only after
    its md5 is found right; a transfer that breaks off is started again once.
    Raises FileNotFoundError where there is no connection, DatasetError where the md5 is another.
    """
    address = os.environ.get("CIFAR10_URL") or OFFICIAL_URL
    source = pooch.create(folder, address, registry=HASHES, retry_if_failed=1)
    downloader = pooch.HTTPDownloader(
        progressbar=True,
        chunk_size=2**16,
        timeout=TIMEOUT_SECONDS,
        headers={"Accept-Encoding": "identity"},  # so that no server unpacks or repacks the .gz
    )
    url = source.get_url(ARCHIVE)
    try:
        return Path(source.fetch(ARCHIVE, downloader=downloader))
    except OSError as error:
        raise FileNotFoundError(
            f"CIFAR-10 could not be downloaded ({_reason(error)}): put {ARCHIVE} from {url} "
            f"into {folder} and try again."
        ) from error
    except ValueError as error:
        raise DatasetError(
            f"What {url} sent has not the hash {HASHES[ARCHIVE]}, so nothing of it was kept: "
            f"put {ARCHIVE} into {folder} or name another mirror in $CIFAR10_URL."
        ) from error


def _reason(error: OSError) -> str:
    """Say in a few words why; requests' own errors are OSErrors and name its connection objects."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answered {response.status_code}"
    if error.errno is not None or isinstance(error, ValueError):
        return str(error)
    return "no connection, or it broke off"
