"""A class of real submissions: right, wrong, broken and hostile ones in turn."""

import copy
import json
import time
import zipfile
from pathlib import Path

from grading.solutions import fill_notebook

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 300  # seconds after which something hangs, on the slowest machine; it measures nothing
EXITS = "C, N = W.shape[0], X.shape[1]", "import os; os._exit(0)"
STUBS = json.loads((ROOT / "notebooks" / "softmax.ipynb").read_text("utf-8"))
SOLVED = fill_notebook(STUBS)
CHANGES = [
    ("dW = dW / N + reg * W", "dW = dW + reg * W"),
    ("0.5 * np.sum(reg * W * W)", "np.sum(reg * W * W)"),
    ("P[true_class] -= 1", "P[true_class] += 1"),
    ("scores -= scores.max(axis=0)", "pass"),
    ("return float(loss), dW", "return dW"),
    ("scores = W @ X[:, i]", "scores = W @ X[:, i]; print('x' * 10**6)"),
    ("P /= totals", "P /= totals; W *= 0"),
    ("total = 0.0", "total = 0.0 +"),
]


def until(condition):
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + LIMIT
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited for {LIMIT} s"
        time.sleep(0.02)
    return value


def changed(old: str, new: str) -> str:
    """Return the solved notebook with a piece of its text replaced, wherever it is."""
    notebook = copy.deepcopy(SOLVED)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(old, new)
    assert json.dumps(new)[1:-1] in json.dumps(notebook)
    return json.dumps(notebook)


def real_class(folder: Path, many: int) -> Path:
    """Make a class folder with so many submissions, each content under several names."""
    contents = [changed(old, new) for old, new in CHANGES]
    contents += [json.dumps(SOLVED), json.dumps(STUBS), "<html>Log in</html>"]
    folder.mkdir()
    for number in range(many):
        content = changed(*EXITS) if number == 4 else contents[number % len(contents)]
        if number % 10 == 8:
            (folder / f"s{number:03} 🙂").mkdir()
            (folder / f"s{number:03} 🙂" / "softmax (1).ipynb").write_text(content)
        elif number % 10 == 9:
            with zipfile.ZipFile(folder / f"s{number:03}.zip", "w") as archive:
                archive.writestr("softmax.ipynb", content)
        else:
            (folder / f"s{number:03}.ipynb").write_text(content)
    return folder
