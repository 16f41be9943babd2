"""The download is whole and checked or leaves nothing, and says what to do by hand."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from datasets import download
from datasets.cifar10 import read_cifar10
from datasets.cifar10_files import DatasetError
from tests.cifar10_samples import pack, write_binary

ARCHIVE = "cifar-10-binary.tar.gz"


class Mirror(ThreadingHTTPServer):
    """Serves `content`, of which the first `broken` answers stop half way."""

    def __init__(self, content: bytes, broken: int = 0, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content, self.broken, self.status = content, broken, status
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/mirror/"


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        mirror = self.server
        mirror.asked.append(self.path)
        self.send_response(mirror.status)
        if "gzip" in self.headers["Accept-Encoding"]:
            self.send_header("Content-Encoding", "gzip")  # as some servers do for every .gz
        self.send_header("Content-Length", str(len(mirror.content)))
        self.end_headers()
        half = len(mirror.asked) <= mirror.broken
        self.wfile.write(mirror.content[: len(mirror.content) // 2 if half else None])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("CIFAR10_ROOT", raising=False)
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Mirror]:
    """A mirror of a tiny archive, whose md5 is the expected one."""
    content = pack(write_binary(tmp_path), tmp_path / "served.tar.gz").read_bytes()
    monkeypatch.setitem(download.HASHES, ARCHIVE, f"md5:{hashlib.md5(content).hexdigest()}")
    with Mirror(content) as server:
        monkeypatch.setenv("CIFAR10_URL", server.address)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_not_there_is_downloaded_into_the_cache_once(mirror: Mirror, cache: Path) -> None:
    assert read_cifar10().train_images.shape == (15, 32, 32, 3)
    assert read_cifar10().test_images.shape == (7, 32, 32, 3)
    assert mirror.asked == [f"/mirror/{ARCHIVE}"]
    assert [path.name for path in cache.iterdir()] == [ARCHIVE]


def test_a_progress_bar_is_shown(mirror: Mirror, capfd: pytest.CaptureFixture[str]) -> None:
    read_cifar10()
    assert "100%" in capfd.readouterr().err


def test_a_transfer_that_breaks_off_is_started_again(mirror: Mirror, cache: Path) -> None:
    mirror.broken = 1
    assert read_cifar10().train_images.shape == (15, 32, 32, 3)
    assert (cache / ARCHIVE).read_bytes() == mirror.content


def test_a_transfer_that_keeps_breaking_off_leaves_nothing(mirror: Mirror, cache: Path) -> None:
    mirror.broken = 99
    with pytest.raises(FileNotFoundError, match=r"no connection, or it broke off\): put"):
        read_cifar10()
    assert list(cache.iterdir()) == []


def test_another_md5_is_refused_and_leaves_nothing(mirror: Mirror, cache: Path) -> None:
    mirror.content += b"\x00"
    with pytest.raises(
        DatasetError, match=f"What {mirror.address}{ARCHIVE} sent has not the hash md5:"
    ):
        read_cifar10()
    assert list(cache.iterdir()) == []


def test_an_answer_that_is_no_file_is_named(mirror: Mirror, cache: Path) -> None:
    mirror.status = 404
    with pytest.raises(FileNotFoundError, match="the server answered 404"):
        read_cifar10()
    assert list(cache.iterdir()) == []


def test_without_network_one_sentence_says_which_file_to_put_where(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    monkeypatch.setenv("CIFAR10_URL", address)
    with pytest.raises(FileNotFoundError) as refusal:
        read_cifar10()
    assert str(refusal.value) == (
        "CIFAR-10 could not be downloaded (no connection, or it broke off): "
        f"put {ARCHIVE} from {address}{ARCHIVE} into {cache} and try again."
    )


@pytest.mark.parametrize("address", ["ftp.example", "gopher://example/"])
def test_an_address_that_is_none_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR10_URL", address)
    with pytest.raises(FileNotFoundError, match=rf"downloaded \(.*{address}.*\): put"):
        read_cifar10()


def test_without_download_nothing_is_asked_for(mirror: Mirror) -> None:
    with pytest.raises(FileNotFoundError, match="There is no CIFAR-10 in"):
        read_cifar10(download=False)
    assert mirror.asked == []


def test_the_official_address_and_md5_are_the_published_ones() -> None:
    assert download.OFFICIAL_URL + ARCHIVE == "https://www.cs.toronto.edu/~kriz/" + ARCHIVE
    assert download.HASHES == {ARCHIVE: "md5:c32a1d4ab5d03f1284b67883e8d87530"}
