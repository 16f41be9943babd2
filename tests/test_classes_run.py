"""The settings and the secret seed of a run, and the lock that keeps it the only one."""

import json
import stat
import subprocess
import sys

import pytest

from grading.classes.run import opened, settings_for
from grading.sandbox import Limits
from grading.settings import Settings

SETTINGS = Settings(("softmax_loss_naive",), seed=7, require="any", limits=Limits(call_seconds=3))

HOLD = """
import sys
from pathlib import Path
from grading.classes.run import opened, settings_for
with opened(Path(sys.argv[1]), settings_for(Path(sys.argv[1]), False), False):
    print("held", flush=True)
    sys.stdin.read()
"""


def begun(out, settings=SETTINGS):
    with opened(out, settings, resume=False):
        pass
    return out


def test_a_run_is_gone_on_with_the_same_settings(tmp_path):
    out = begun(tmp_path / "new" / "out")
    assert settings_for(out, resume=True) == SETTINGS
    with opened(out, SETTINGS, resume=True):
        pass


def test_the_seed_is_nobodys_to_read(tmp_path):
    out = begun(tmp_path / "out")
    assert stat.S_IMODE((out / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


def test_a_seed_that_is_not_given_is_random(tmp_path):
    seeds = {settings_for(tmp_path, False).seed for _ in range(5)}
    assert len(seeds) == 5
    assert all(0 <= seed < 2**53 for seed in seeds)
    assert settings_for(tmp_path, False, seed=0).seed == 0


def test_settings_are_as_asked(tmp_path):
    settings = settings_for(tmp_path, False, "vectorized", 5, "strict")
    assert settings == Settings(("softmax_loss_vectorized",), 5, "strict")
    assert settings_for(tmp_path, False).questions == (
        "softmax_loss_naive",
        "softmax_loss_vectorized",
    )


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [("questions", "naive", "vectorized"), ("seed", 7, 8), ("require", "any", "strict")],
)
def test_other_settings_than_those_of_the_run_are_refused(tmp_path, name, same, other):
    out = begun(tmp_path / "out")
    assert settings_for(out, True, **{name: same}) == SETTINGS
    with pytest.raises(ValueError, match=f"begun with another --{name}.*leave --{name} out"):
        settings_for(out, True, **{name: other})


def test_other_limits_than_those_of_the_run_are_refused(tmp_path):
    out = begun(tmp_path / "out")
    with (
        pytest.raises(ValueError, match="begun with other settings"),
        opened(out, Settings(SETTINGS.questions, 7), resume=True),
    ):
        pass


def test_results_are_never_begun_again_by_accident(tmp_path):
    out = begun(tmp_path / "out")
    with (
        pytest.raises(ValueError, match="holds the results of a run: add --resume"),
        opened(out, SETTINGS, resume=False),
    ):
        pass


def test_there_must_be_something_to_resume(tmp_path):
    with pytest.raises(ValueError, match=r"no run to resume in .*: leave --resume out"):
        settings_for(tmp_path / "out", resume=True)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": {"questions": 1}}'])
def test_a_broken_run_is_said_to_be_broken(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(ValueError, match=r"run\.json cannot be read"):
        settings_for(tmp_path, resume=True)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with (
        pytest.raises(ValueError, match="holds files, and no run of softmax-lab grade"),
        opened(tmp_path, SETTINGS, resume=False),
    ):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder_for_results(tmp_path):
    (tmp_path / "out").touch()
    with (
        pytest.raises(ValueError, match="is a file; expected a folder"),
        opened(tmp_path / "out", SETTINGS, resume=False),
    ):
        pass


def test_a_run_that_was_killed_before_it_began_leaves_nothing_in_the_way(tmp_path):
    (tmp_path / ".lock").touch()
    (tmp_path / ".run.json.unfinished").write_text("{")
    begun(tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["settings"]["seed"] == 7


def test_two_runs_on_one_folder_are_refused_and_a_killed_one_holds_nothing(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", HOLD, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        settings = settings_for(out, resume=True)
        with (
            pytest.raises(ValueError, match="Another run is grading into"),
            opened(out, settings, resume=True),
        ):
            pass
        other.kill()
    with opened(out, settings, resume=True):
        pass


def test_a_run_in_the_same_process_is_refused_too(tmp_path):
    with (
        opened(tmp_path, SETTINGS, resume=False),
        pytest.raises(ValueError, match="Another run is grading into"),
        opened(tmp_path, SETTINGS, resume=True),
    ):
        pass


def test_a_lock_that_is_something_else_is_said(tmp_path):
    (tmp_path / ".lock").write_text("not a database, but long enough to be looked at " * 40)
    with (
        pytest.raises(ValueError, match=r"\.lock cannot be locked"),
        opened(tmp_path, SETTINGS, resume=False),
    ):
        pass
