"""What staff read of a class: grades.csv and report.html."""

import base64
import csv
import hashlib
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.display import UNSHOWN
from grading.feedback import write_class
from grading.feedback.class_report import report
from grading.feedback.grades import cell, grades
from tests import feedback_samples as samples
from tests.feedback_samples import EVIL, NAIVE, VECTORIZED, Record
from tests.pages import Page

MIXED = [
    samples.partly("bo") | {"folder": "bo #1?", "seconds": 0.1},
    samples.partly("Bo") | {"folder": "-b&o"},
    samples.not_graded("eve") | {"folder": "eve", "seconds": 2.0, "digest": ""},
    samples.right("ana") | {"folder": "ana", "seconds": 0.5},
    samples.partly("bo") | {"name": "other.ipynb"},
    samples.hostile() | {"folder": "=cmd"},
    samples.nothing("=1+1"),
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixed")
    write_class(MIXED, folder)
    return folder


@pytest.fixture(scope="module")
def mixed_text(mixed: Path) -> str:
    return Page((mixed / "report.html").read_text("utf-8")).text


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline="")))


def text(records: list[Record]) -> str:
    return Page(report(records)).text


def test_a_row_a_submission_by_student(mixed: Path) -> None:
    found = rows((mixed / "grades.csv").read_text("utf-8"))
    assert [*found[0]][:5] == ["student", "name", "status", "points", "max_points"]
    assert [*found[0]][5:7] == [NAIVE, VECTORIZED]
    assert [*found[0]][7:] == ["folder", "why", "mistakes", "reason", "reference"]
    assert [row["student"] for row in found if row["student"].isalpha()] == [
        *["ana", "Bo", "bo", "bo", "eve"]
    ]
    bo = next(row for row in found if row["name"] == "bo.ipynb")
    assert [float(bo[key]) for key in ("points", "max_points", NAIVE, VECTORIZED)] == [12, 20, 3, 9]
    assert bo["reference"] == "sha256:" + MIXED[0]["digest"][:12]


def test_a_mistake_is_in_the_table_once() -> None:
    record = samples.partly()
    record["questions"][1] |= samples.MEAN | {"mistakes": ["mean-missing-in-gradient", "reg-l1"]}
    assert rows(grades([record]))[0]["mistakes"] == "mean-missing-in-gradient; reg-l1"


def test_the_table_says_where_a_submission_lies_and_why_it_lost_points() -> None:
    record = samples.nothing() | {"folder": "=cy", "notes": ["A note.", "A note."]}
    record["questions"][0]["cause"] = "=It raised an error."
    (row,) = rows(grades([record]))
    gone = record["questions"][1]["cause"]
    assert (row["folder"], row["why"]) == ("'=cy", f"'=It raised an error.; {gone}; A note.")
    (row,) = rows(grades([samples.right() | {"notes": ["x" * 999]}]))
    assert (row["folder"], len(row["why"])) == ("", 300)
    record = samples.right()
    record["questions"][0]["cause"] = "It is right nevertheless."
    assert rows(grades([record]))[0]["why"] == ""


def test_not_graded_is_an_empty_cell() -> None:
    eve = next(row for row in rows(grades(MIXED)) if row["student"] == "eve")
    assert eve["status"] == "not graded"
    assert [eve[key] for key in ("points", NAIVE, VECTORIZED, "reference")] == [""] * 4
    assert eve["reason"] == "eve.ipynb is not a Jupyter notebook: it ends in the middle."


