"""A student's function stays inside its call, whatever it does."""

# ruff: noqa: E722, PT012, SIM105

import builtins
import codecs
import datetime
import functools
import linecache
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from IPython.core.autocall import ZMQExitAutocall

from checks.calls import Caller
from checks.deadline import deadline
from checks.errors import BlockedError, NotAttemptedError, StoppedError, TheirError
from checks.places import code_of
from checks.watch import Stop, Watch
from classifiers.softmax_loss import softmax_loss_naive
from gradient_check import check_gradient

LIMIT = 0.05


def health() -> list[Any]:
    """Everything that a call could leave behind."""
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)]
    state = np.random.get_state(legacy=False)
    return [
        sys.stdout, sys.stderr, sys.stdin, builtins.input, sys.breakpointhook, sys.gettrace(),
        sys.unraisablehook, sys.getrecursionlimit(), warnings.filters[:],
        np.geterr(), np.get_printoptions(), random.getstate(),
        state["state"]["key"].tobytes(), state["state"]["pos"], state["has_gauss"], state["gauss"],
        handlers, signal.getitimer(signal.ITIMER_REAL), threading.active_count(),
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def healthy() -> Iterator[None]:
    np.random.randn()  # so that the generator keeps the second of a pair
    before = health()
    yield
    for _ in range(2000):  # were an exception still on its way, it would arrive here
        pass
    assert health() == before


def call(function: Callable[..., Any], *args: Any) -> Any:
    return Caller(function)(*args)


def test_the_result_comes_back_as_it_is() -> None:
    kept = np.ones(3)
    result = call(lambda x, *, scale=2: (kept, scale * x), np.arange(3))
    np.testing.assert_array_equal(result[1], [0, 2, 4])


def test_arguments_are_copies_and_a_change_is_told() -> None:
    def spoil(W, X, params, labels):
        W *= 2
        params["b"][0] = np.nan
        return X.flags.f_contiguous

    W, X = np.ones((5, 7)), np.ones((11, 7)).T
    params, labels = {"b": np.array([np.nan, 1.0])}, [1, 2]
    caller = Caller(spoil)
    assert caller(W, X, params, labels) is True
    assert caller.changed == ["W"]
    params["b"][0] = 0.0
    caller(W, X, params, labels)
    assert caller.changed == ["W", "params"]
    assert (W == 1).all()
    assert params["b"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.resize((2, 3), refcheck=False),
        lambda X: setattr(X, "shape", (1, 2)),
        lambda X: X.sort(),
        lambda X: np.negative(X, out=X),
    ],
)
def test_any_change_of_an_array_is_told(change: Callable[[Any], None]) -> None:
    caller = Caller(change)
    caller(np.array([2.0, 1.0]))
    assert caller.changed == ["X"]


def test_a_change_is_told_though_the_call_failed() -> None:
    def spoil(W):
        W += 1
        raise ValueError

    caller = Caller(spoil)
    with pytest.raises(TheirError):
        caller(np.ones(3))
    assert caller.changed == ["W"]


def test_prints_are_hidden_and_told(capfd: pytest.CaptureFixture[str]) -> None:
    def chatty():
        print("hello", flush=True)
        print("there", file=sys.stderr)

    quiet, loud = Caller(lambda: 1), Caller(chatty)
    quiet()
    loud()
    assert (quiet.printed, loud.printed) == (False, True)
    assert capfd.readouterr() == ("", "")


def test_random_numbers_go_on_within_a_caller_and_leave_the_generators_alone() -> None:
    def draw():
        return random.random(), np.random.rand(), np.random.randn()

    first, second = Caller(draw, seed=1), Caller(draw, seed=1)
    drawn = [first(), first()]
    assert drawn == [second(), second()]
    assert drawn[0] != drawn[1] != Caller(draw, seed=2)()
    assert first.used_random
    without = Caller(lambda: np.random.default_rng(0).random())
    without()
    assert not without.used_random


def test_seeding_stays_inside() -> None:
    def seeded():
        np.random.seed(0)
        random.seed(0)

    call(seeded)


