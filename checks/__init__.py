"""What a student asks."""

from checks.result import CheckResult
from checks.verdict import check
from checks.waiting import when_written

__all__ = ["CheckResult", "check", "when_written"]
