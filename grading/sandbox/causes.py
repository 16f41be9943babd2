"""Why a worker process has ended, as the name of a cause and a sentence."""

import signal

from grading.sandbox.failures import WorkerLost
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.process import Ended
from grading.sandbox.protocol import ProtocolError

# From this part of a limit on, being killed is taken for the limit: the kernel does not say why.
NEAR_CPU, NEAR_MEMORY = 0.5, 0.9


def out_of_time(limits: Limits, total: bool) -> WorkerLost:
    """Return what is said when a call, or all calls in total, take too long."""
    if total:
        sentence = f"All calls together took the {limits.total_seconds:g} s that they may take."
    else:
        sentence = f"The code did not come to an end within {limits.call_seconds:g} s."
    return WorkerLost("time", sentence)


def full(limits: Limits) -> WorkerLost:
    """Return what is said when the files of a submission take too much."""
    most = f"{limits.folder_bytes // MIB} MiB"
    return WorkerLost("disk", f"The code wrote too many files, or more than {most} in all.")


def malformed(problem: ProtocolError) -> WorkerLost:
    """Return what is said of a reply that none of ours is."""
    return WorkerLost("protocol", f"The worker's reply has been tampered with. {problem}")


def of_the_end(ended: Ended | None, limits: Limits) -> WorkerLost:
    """Return what is said when a worker has gone without a reply.

    Args:
        ended: how it ended; None when it still ran, with its channel closed.
        limits: that it ran in.
    """
    if ended is None:
        return WorkerLost("protocol", "The code closed the channel that replies are sent through.")
    if ended.exit_code >= 0:
        return WorkerLost(
            f"exited {ended.exit_code}", f"The code ended its process (exit {ended.exit_code})."
        )
    killed = ended.exit_code == -signal.SIGKILL
    if ended.exit_code == -getattr(signal, "SIGXCPU", 0) or (
        killed and ended.cpu_seconds >= NEAR_CPU * limits.cpu_seconds
    ):
        return WorkerLost("cpu time", f"The code used {limits.cpu_seconds} s of CPU time.")
    if killed and ended.memory_bytes >= NEAR_MEMORY * limits.memory_bytes:
        return WorkerLost("memory", f"The code used {limits.memory_bytes // MIB} MiB of memory.")
    name = signal.strsignal(-ended.exit_code) or "unknown"
    return WorkerLost(
        f"signal {-ended.exit_code}",
        f"The code brought its process down (signal {-ended.exit_code}: {name}).",
    )
