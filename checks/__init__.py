"""What a student asks."""

from checks.waiting import when_written

__all__ = ["when_written"]