def test_settings_stay_inside() -> None:
    def settings():
        np.seterr(all="raise")
        np.set_printoptions(precision=2)
        warnings.simplefilter("error")
        sys.setrecursionlimit(12345)
        sys.stdout = None
        sys.settrace(lambda *event: None)
        return np.geterr()["over"]

    assert call(settings) == "raise"


def test_warnings_are_silent_and_those_of_numpy_are_told() -> None:
    def warn():
        warnings.warn("mine", stacklevel=1)
        np.log(np.zeros(1))
        np.exp(np.array([1000.0, -1000.0]))
        np.zeros(1) / np.zeros(1)

    caller = Caller(warn)
    caller()
    assert caller.floating == {"divide", "overflow", "invalid"}


def test_a_recorder_around_the_call_is_told_too() -> None:
    seen = []
    with np.errstate(all="call", call=lambda kind, flag: seen.append(kind)):
        call(lambda: np.log(np.zeros(1)))
    assert seen == ["divide by zero"]


STATE = {"count": 0}
TABLE = np.zeros(3)
LOG: list[int] = []
number = 0


def helper(amount):
    global number
    number += amount
    TABLE[0] += amount
    LOG.append(amount)
    return number


def stateful(amount, seen=[]):  # noqa: B006
    STATE["count"] += amount
    seen.append(amount)
    return helper(amount), STATE["count"], TABLE[0], len(LOG), len(seen)


def test_hidden_state_goes_on_within_a_caller_and_never_reaches_the_students_own() -> None:
    caller = Caller(stateful)
    assert caller(1) == (1, 1, 1.0, 1, 1)
    assert caller(1) == (2, 2, 2.0, 2, 2)
    assert Caller(stateful)(1) == (1, 1, 1.0, 1, 1)
    assert (STATE, TABLE.tolist(), LOG, number) == ({"count": 0}, [0, 0, 0], [], 0)
    assert stateful.__defaults__ == ([],)


def test_closures_stay_inside() -> None:
    total, values = 0, [1]

    def add():
        nonlocal total
        total += len(values)
        values.append(total)
        return total

    caller = Caller(add)
    assert [caller(), caller()] == [1, 3]
    assert (total, values) == (0, [1])


def test_a_function_that_calls_itself_keeps_one_state() -> None:
    def count(n, seen=[]):  # noqa: B006
        seen.append(n)
        return count(n - 1) if n else len(seen)

    assert call(count, 3) == 4


def test_a_large_array_outside_is_lent_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.copies.LARGE", 10)

    def write():
        TABLE[0] = 1

    assert call(lambda: TABLE.sum()) == 0
    with pytest.raises(TheirError, match="read-only"):
        call(write)
    TABLE[0] = 0  # theirs can still be written


def inner(x):
    return x @ np.ones(3)


def outer(x):
    y = x + 1
    return inner(y)


def test_an_exception_is_told_by_their_lines() -> None:
    with pytest.raises(TheirError) as caught:
        call(outer, np.ones(4))
    error, first = caught.value, inner.__code__.co_firstlineno
    assert (error.kind, error.where, error.line_number) == ("ValueError", "inner", first + 1)
    assert error.line_text == "return x @ np.ones(3)"
    assert [place.function for place in error.frames] == ["outer", "inner"]
    assert str(error).splitlines()[1:] == [
        f"in inner, line {first + 1}: `return x @ np.ones(3)`",
        f"called from outer, line {first + 6}: `return inner(y)`",
    ]
    assert str(error).startswith("ValueError: matmul")
    assert error.__context__ is None


def test_frames_of_packages_are_not_shown() -> None:
    def concatenate():
        return np.linalg.inv(np.zeros((2, 2)))

    with pytest.raises(TheirError, match="LinAlgError: Singular matrix") as caught:
        call(concatenate)
    assert [place.function.split(".")[-1] for place in caught.value.frames] == [
        "test_frames_of_packages_are_not_shown"
    ]


