"""Limit the time of calls."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from checks.watch import TICK, Watch, active


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Limit the time of all Caller calls in the block together.

    What runs inside a call is stopped, again and again if it swallows exceptions; a call that
    begins too late is refused.  Code outside calls is never broken off.  Catch StoppedError outside
    the block.  Ctrl-C is held back until the call that runs has put everything back.

    In the main thread on Unix sleeping and waiting are stopped too; elsewhere, once they end.
    Nowhere can C code be stopped that does not come back to Python, such as sum(range(10**12)).

    Args:
        seconds: the limit, above 0.

    Raises:
        ValueError: the limit is not above 0.
        RuntimeError: a deadline is already running in this thread.
        StoppedError: the time is over.
    """
    if not seconds > 0:
        raise ValueError(f"A deadline was given {seconds} s; give it more than 0.")
    if getattr(active, "watch", None):
        raise RuntimeError("A deadline is already running in this thread; use that one.")
    watch = Watch(seconds)
    main = threading.current_thread() is threading.main_thread()
    with _interrupts_held(watch) if main else nullcontext():
        active.watch = watch
        try:
            with (_alarms if main and hasattr(signal, "setitimer") else _patrols)(watch):
                yield
        finally:
            active.watch = None


@contextmanager
def _interrupts_held(watch: Watch) -> Iterator[None]:
    earlier = signal.getsignal(signal.SIGINT)
    if not callable(earlier):
        yield
        return
    watch.on_interrupt, watch.sees_interrupts = earlier, True
    signal.signal(signal.SIGINT, watch.interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
        if watch.interrupted:
            earlier(signal.SIGINT, sys._getframe())


@contextmanager
def _alarms(watch: Watch) -> Iterator[None]:
    handler = signal.signal(signal.SIGALRM, watch.alarm) or signal.SIG_DFL
    left, interval = signal.setitimer(signal.ITIMER_REAL, watch.seconds, TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            spent = time.monotonic() - (watch.end - watch.seconds)
            signal.setitimer(signal.ITIMER_REAL, max(left - spent, 1e-3), interval)


@contextmanager
def _patrols(watch: Watch) -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=watch.patrol, args=(done,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
