"""Write checks/probes.npz: right results, and the fingerprints of all known mistakes."""

import importlib
import os
from pathlib import Path

import numpy as np

import classifiers
from checks.probes import FILE, NAMING, SEEDS, fingerprint, outputs, shapes
from checks.problems import PROBLEMS
from tests.mistakes.programs import make, pairs

SEEN_DIRECTLY = {"input-changed", "dtype-not-kept"}  # by looking, not by values

REFERENCE = {
    "softmax_loss": classifiers.softmax_loss_vectorized,
    "svm_loss": classifiers.svm_loss_vectorized,
    "softmax": classifiers.softmax,
    "softmax_jacobian": classifiers.softmax_jacobian_vectorized,
    "softmax_vjp": classifiers.softmax_vjp,
    "softmax_cross_entropy": classifiers.softmax_cross_entropy,
    "network_loss": classifiers.network_loss,
}


def answer(function):
    """Return a function that gives outputs(...) of what the function returns."""
    return lambda *arguments: outputs(function(*copies(arguments)))


def copies(arguments):
    """Return fresh copies of the arrays among the arguments, and of those in dicts."""

    def one(value):
        if isinstance(value, dict):
            return {name: one(part) for name, part in value.items()}
        return value.copy(order="K") if isinstance(value, np.ndarray) else value

    return [one(value) for value in arguments]


def right_answers(catalogue):
    """Return the right outputs of all problems of all seeds, flat."""
    reference, flat = answer(REFERENCE[catalogue]), []
    for seed in range(SEEDS):
        for problem in PROBLEMS[catalogue](seed):
            found = reference(*problem.arguments)
            assert [part.shape for part in found] == shapes(catalogue, problem)
            flat += [part.ravel() for part in found]
    return np.concatenate(flat)


def raises(*arguments):
    """Give no result at all."""
    raise ValueError


def alone(W, X, y, reg):
    """Return the gradient of each sample alone, (N, C, D)."""
    samples = [(X[:, i : i + 1], y[i : i + 1]) for i in range(X.shape[1])]
    return [classifiers.softmax_loss_naive(W, *sample, reg)[1] for sample in samples]


def fingerprints(catalogue):
    """Return the known fingerprints (K, 6), their mistakes (K, 2) as places in ids, and ids.

    The first row is the right one.  Left out are what gives the right values, none, or others at
    each call, and a pair of which one mistake hides the other.
    """
    problems = PROBLEMS[catalogue](NAMING)
    module = importlib.import_module(f"tests.mistakes.{catalogue}")

    def of(function):
        return fingerprint(answer(function), problems)

    right, silent = of(REFERENCE[catalogue]), of(raises)
    rows, steady = [(right, ())], []
    for wrong in module.WRONG:
        print_, again = (rounded(of(make(wrong.source(module.BASES)))) for _ in range(2))
        said = print_ not in (rounded(right), rounded(silent))
        if print_ == again and said and wrong.id not in SEEN_DIRECTLY:
            rows.append((of(make(wrong.source(module.BASES))), (wrong.id,)))
            steady.append(wrong)
    rows = once(rows)
    alone = {rounded(print_) for print_, _ in rows} | {rounded(silent)}
    for first, second, source in pairs(steady, module.BASES):
        if rounded(both := of(make(source))) not in alone:
            ordinary_first = sorted([first, second], key=lambda one: (bool(one.only_on), one.id))
            rows.append((both, tuple(one.id for one in ordinary_first)))
    rows = once(rows)
    ids = ["", *dict.fromkeys(id_ for _, names in rows for id_ in names)]
    places = [[ids.index(id_) for id_ in (*names, "", "")[:2]] for _, names in rows]
    return np.stack([print_ for print_, _ in rows]), np.array(places, np.uint8), np.array(ids)


def rounded(print_):
    """Return a fingerprint as a key that rounding does not touch."""
    return tuple(np.round(print_, 3).tolist())


def once(rows):
    """Return the rows without those that say the same of the same fingerprint again."""
    return list({(rounded(print_), names): (print_, names) for print_, names in rows}.values())


def write(file: Path = FILE) -> None:
    """Write the file, whole or not at all."""
    arrays = {}
    for catalogue in PROBLEMS:
        arrays[f"{catalogue}.answers"] = right_answers(catalogue)
        parts = zip(("fingerprints", "mistakes", "ids"), fingerprints(catalogue), strict=True)
        arrays |= {f"{catalogue}.{part}": array for part, array in parts}
    first = [PROBLEMS["softmax_loss"](seed)[0].arguments for seed in range(SEEDS)]
    arrays["softmax_loss.P"] = np.stack([classifiers.softmax(W @ X) for W, X, _, _ in first])
    arrays["softmax_loss.alone"] = np.stack([alone(*arguments) for arguments in first])
    arrays["softmax_loss.factors"] = np.array([1.0, -1.0])
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as out:
            np.savez_compressed(out, **arrays)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
