"""Submissions with the points that each honestly deserves: right, wrong, broken and hostile.

Each is a small file.  Its first lines, which begin with "#: ", say in TOML what it is and what a
fair teacher pays; see tests.corpus.expected.  The rest is what is handed in, once
tests.corpus.build has made a notebook, a zip, a folder, ... of it.
"""
