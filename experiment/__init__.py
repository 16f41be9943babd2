"""The main job: search, train, report."""
