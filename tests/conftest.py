"""What tests of several files share: CIFAR-10 in its official layouts, and a working Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

LONGEST = [  # files of slow tests, from minutes to half a minute
    "test_checker_on_bench.py", "test_check.py", "test_truth.py", "test_train_command.py",
    "test_classes_cluster.py", "test_docs_commands.py", "test_release_product.py",
    "test_corpus.py", "test_graded_suite.py", "test_notebook.py", "test_nbgrader_format.py",
    "test_gradescope_format.py", "test_classes_real.py", "test_backprop_notebook.py",
    "test_browser.py", "test_sandbox_hostile.py", "test_classes_stops.py",
]  # fmt: skip
MAKER = Path(__file__).resolve().parents[2] / "shared" / "data" / "make_cifar10.py"


@pytest.hookimpl(trylast=True)  # after those that are not asked for have been left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, then with those of most tests: no process ends long last."""
    places = {name: place for place, name in enumerate(LONGEST)}
    sizes = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, Path]:
        return places.get(item.path.name, len(LONGEST)), -sizes[item.path], item.path

    items.sort(key=place)


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