def test_a_cell_of_a_notebook_is_theirs() -> None:
    source = "def loss(W):\n    # a comment\n    return W / nothing\n"
    name = "/tmp/ipykernel_77/88.py"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    with pytest.raises(TheirError) as caught:
        call(names["loss"], 1)
    assert str(caught.value) == (
        "NameError: name 'nothing' is not defined\nin loss, line 3: `return W / nothing`"
    )


def test_wrong_number_of_arguments_points_to_the_definition() -> None:
    with pytest.raises(TheirError, match="takes 1 positional argument but 2 were given") as caught:
        call(inner, 1, 2)
    assert caught.value.line_text == "def inner(x):"


def test_a_function_without_python_code() -> None:
    with pytest.raises(TheirError, match="TypeError") as caught:
        call(len, 3)
    assert caught.value.frames == ()
    assert caught.value.line_number is None


def not_written(x):
    """A stub."""
    raise NotImplementedError("write not_written")


def written(x):
    return [not_written(v) for v in x]


def test_not_attempted() -> None:
    with pytest.raises(NotAttemptedError, match="write not_written"):
        call(not_written, 1)


def test_not_attempted_inside_a_comprehension() -> None:
    def stub():
        def later():
            raise NotImplementedError

        return [later() for _ in range(2)]

    with pytest.raises(NotAttemptedError):
        call(stub)


def test_blocked_by_another_function() -> None:
    with pytest.raises(BlockedError) as caught:
        call(written, [1])
    assert caught.value.name == "not_written"


def test_blocked_by_a_stub_of_the_assignment() -> None:
    names: dict[str, Any] = {}
    stub = Path(__file__).parent.parent / "classifiers" / "stub.py"
    exec(compile("def stub():\n    raise NotImplementedError", str(stub), "exec"), names)
    with pytest.raises(BlockedError) as caught:
        call(lambda: names["stub"]())
    assert caught.value.name == "stub"


def test_what_a_library_has_not_implemented_is_an_error() -> None:
    with pytest.raises(TheirError, match="NotImplementedError") as caught:
        call(lambda: codecs.Codec().encode("x"))
    assert type(caught.value) is TheirError


def test_what_c_has_not_implemented_is_an_error() -> None:
    with pytest.raises(TheirError, match="NotImplementedError") as caught:
        call(datetime.tzinfo().utcoffset, None)
    assert type(caught.value) is TheirError


def test_blocked_by_what_itself_calls_a_caller() -> None:
    def asks_another():
        return call(not_written, 1)

    with pytest.raises(BlockedError) as caught:
        call(lambda: asks_another())
    assert caught.value.name == "call"


def test_gradient_check_lets_a_missing_answer_through() -> None:
    with pytest.raises(NotAttemptedError):
        check_gradient(Caller(not_written), np.ones(3))


def endless_recursion(n):
    return endless_recursion(n + 1)


def test_recursion_is_told_shortly() -> None:
    with pytest.raises(TheirError, match="calls itself without end") as caught:
        call(endless_recursion, 0)
    assert caught.value.kind == "RecursionError"
    assert len(caught.value.frames) < 8


def raising(problem):
    raise problem


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (SystemExit(1), "the code ends the program"),
        (MemoryError(), "more memory than there is"),
        (GeneratorExit("x"), "GeneratorExit: x"),
        (KeyError("W1"), "KeyError: 'W1'"),
        (ValueError(), "ValueError\n"),
    ],
)
def test_reasons(problem: BaseException, words: str) -> None:
    with pytest.raises(TheirError, match=words):
        call(raising, problem)


def test_exit_does_not_end_the_program() -> None:
    for leave in (lambda: exit(), lambda: sys.exit("bye")):
        with pytest.raises(TheirError, match="the code ends the program"):
            call(leave)


asked_to_exit: list[int] = []
exit_of_a_notebook = ZMQExitAutocall(SimpleNamespace(ask_exit=lambda: asked_to_exit.append(1)))


def test_exit_does_not_end_the_kernel() -> None:
    with pytest.raises(TheirError, match="the code ends the program"):
        call(lambda: exit_of_a_notebook())
    assert not asked_to_exit
    exit_of_a_notebook()
    assert asked_to_exit