def test_a_spreadsheet_reads_the_table_as_utf_8(tmp_path: Path) -> None:
    write_class([samples.right("Åsa\r\nB")], tmp_path)
    content = (tmp_path / "grades.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfstudent,")
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 2


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t=", "\r+", " -", "＝", "x;=", 'x,"=', "'="]
)
def test_a_name_is_no_formula(begin: str) -> None:
    (row,) = rows(grades([samples.right(f"{begin}1+1")]))
    assert row["student"].endswith("1+1")
    assert not is_formula(row["student"])


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that cuts cells at any mark would compute a part of a text."""
    parts = re.split(r"[,;|\t]", text)
    return any(re.match(r'[\s"]*[=+\-@\t\r＝＋－＠]', part) for part in parts)


@settings(max_examples=200)
@given(st.text(st.sampled_from("=+-@\t\r\n;,|\"'＝ a1") | st.characters()))
def test_no_text_is_a_formula(words: str) -> None:
    made = cell(words)
    assert not is_formula(made)
    assert UNSHOWN.search(made) is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_table_and_computes_nothing(mixed: Path, tmp_path: Path) -> None:
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    arguments = ["--convert-to", "ods", "--outdir", str(tmp_path), str(mixed / "grades.csv")]
    command = ["soffice", home, "--headless", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=400)
    with zipfile.ZipFile(tmp_path / "grades.ods") as archive:
        content = archive.read("content.xml").decode()
    assert "formula" not in content.replace("formula1", "")
    assert {*re.findall(r'office:value="([^"]+)"', content)} == {"0", "3", "9", "10", "12", "20"}
    for words in ("'=1+1", "&apos;=1+1"):
        content = content.replace(words, "found")
    assert ">found<" in content
    assert "sha256:" + MIXED[0]["digest"][:12] in content


def test_the_report_counts_what_is_graded_and_what_is_not(mixed_text: str) -> None:
    assert "6 graded, 1 not graded" in mixed_text
    assert "More than one submission: bo (2)." in mixed_text
    assert "eve eve.ipynb is not a Jupyter notebook" in mixed_text
    assert "These have no points, which is not a 0." in mixed_text
    assert "mean 11.33, median 12, of 20" in mixed_text


def test_the_report_puts_the_hardest_first() -> None:
    page = text([samples.right("a"), samples.partly("b"), samples.partly("c")])
    assert f"{NAIVE} 53 % 1 right, 2 partly right {VECTORIZED} 93 % 1 right, 2 partly right" in page
    tests = page[page.index("Tests, the hardest first") : page.index("Mistakes")]
    shares = [int(share) for share in re.findall(r"(\d+) %", tests)]
    assert len(shares) == 15
    assert shares == sorted(shares)
    assert (
        f"SECRET-TITLE one class, one sample (hidden) 33 % {VECTORIZED} 1 passed, 2 failed" in tests
    )


def test_a_mistake_is_counted_once_a_submission_and_only_where_it_was_told() -> None:
    both = samples.partly("c")
    both["questions"][1] |= samples.MEAN
    untold = samples.partly("d")
    untold["questions"][0] |= {"mistakes": ["reg-l1"], "titles": []}
    page = text([samples.partly("b"), both, untold])
    found = page[page.index("Mistakes") : page.index("How it was graded")]
    assert f"mean-missing-in-gradient in {NAIVE}, {VECTORIZED} 2 b, c" in found
    assert "reg-l1" not in found


def test_every_submission_is_linked_to_its_own_files(mixed: Path) -> None:
    page = Page((mixed / "report.html").read_text("utf-8"))
    links = {value for _, name, value in page.attributes if name == "href"}
    folders = {"ana", "bo%20%231%3F", "-b%26o", "eve", "%3Dcmd"}
    assert links == {f"{a}/{file}" for a in folders for file in ("feedback.html", "result.json")}


def test_the_report_says_how_it_was_graded(mixed_text: str) -> None:
    assert "median 0.41 s a submission, 4.2 s in all. Slowest: eve 2.00 s, ana 0.50 s" in mixed_text
    assert (
        "Isolation of 6 submissions: strict (mount namespace, no network, seccomp)." in mixed_text
    )
    assert "seed 424242, suite 555555555555." in mixed_text


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([], "0 graded, 0 not graded There are no submissions"),
        ([samples.not_graded("a"), samples.not_graded("b")], "0 graded, 2 not graded"),
        ([samples.right()], "1 graded, 0 not graded"),
    ],
    ids=["none", "none graded", "one"],
)
def test_a_small_class_is_reported(records: list[Record], says: str, tmp_path: Path) -> None:
    write_class(iter(records), tmp_path)
    source = (tmp_path / "report.html").read_text("utf-8")
    assert says in Page(source).text
    assert ("Histogram" in source) == any(record["questions"] for record in records)


def test_an_attack_stays_text_in_the_report() -> None:
    evil = samples.not_graded(reason=EVIL) | {"notes": [EVIL]}
    page = Page(report([*MIXED, evil]))
    assert page.tags.count("script") == 1
    assert page.tags.count("img") == 1
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    assert page.text.count(EVIL) >= 2


def test_only_the_report_s_own_script_may_run() -> None:
    source = report([samples.right()])
    allowed = re.search(r"script-src 'sha256-([^']+)'", source)
    script = re.search(r"<script>(.*)</script>", source, re.DOTALL)
    assert allowed
    assert script
    digest = hashlib.sha256(script[1].encode()).digest()
    assert allowed[1] == base64.b64encode(digest).decode()


def test_a_thousand_submissions_have_a_thousand_rows() -> None:
    source = report(samples.a_class(1000))
    rows = source[source.index("All submissions") :]
    assert rows.count("result.json</a>") == 1000
    assert "875 graded, 125 not graded" in Page(source).text
