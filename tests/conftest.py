"""What tests of several files share: CIFAR-10 in its official layouts, and a working Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MAKER = Path(__file__).resolve().parents[2] / "shared" / "data" / "make_cifar10.py"


def make_cifar10(folder: Path, *options: str) -> Path:
    if not MAKER.is_file():
        pytest.skip(f"the real pictures are made by {MAKER.name}, which is not beside the project")
    subprocess.run([sys.executable, str(MAKER), str(folder), *options], check=True)
    return folder


@pytest.fixture(scope="session")
def cifar10_subset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 761 real images a batch: both folders of batches and both archives."""
    return make_cifar10(tmp_path_factory.mktemp("cifar10_subset"), "--subset", "--archive")


@pytest.fixture(scope="session")
def full_cifar10(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all 60,000 images in both folders of batches; it takes 20 s and 370 MB.

    $CIFAR10_FULL_FIXTURE, where it is set, is such a folder, made before.
    """
    if made := os.environ.get("CIFAR10_FULL_FIXTURE"):
        return Path(made)
    return make_cifar10(tmp_path_factory.mktemp("cifar10_full"))


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let Ctrl-C arrive: a shell starts what it runs in the background with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
