"""Right and wrong gradients that a gradient checker is measured on.

problem.py, problems.py   what a problem is; all of them
right/, wrong/            the right ones; the wrong ones by kind of mistake
losses.py, functions.py   what is differentiated, generic in the floating type
conditions.py, builders.py, vector.py   sizes, scales, types and places of x
mutate.py, mistakes.py, impure.py, chance.py   what is done to a right function
truth.py, slopes.py, calls.py   the truth of each problem, without any checker
random_problems.py        as many more as asked for
judging.py, peers.py, report.py, run.py   checkers, counted, compared and printed
"""
