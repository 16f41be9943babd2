"""A class of submissions: found, graded by many processes, kept, gone on with, reported."""
