"""What staff run, and what reads an answer out of a notebook."""
