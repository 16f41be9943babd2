"""What people read of graded submissions, all of it made from their records."""

from grading.feedback.class_report import write_class
from grading.feedback.one import write_one

__all__ = ["write_class", "write_one"]
