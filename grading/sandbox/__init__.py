"""A submission's code runs here, in processes of its own that hold nothing worth having."""

from grading.sandbox.failures import Reply, TheirFailure, WorkerLost
from grading.sandbox.limits import Limits
from grading.sandbox.process import SandboxError
from grading.sandbox.protocol import Unencodable
from grading.sandbox.sandbox import Sandbox
from grading.sandbox.worker import Worker

__all__ = [
    "Limits",
    "Reply",
    "Sandbox",
    "SandboxError",
    "TheirFailure",
    "Unencodable",
    "Worker",
    "WorkerLost",
]
