"""What instructors time."""
