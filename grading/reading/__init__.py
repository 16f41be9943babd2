"""Read what a student handed in, without running any of it."""