def test_a_message_that_cannot_be_made() -> None:
    class MuteError(Exception):
        def __str__(self):
            raise ValueError

    with pytest.raises(TheirError, match="MuteError: its message cannot be shown"):
        call(raising, MuteError())


@pytest.mark.parametrize(
    "ask", [lambda: input("?"), lambda: sys.stdin.readline(), lambda: list(sys.stdin), breakpoint]
)
def test_input_does_not_hang(ask: Callable[[], Any]) -> None:
    with pytest.raises(TheirError, match="asks for input") as caught:
        call(lambda: ask())
    assert caught.value.kind == "input"


def test_input_as_a_notebook_has_it_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "input", lambda *prompt: pytest.fail("somebody was asked"))
    with pytest.raises(TheirError, match="asks for input"):
        call(lambda: input("?"))


def test_a_function_of_the_assignment_itself_has_lines_too() -> None:
    with pytest.raises(TheirError) as caught:
        call(softmax_loss_naive, np.ones((5, 7)), np.ones((6, 11)), np.zeros(11, int), 0.1)
    assert [place.function for place in caught.value.frames] == ["softmax_loss_naive"]
    assert "check_inputs" in caught.value.line_text


def test_code_inside_of_wrappers() -> None:
    class Callable_:  # noqa: N801
        def __call__(self, x):
            return x

        def method(self, x):
            return x

    @functools.wraps(inner)
    def wrapper(x):
        return inner(x)

    assert code_of(wrapper) is code_of(functools.partial(inner, 1)) is inner.__code__
    assert code_of(np.vectorize(inner)) is inner.__code__
    assert code_of(Callable_().method) is Callable_.method.__code__
    assert code_of(Callable_()) is Callable_.__call__.__code__
    assert code_of(len) is None
    assert call(functools.partial(raising_nothing, 2)) == 2
    assert call(Callable_(), 3) == 3


def raising_nothing(x):
    return x


def step():
    return 1


def endless():
    while True:
        pass


def swallows_exceptions():
    while True:
        try:
            step()
        except Exception:
            pass


def swallows_everything():
    while True:
        try:
            step()
        except:
            pass


def swallows_on_one_line():
    while True:
        try:
            x = 1
        except:
            x = 2
            print(x)


def swallows_nested():
    while True:
        try:
            for _ in range(3):
                try:
                    while True:
                        try:
                            step()
                        except:
                            pass
                except:
                    pass
        except:
            pass


KEPT: list[BaseException] = []


def swallows_and_keeps():
    while True:
        try:
            while True:
                step()
        except BaseException as problem:
            KEPT.append(problem)


def goes_on_finally():
    try:
        while True:
            step()
    finally:
        while True:
            step()


def returns_instead():
    try:
        while True:
            step()
    except BaseException:
        return 3


def raises_instead():
    try:
        while True:
            step()
    except BaseException as problem:
        raise ValueError("mine") from problem


def generated():
    while True:
        try:
            yield 1
        except:
            pass


def endless_generator():
    return sum(generated())


def prints_without_end():
    while True:
        print("hello")


def asks_without_end():
    while True:
        try:
            input()
        except EOFError:
            pass


def sleeps():
    time.sleep(1000)


def sleeps_and_swallows():
    while True:
        try:
            time.sleep(1000)
        except:
            pass


def waits():
    threading.Event().wait()


HANGING = [
    endless, swallows_exceptions, swallows_everything, swallows_on_one_line, swallows_nested,
    swallows_and_keeps, goes_on_finally, returns_instead, raises_instead, endless_generator,
    prints_without_end, asks_without_end,
]  # fmt: skip


def stopped(function: Callable[..., Any], seconds: float = LIMIT) -> StoppedError:
    with pytest.raises(StoppedError) as caught, deadline(seconds):
        call(function)
    return caught.value


