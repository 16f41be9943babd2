"""Which submissions a class has, and that each has a results folder of its own."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.classes.entries import find, folder_name

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=99)
SAFE = set(string.ascii_letters + string.digits + "._-")


def names(entries):
    return [entry.name for entry in entries]


@pytest.fixture
def hw(tmp_path):
    """A class folder."""
    folder = tmp_path / "hw"
    folder.mkdir()
    return folder


def filled(folder, *files):
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


@given(NAMES, NAMES)
def test_two_names_never_share_a_folder_also_where_case_does_not_count(one, other):
    folders = {folder_name(name).casefold() for name in {one, other}}
    assert len(folders) == len({one, other})


@given(NAMES)
def test_a_folder_can_be_made_on_any_system(name):
    folder = folder_name(name)
    assert set(folder) <= SAFE
    assert len(folder) <= 61
    assert folder[0] not in ".-"
    assert folder[-1] != "."


def test_a_plain_name_is_its_own_folder():
    assert folder_name("ana.ipynb") == "ana.ipynb"
    assert folder_name("ana_perez-2.zip") == "ana_perez-2.zip"


@pytest.mark.parametrize(
    "name",
    [
        "report.html",
        "grades.csv",
        "run.json",
        "con.ipynb",
        "Ana.ipynb",
        "-rf.py",
        "a" * 61 + ".zip",
        "a" * 251 + ".zip",
        folder_name("Ana.ipynb"),
    ],
)
def test_a_name_that_could_do_harm_is_not_a_folder(name):
    assert folder_name(name) != name
    assert len(folder_name(name)) <= 61
    assert folder_name(folder_name(name)) != folder_name(name)


def test_what_is_readable_in_a_name_stays():
    assert folder_name("Ana Pérez (1).ipynb").startswith("Ana_Perez_1-")
    assert folder_name("🙂.ipynb").startswith("submission-")


def test_each_notebook_file_zip_and_folder_of_a_class_is_one_submission(hw, tmp_path):
    filled(hw, "eva.ipynb", "Ben.PY", "cy.zip", "dan/softmax.ipynb", "dan/backprop.ipynb")
    entries = find([hw], tmp_path / "out")
    assert names(entries) == ["Ben.PY", "cy.zip", "dan", "eva.ipynb"]


def test_hidden_files_are_none_and_every_other_is_one(hw, tmp_path):
    filled(hw, "ana.ipynb", ".ana.ipynb", "__MACOSX/ana.ipynb", ".DS_Store", "ben.pdf", "cy.docx")
    entries = find([hw], tmp_path / "out")
    assert names(entries) == ["ana.ipynb", "ben.pdf", "cy.docx"]


@pytest.mark.parametrize(
    "name", ["a b.py", "it's.py", '"q".py', "🙂.py", "a\nb.py", "-rf.py", "a" * 252 + ".py"]
)
def test_any_name_that_a_file_can_have_is_found(hw, tmp_path, name):
    filled(hw, name)
    (entry,) = find([hw], tmp_path / "out")
    assert entry.name == name
    assert entry.path == hw.resolve() / name


def test_a_name_that_is_no_utf_8_is_printable(hw, tmp_path):
    filled(hw, os.fsdecode(b"\xff1.py"), os.fsdecode(b"\xfe1.py"))
    entries = find([hw], tmp_path / "out")
    assert names(entries) == ["\ufffd1.py", "\ufffd1.py"]
    assert len({entry.folder for entry in entries}) == 2


def test_same_stem_and_same_letters_are_different_submissions(hw, tmp_path):
    filled(hw, "ana.ipynb", "ana.zip", "ANA.ipynb", "ana/x.py")
    entries = find([hw], tmp_path / "out")
    assert len({entry.folder.casefold() for entry in entries}) == 4


def test_same_names_in_two_folders_are_told_apart(tmp_path):
    filled(tmp_path, "1/a/softmax.ipynb", "1/b/softmax.ipynb", "2/b/softmax.ipynb", "1/b/c.py")
    entries = find([tmp_path / folder for folder in ("1/a", "1/b", "2/b")], tmp_path / "out")
    assert names(entries) == ["1/b/softmax.ipynb", "2/b/softmax.ipynb", "a/softmax.ipynb", "c.py"]
    assert len({entry.folder for entry in entries}) == 4


def test_a_file_and_a_folder_are_given_as_one_submission_each(hw, tmp_path):
    filled(hw, "ana.txt", "dan/softmax.ipynb")
    assert names(find([hw / "ana.txt"], tmp_path / "out")) == ["ana.txt"]
    assert names(find([hw / "dan"], tmp_path / "out")) == ["softmax.ipynb"]
    assert names(find([hw / "dan"], tmp_path / "out", one=True)) == ["dan"]


def test_what_is_given_twice_is_graded_once(hw, tmp_path, monkeypatch):
    filled(hw, "ana.ipynb")
    monkeypatch.chdir(hw)
    given_twice = [hw, hw / "ana.ipynb", hw.relative_to(hw) / "ana.ipynb", hw.relative_to(hw)]
    assert names(find(given_twice, tmp_path / "out")) == ["ana.ipynb"]


def test_the_results_are_no_submission(hw):
    filled(hw, "ana.ipynb", "out/run.json")
    assert names(find([hw], hw / "out")) == ["ana.ipynb"]
    assert names(find([hw], hw / "out" / "of today")) == ["ana.ipynb"]


def test_a_link_in_a_class_is_found_as_itself(hw, tmp_path):
    (hw / "ana.ipynb").symlink_to("/etc/passwd")
    (hw / "ben").symlink_to(tmp_path)
    (hw / "cy").symlink_to(tmp_path / "nowhere")
    entries = find([hw], tmp_path / "out")
    assert [entry.path for entry in entries] == [
        hw.resolve() / name for name in ("ana.ipynb", "ben", "cy")
    ]


def test_a_path_that_is_not_there_is_refused(hw, tmp_path):
    with pytest.raises(ValueError, match=r"missing\.ipynb is not there; expected a submission or"):
        find([hw, hw / "missing.ipynb"], tmp_path / "out")
    with pytest.raises(ValueError, match="is not there"):
        find([hw / "missing"], tmp_path / "out", one=True)


def test_a_class_of_nobody_is_refused(hw, tmp_path):
    filled(hw, "Thumbs.db", ".ana.ipynb", "._ben.ipynb")
    with pytest.raises(ValueError, match=r"no submission in .*hw; expected notebooks, \.py files"):
        find([hw], tmp_path / "out")
