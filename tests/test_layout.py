"""Imports point one way: what is taught and what it is trained on know nothing of the rest."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {path.stem for path in ROOT.glob("*.py")} | {
    path.parent.name for path in ROOT.glob("*/*.py")
}


def imported(tree):
    """Return the top-level names of all packages that the code imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: import it by its full name"
            names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names


def files(pattern):
    found = sorted(ROOT.glob(pattern))
    assert found, f"nothing matches {pattern}"
    return pytest.mark.parametrize("file", found, ids=lambda file: file.name)


@files("classifiers/**/*.py")
def test_classifiers_import_numpy_and_themselves(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    at_once = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    compiler = {"numba", "llvmlite"} if file.name == "fused_tiles.py" else set()
    assert set().union(*map(imported, at_once)) <= {"numpy", "classifiers"} | compiler
    when_shown = {"tqdm"} if file.name == "linear_classifier.py" else set()
    assert imported(tree) <= {"numpy", "classifiers"} | compiler | when_shown


@files("gradient_check.py")
def test_the_checker_imports_numpy(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    at_once = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    assert set().union(*map(imported, at_once)) == {"numpy"}
    assert imported(tree) == {"numpy", "matplotlib"}


@files("datasets/**/*.py")
def test_datasets_import_nothing_of_ours_but_themselves(file):
    assert imported(ast.parse(file.read_text(encoding="utf-8"))) & OURS <= {"datasets"}