def in_a_thread(work: Callable[[], Any]) -> Any:
    """Do the work in another thread, where signals do not arrive."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert results, "the thread hangs, or it failed"
    return results[0]


@pytest.mark.parametrize("function", [*HANGING, sleeps, sleeps_and_swallows, waits])
def test_what_hangs_is_stopped(function: Callable[..., Any]) -> None:
    error = stopped(function)
    assert str(error).startswith("stopped after 0.05 s, in ")
    assert error.line_text


@pytest.mark.parametrize("function", HANGING)
def test_what_hangs_in_a_thread_is_stopped(function: Callable[..., Any]) -> None:
    error = in_a_thread(lambda: stopped(function))
    assert str(error).startswith("stopped after 0.05 s, in ")


class Hangs:
    def __del__(self) -> None:
        while self is not None:
            step()


class Fails:
    def __del__(self) -> None:
        raise ValueError("mine")


def hangs_in_an_end():
    while True:
        Hangs()


def test_a_stop_that_cannot_get_out_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: heard.append(problem.exc_type))
    assert stopped(hangs_in_an_end).line_text
    call(lambda: Fails() and None)
    assert heard == [ValueError]


def test_where_it_hung_is_told() -> None:
    for error in (stopped(endless), in_a_thread(lambda: stopped(endless))):
        assert error.where == "endless"
        assert error.line_number in range(
            endless.__code__.co_firstlineno + 1, endless.__code__.co_firstlineno + 3
        )
        assert error.line_text in ("while True:", "pass")
        assert error.seconds == LIMIT


def hangs_here():
    while True:
        step()


def hangs_twice():
    try:
        hangs_here()
    finally:
        while True:
            pass


def test_the_first_place_is_told() -> None:
    for error in (stopped(hangs_twice), in_a_thread(lambda: stopped(hangs_twice))):
        assert error.where in ("hangs_here", "step")


def test_all_calls_of_a_block_count_together() -> None:
    caller, calls = Caller(lambda: time.sleep(0.002)), 0
    with pytest.raises(StoppedError), deadline(LIMIT):
        while True:
            caller()
            calls += 1
    assert calls > 2


def test_a_call_that_begins_too_late_is_refused() -> None:
    with pytest.raises(StoppedError, match="all calls together") as caught, deadline(0.01):
        time.sleep(0.02)
        call(step)
    assert (caught.value.place, caught.value.line_number) == (None, None)


def test_code_outside_calls_is_not_broken_off() -> None:
    done = []
    with deadline(0.01):
        end = time.monotonic() + 0.1
        while time.monotonic() < end:
            step()
        done.append(1)
    assert done


def test_nothing_swallows_a_stop_on_its_way_out() -> None:
    def caught_by_the_gradient_check():
        check_gradient(Caller(lambda x: endless()), np.ones(3))

    with pytest.raises(StoppedError), deadline(LIMIT):
        caught_by_the_gradient_check()


def test_a_deadline_that_is_met_changes_nothing() -> None:
    def both() -> int:
        with deadline(100):
            return Caller(step)()

    assert both() == in_a_thread(both) == 1


def test_nested_deadlines_are_refused() -> None:
    with (
        pytest.raises(RuntimeError, match="already running in this thread"),
        deadline(10),
        deadline(10),
    ):
        pass
    with deadline(10):
        assert call(step) == 1


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_in_the_past_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="give it more than 0"), deadline(seconds):
        pass


def test_an_alarm_of_the_students_own_goes_on() -> None:
    rung = []
    earlier = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 1000, 7)
    try:
        with deadline(LIMIT):
            call(step)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= 1000
        assert interval == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
    assert not rung


def brief():
    total = 0
    for _ in range(random.choice([0, 10, 100, 1000])):
        total += step()
    return total


def hammered(times: int) -> int:
    """Stop calls at any moment of theirs and ours; nothing may arrive late, nothing be left."""
    chosen, stops = random.Random(0), 0
    functions = [endless, swallows_everything, goes_on_finally, returns_instead, *[brief] * 8]
    callers, out = [Caller(function) for function in functions], sys.stdout
    threads = threading.active_count()
    for _ in range(times):
        caller = chosen.choice(callers)
        try:
            with deadline(chosen.choice([1e-5, 1e-4, 3e-4, 1e-3])):
                for _ in range(4):
                    caller()
        except StoppedError:
            stops += 1
        for _ in range(300):
            step()
        assert sys.stdout is out
        assert threading.active_count() == threads
        assert sys.gettrace() is None or "checks" not in repr(sys.gettrace())
    return stops


def test_nothing_is_thrown_into_what_puts_things_back() -> None:
    watch, open_to = Watch(10), []

    class Lock:
        def __enter__(self) -> None:
            open_to.append(watch.open_to(sys._getframe()))
            open_to.append(watch.open_to(sys._getframe(1)))

        def __exit__(self, *problem: Any) -> None:
            open_to.append(watch.open_to(sys._getframe()))

    watch.lock = Lock()
    watch.run(step, ())
    assert open_to[:3] == [True, False, False]


def test_a_stop_that_arrives_while_the_call_ends_does_not_keep_it_open() -> None:
    class Lock:
        arrived = False

        def __enter__(self) -> None:
            if not self.arrived:
                self.arrived = True
                raise Stop

        def __exit__(self, *problem: Any) -> None:
            pass

    watch = Watch(10)
    watch.lock = Lock()
    with pytest.raises(Stop):
        watch.run(step, ())
    assert not watch.inside


@pytest.mark.parametrize("theirs", [True, False])
def test_a_swallowed_stop_is_thrown_again_in_calls_of_theirs_only(theirs: bool) -> None:
    watch = Watch(10)
    watch.inside, watch.is_theirs = True, lambda code: theirs
    followed = watch.trace(sys._getframe(), "call", None)
    assert followed == (watch.trace if theirs else None)


def test_hammering_leaves_nothing_behind() -> None:
    assert hammered(300) > 100


def test_hammering_in_a_thread_leaves_nothing_behind() -> None:
    assert in_a_thread(lambda: hammered(300)) > 100


def presses_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        step()


def presses_ctrl_c_and_swallows():
    try:
        presses_ctrl_c()
    except BaseException:
        return 1


@pytest.mark.parametrize("function", [presses_ctrl_c, presses_ctrl_c_and_swallows])
def test_ctrl_c_gets_through(function: Callable[..., Any]) -> None:
    with pytest.raises(KeyboardInterrupt), deadline(20):
        call(function)
    with deadline(20):
        assert call(step) == 1


def test_ctrl_c_that_is_swallowed_ends_the_check_at_once() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), deadline(20):
        call(presses_ctrl_c_and_swallows)
        reached.append(1)
    assert not reached


def test_a_handler_of_ctrl_c_hears_it_once() -> None:
    heard = []

    def handler(number: int, frame: Any) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(KeyboardInterrupt), deadline(20):
            call(presses_ctrl_c)
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert heard == [signal.SIGINT]


def test_ctrl_c_without_a_deadline() -> None:
    with pytest.raises(KeyboardInterrupt):
        call(presses_ctrl_c)


def test_ctrl_c_outside_a_call_waits_for_the_next() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), deadline(20):
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(1)
        call(step)
        reached.append(2)
    assert reached == [1]


def test_ctrl_c_at_the_end_of_the_block_is_not_lost() -> None:
    with pytest.raises(KeyboardInterrupt), deadline(20):
        os.kill(os.getpid(), signal.SIGINT)


def test_their_own_keyboard_interrupt_is_an_error() -> None:
    with pytest.raises(TheirError, match="as if someone had pressed Ctrl-C"), deadline(20):
        call(raising, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):  # not to be told apart without a deadline
        call(raising, KeyboardInterrupt())


def test_a_process_that_was_hung_ends() -> None:
    program = (
        "from checks.calls import Caller\n"
        "from checks.deadline import deadline\n"
        "from checks.errors import StoppedError\n"
        "def endless():\n    while True:\n        try: pass\n        except: pass\n"
        "try:\n    with deadline(0.05): Caller(endless)()\n"
        "except StoppedError as error: print(error.where)\n"
    )
    root = Path(__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert (run.stdout, run.stderr) == ("endless\n", "")
