"""What people read of a timing: it says what the record says, and can be read by everyone."""

import base64
import copy
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests import timing_samples as samples
from tests.contrast import ENOUGH, contrasts, ratio
from tests.handout import ROOT
from tests.pages import Page
from timing.roofline import bound
from timing.show import compare, lines, markdown, read, write
from timing.show.drawing import spread_out
from timing.show.form import LARGEST, validate
from timing.show.pictures import draw_roofline, draw_sweeps
from timing.show.rows import times
from timing.show.series import base, calls, sweep

Record = dict[str, Any]
STAR, GRID, HOSTILE = samples.star(), samples.grid(), samples.hostile()
RECORDS = {"star": STAR, "grid": GRID, "hostile": HOSTILE}
every_record = pytest.mark.parametrize("record", RECORDS.values(), ids=[*RECORDS])


def alone(times: dict[str, list[float]], **fields: Any) -> Record:
    """A record of one contest, C = 5, D = 7, N = 11, whose seconds are given."""
    contest = samples.contest("softmax", dict.fromkeys(times, 1.0), C=5, D=7, N=11)
    for function, seconds in zip(contest["functions"], times.values(), strict=True):
        function |= {"N": 11, "seconds": seconds}
    return samples.star(contests=[contest | fields])


def row_of(said: list[str], name: str) -> str:
    return next(line for line in said if line.startswith(f"  {name} "))


# In the terminal


@every_record
def test_no_line_is_wider_than_the_terminal_or_holds_what_steers_it(record: Record) -> None:
    others = [line for other in (STAR, record) for line in compare(record, other)]
    said = [*lines(record), *others, *compare(STAR, record)]
    assert max(map(len, said)) <= 100
    assert not re.search("[\x00-\x1f\x7f-\x9f]", "".join(said))


def test_a_row_says_call_sample_ratio_and_quartiles() -> None:
    record = alone({"first": [0.011] * 8, "second": [0.022, 0.033] * 4})
    said = list(lines(record))
    assert row_of(said, "first").split()[1:5] == ["11", "ms", "1,000", "1"]
    assert "2 to 3 ‡" in row_of(said, "second")
    record = alone({"first": [1e-5] * 8, "second": [3e-5] * 8})
    assert row_of(list(lines(record)), "second").split()[1:7] == [
        "30", "µs", "2.73", "3", "3", "to"
    ]  # fmt: skip


def test_what_was_timed_on_fewer_samples_is_compared_by_the_sample_and_marked() -> None:
    record = alone({"first": [0.011] * 8, "naive": [0.006] * 8})
    record["contests"][0]["functions"][1]["N"] = 2
    said = list(lines(record))
    assert re.search(r" 6 ms +3,000 +3 †", row_of(said, "naive"))
    assert "  † Timed on fewer samples, and compared by the sample: naive on 2." in said


def test_no_number_runs_into_the_next() -> None:
    wide = alone({"first": [0.011] * 8, "second": [0.00105, 0.0094] * 4})
    assert " 0.1 to 0.85 ‡ " in row_of(list(lines(wide)), "second")


def test_the_footnotes_say_why_the_rounds_ended_and_what_the_interval_takes_for_granted() -> None:
    seconds = {"first": [0.011] * 8, "second": [0.022, 0.033] * 4}
    said = list(lines(alone(seconds, ended="time")))
    assert "  After 8 rounds the time was over." in said
    [note] = [line for line in said if line.startswith("  ‡")]
    assert "if the rounds are independent" in note
    known = alone({"first": [0.011] * 8, "second": [0.022] * 8})
    assert "  After 8 rounds all ratios were known to ±3 %." in list(lines(known))
    assert "After 8 rounds the time was over." in markdown(alone(seconds, ended="time"))


def test_a_mark_has_its_footnote_and_no_footnote_is_without_a_mark() -> None:
    record = alone({"first": [0.011] * 8, "second": [0.022] * 8})
    assert not any("†" in line or "‡" in line for line in lines(record))


def test_the_share_of_the_roofline_is_the_bound_over_the_median() -> None:
    record = alone({"first": [1e-7] * 8}, flops=1000, bytes=1e12)
    least = bound(record["roofline"][0], 1000, int(1e12))
    record["contests"][0]["functions"][0]["seconds"] = [4 * least] * 8
    assert row_of(list(lines(record)), "first").endswith(" 25 %")
    record["contests"][0]["functions"][0]["N"] = 2
    record["contests"][0]["functions"][0]["seconds"] = [4 * least * 2 / 11] * 8
    assert row_of(list(lines(record)), "first").endswith(" 25 %")
    record["contests"][0]["flops"] = None
    assert row_of(list(lines(record)), "first").endswith(" 1 †")


def test_the_machine_the_growth_and_what_is_missing_are_said() -> None:
    said = list(lines(STAR))
    assert said[0] == "AMD EPYC 7B13, 2 cores, 25 GB, L1 32 KiB, L2 1 MiB, L3 32 MiB"
    assert "Roofline, float64: reads 34 GB/s from memory, 52 GB/s from 32 MiB of cache" in " ".join(
        said
    )
    assert any(line.startswith("  vectorized ") and "linearly in N" in line for line in said)
    assert said[-2:] == ["Missing:", "  TensorFlow: install the extra peers"]


# In Markdown


@every_record
def test_every_row_of_a_markdown_table_has_as_many_cells(record: Record) -> None:
    text = markdown(record)
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert tables
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1, table
    assert not re.search(r"(?<!\\)[<>`]", text)


def test_a_grid_is_one_table_with_a_row_a_size_and_a_column_a_function() -> None:
    table = [line for line in markdown(GRID).splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert head == ["C", "N", "dtype", *samples.TIMES]
    sizes = [[f"{c['C']}", f"{c['N']:,}", c["dtype"]] for c in GRID["contests"]]
    assert [row[:3] for row in body] == sizes


def test_a_cell_of_a_grid_is_a_call_and_how_many_times_the_two_products() -> None:
    seconds = {"vectorized": [0.003] * 8, samples.PRODUCTS: [0.002] * 8, "naive": [0.04] * 8}
    record = alone(seconds)
    record["settings"]["full"] = True
    record["contests"][0]["functions"][2]["N"] = 1
    text = markdown(record)
    assert "| 5 | 11 | float64 | 3 ms (1.5 ×) | 2 ms | 40 ms a sample† (220 ×) |" in text
    assert "In brackets: times its two matrix products, by the sample." in text
    assert "† Timed on fewer samples: naive on 1." in text


# In pictures


def many() -> Record:
    """Nine more functions, all as fast, and two caches of almost one size."""
    times = samples.TIMES | {f"theirs: softmax_loss_number_{i}": 1 + i / 1000 for i in range(9)}
    contests = [samples.contest("softmax", times, N=N, rounds=6) for N in (50, 500)]
    record = samples.star(contests=contests)
    for cache, size in zip(record["machine"]["caches"], (2e6, 2.5e6, 3e6), strict=True):
        cache["bytes"] = int(size)
    return record


def one() -> Record:
    """One function, once: nothing to draw a line through."""
    return alone({"vectorized": [0.003] * 8})


def without_features() -> Record:
    return samples.star(contests=[samples.contest("derivatives", samples.DERIVATIVES, D=None)])


def roofline(record: Record) -> Figure:
    return draw_roofline(record, "float64")


PICTURED: dict[str, Callable[[], Figure]] = {
    f"{name}-{draw.__name__}": lambda record=record, draw=draw: draw(record)
    for name, record in (
        RECORDS | {"many": many(), "one": one(), "without features": without_features()}
    ).items()
    for draw in (draw_sweeps, roofline)
}


def texts(figure: Figure) -> list[Text]:
    """Return the texts that are drawn; a label of a tick outside of the axes is not."""
    FigureCanvasAgg(figure).draw()
    unseen = [
        tick.label1
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if not axis.get_view_interval()[0] <= tick.get_loc() <= axis.get_view_interval()[1]
    ]
    found = figure.findobj(lambda one: isinstance(one, Text) and one.get_visible())
    return [text for text in found if text.get_text().strip() and text not in unseen]


@pytest.mark.parametrize("draw", PICTURED.values(), ids=[*PICTURED])
def test_all_words_of_a_picture_can_be_read_from_the_back_row(draw: Callable[[], Figure]) -> None:
    figure = draw()
    assert (figure.bbox.width, figure.bbox.height) == (1600, 900)
    shown = texts(figure)
    assert len(shown) > 6
    assert min(text.get_fontsize() for text in shown) >= 16
    for text in shown:
        assert ratio(*([round(255 * c) for c in to_rgb(k)] for k in (text.get_color(), "w"))) > 4.5
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= 1600, text
        assert box.y1 <= 900, text
    upright = [text for text in shown if not text.get_rotation() % 90]
    for text, other in combinations(upright, 2):
        one, two = text.get_window_extent(), other.get_window_extent()
        assert not one.padded(-1).overlaps(two), (text, other)


def test_an_axis_has_a_number_even_where_all_that_was_measured_is_alike() -> None:
    assert "5 ms" in [text.get_text() for text in texts(draw_sweeps(one()))]


def test_each_function_has_a_marker_of_its_own_or_another_colour() -> None:
    named = [line for line in draw_sweeps(many()).axes[0].lines if not line.get_clip_on()]
    marked = {(line.get_marker(), line.get_color()) for line in named}
    assert len(marked) == len(named) == len(samples.TIMES) + 9
    first = [
        line.get_marker() for line in draw_sweeps(STAR).axes[0].lines if not line.get_clip_on()
    ]
    assert len({*first}) == len(first) == len(samples.TIMES)


def points(figure: Figure, axes: int, marker: str) -> dict[float, tuple[float, bool]]:
    """Return the points of a marker: how high by where, and whether they are hollow."""
    found = [p for p in figure.axes[axes].lines if p.get_marker() == marker and p.get_clip_on()]
    return {
        float(p.get_xdata()[0]): (float(p.get_ydata()[0]), p.get_markerfacecolor() == "white")
        for p in found
    }


def test_a_function_stands_at_the_samples_that_it_worked_on() -> None:
    figure = draw_sweeps(STAR)
    by_N = {c["N"]: c["functions"] for c in STAR["contests"] if (c["C"], c["D"]) == (10, 3073)}
    vectorized = points(figure, 0, "o")
    assert [*vectorized] == [50, 500, 5000]
    assert vectorized[5000][0] == np.median(by_N[5000][0]["seconds"])
    assert [*points(figure, 0, "^")] == [50, 200]
    by_C = points(figure, 1, "^")
    assert [*by_C] == [2, 10, 100]
    assert all(hollow for _, hollow in by_C.values())
    naive = STAR["contests"][0]["functions"][3]
    assert by_C[10][0] == pytest.approx(1e6 * np.median(naive["seconds"]) / 200)
    assert [*points(figure, 2, "o")] == [49, 769, 3073]


def test_a_point_is_that_of_the_contest_of_its_own_size() -> None:
    contests = [samples.contest("softmax", samples.TIMES, N=N) for N in (50, 200, 500, 5000)]
    taken = np.median(contests[1]["functions"][3]["seconds"])
    for order in (contests, contests[::-1]):
        assert points(draw_sweeps(samples.star(contests=order)), 0, "^")[200][0] == taken


def test_a_cache_is_marked_where_the_data_are_as_large() -> None:
    ax = draw_sweeps(STAR).axes[0]
    marks = {t.get_text(): t.xy[0] for t in ax.texts if t.get_text().startswith("X fills")}
    assert marks == {"X fills L2": (1 << 20) / (3073 * 8), "X fills L3": (32 << 20) / (3073 * 8)}
    half = samples.star(contests=[samples.contest("softmax", samples.TIMES, dtype="float32")])
    half["settings"]["dtype"] = ["float32"]
    half["machine"]["caches"][0]["bytes"] = 400 * 3073 * 4
    assert [t.xy[0] for t in draw_sweeps(half).axes[0].texts if "L1" in t.get_text()] == [400]


def test_a_point_of_the_roofline_is_work_over_time() -> None:
    found = points(draw_roofline(STAR, "float64"), 0, "^")
    contest = STAR["contests"][0]
    x = contest["flops"] / contest["bytes"]
    speed = np.median(4 * 10 * 3073 * 200 / np.array(contest["functions"][3]["seconds"]))
    assert found[x] == (pytest.approx(speed), True)
    assert len(found) == 3
    assert len(points(draw_roofline(STAR, "float32"), 0, "^")) == 1


def test_the_roof_is_that_of_the_machine() -> None:
    lines_of = [line.get_xydata() for line in draw_roofline(STAR, "float64").axes[0].lines]
    corner = [1.05e11 / 3.4e10, 1.05e11]
    assert any(np.allclose(line[-1], corner) for line in lines_of)
    assert any(np.allclose(line[:, 1], 1.05e11) for line in lines_of if len(line) == 2)
    with pytest.raises(ValueError, match="no roofline for float16"):
        draw_roofline(STAR, "float16")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_names_keep_their_order_and_their_distance(wanted: list[float]) -> None:
    wanted, gap = sorted(wanted), 0.04
    placed = spread_out(wanted, gap)
    assert min(np.diff(placed), default=1) >= gap - 1e-9
    assert placed[0] >= 0
    assert placed[-1] <= 1 + 1e-9
    if min(np.diff(wanted), default=1) >= gap:
        np.testing.assert_allclose(placed, wanted)


# On a page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("timing")
    for name, record in RECORDS.items():
        (folder / name).mkdir()
        write(record, folder / name)
    return folder


@pytest.mark.parametrize("name", RECORDS)
def test_the_page_needs_nothing_beside_it(name: str, folder: Path) -> None:
    page = Page((folder / name / "timing.html").read_text("utf-8"))
    sources = [value for _, attribute, value in page.attributes if attribute in ("src", "href")]
    assert [source.partition(",")[0] for source in sources] == [
        *["data:image/png;base64"] * 2, "data:application/json;base64"
    ]  # fmt: skip
    assert json.loads(base64.b64decode(sources[-1].partition(",")[2])) == RECORDS[name]
    alts = [value for tag, attribute, value in page.attributes if attribute == "alt"]
    assert len({*alts}) == 2
    assert min(map(len, alts)) > 20
    assert not {"script", "link"} & {*page.tags}


def test_the_page_says_what_the_terminal_says(folder: Path) -> None:
    text = Page((folder / "star" / "timing.html").read_text("utf-8")).text
    for line in list(lines(STAR))[:-2]:
        said = line.removeprefix("Growth at ").split()
        if not {"µs", "quartiles"} <= {*said}:
            assert all(word in text for word in said), line


def test_a_name_is_text_and_never_a_tag(folder: Path) -> None:
    page = Page((folder / "hostile" / "timing.html").read_text("utf-8"))
    assert "theirs: <script>alert(1)" in page.text
    assert "<img src=x>" in page.text
    assert page.tags.count("img") == 2


# In files


def test_what_is_written_is_read_again(folder: Path) -> None:
    for name, record in RECORDS.items():
        assert read(folder / name) == read(folder / name / "timing.json") == record
        assert sorted(path.name for path in (folder / name).iterdir()) == sorted(
            ["timing.json", "timing.md", "timing.png", "roofline.png", "timing.html"]
        )
        for picture in ("timing.png", "roofline.png"):
            header = (folder / name / picture).read_bytes()[:24]
            assert [int.from_bytes(header[i : i + 4]) for i in (16, 20)] == [1600, 900]


def test_an_earlier_timing_stays_whole_where_a_new_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(one(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="contests is empty"):
        write(samples.star(contests=[]), tmp_path)
    written: list[Path] = []

    def full(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        with path.open("wb") as file:
            return file.write(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write(STAR, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def set_at(record: Record, place: str, value: Any) -> Record:
    """Return a record with another value at a place such as contests.0.N; ... takes it away."""
    changed = copy.deepcopy(record)
    *path, last = [int(key) if key.isdigit() else key for key in place.split(".")]
    within: Any = changed
    for key in path:
        within = within[key]
    if value is ...:
        del within[last]
    else:
        within[last] = value
    return changed


REFUSED = {
    "schema": (2, "schema is 2; expected 1"),
    "made": (..., "has no 'made'"),
    "settings.within": (True, "settings.within is True; expected a number"),
    "settings.N": ("500", "settings.N is '500'; expected a list"),
    "machine.packages.numpy": (2.4, "packages.numpy is 2.4; expected text"),
    "threads.openblas": ("two", "threads.openblas is 'two'; expected a whole number"),
    "roofline.0.read_bytes_per_second": (0, "expected a finite number above 0"),
    "contests": ([], "contests is empty"),
    "contests.0": ("softmax", "contests[0] is 'softmax'; expected an object"),
    "contests.0.functions": ([], "expected each name once"),
    "contests.0.functions.1.name": ("vectorized", "expected each name once"),
    "contests.0.functions.0.N": (501, "has N = 501; expected 500 or less"),
    "contests.0.functions.0.seconds": ([0.1], "has [1, 24] rounds; expected as many of each"),
    "contests.0.functions.0.seconds.3": (-0.1, "seconds[3] is -0.1; expected a finite number"),
    "contests.0.N": (10**5000, "contests[0].N is a huge number; expected a finite number"),
}


@pytest.mark.parametrize("place", REFUSED)
def test_a_record_that_is_none_is_refused_in_a_sentence(place: str) -> None:
    value, words = REFUSED[place]
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        validate(set_at(STAR, place, value))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"schema": NaN}', "is not JSON"),
        (b'{"schema": ' + b"1" * 5000 + b"}", "is not JSON"),
        (b"[]", "the record is []; expected an object"),
        (json.dumps(STAR).replace('"seconds": [0', '"seconds": [1e999, 0', 1).encode(), "inf"),
    ],
    ids=["missing", "empty", "bytes", "deep", "nan", "digits", "list", "infinite"],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "timing.json"
    if content is not None:
        file.write_bytes(content)
    for path in (file, tmp_path) if content is not None else (file, tmp_path / "gone"):
        with pytest.raises(ValueError, match=re.escape(words)) as refused:
            read(path)
        assert len(str(refused.value).replace(str(file), "")) < 200


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "timing.json"
    with file.open("wb") as sparse:
        sparse.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match="larger than 100 MB"):
        read(file)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "timing.json")
    with pytest.raises(ValueError, match="is not a file"):
        read(tmp_path)


def places(value: Any, at: str = "") -> Iterator[str]:
    """Yield the place of everything in a record."""
    entries: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        entries = [*value.items()]
    elif isinstance(value, list):
        entries = [*enumerate(value)]
    for key, part in entries:
        yield f"{at}{key}"
        yield from places(part, f"{at}{key}.")


SMALL = alone({"vectorized": [0.003] * 6, "naive": [0.3] * 6})
JUNK = [..., None, True, 0, 1, -1, 7, 2**70, 1e-300, 1e17, math.nan, math.inf, "", "\ud800x\x1b[2J"]
JUNK += [[], {}, [1], ["a"], {"a": 1}]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*places(SMALL)]), st.sampled_from(JUNK))
def test_whatever_is_not_refused_can_be_shown(place: str, value: Any) -> None:
    record = set_at(SMALL, place, value)
    try:
        validate(record)
    except ValueError:
        return
    said = [*lines(record), *compare(SMALL, record), *compare(record, SMALL), markdown(record)]
    "\n".join(said).encode()


# Beside another


def again(record: Record, seed: int) -> Record:
    """The same functions timed again, on a machine that is 30 % slower today."""
    other, rng = copy.deepcopy(record), np.random.default_rng(seed)
    for contest in other["contests"]:
        for function in contest["functions"]:
            function["seconds"] = (1.3 * rng.permutation(function["seconds"])).tolist()
    return other


def test_two_timings_of_one_machine_agree_and_say_so() -> None:
    said = list(compare(STAR, again(STAR, seed=1)))
    ratios = sum(len(contest["functions"]) - 1 for contest in STAR["contests"])
    assert said[0] == "A and B: the same machine, settings and threads."
    verdict = " ".join(said[-2:]).strip()
    known = int(verdict.split()[5])
    assert 0 < known < ratios
    assert verdict.startswith(
        f"A and B agree: all {known} known ratios to the first are the same. {ratios - known} more "
    )
    one, other = (
        alone({"a": [0.01] * 8, "b": [0.02] * 8}),
        alone({"a": [0.02] * 8, "b": [0.04] * 8}),
    )
    said_of_one = [*compare(one, other)]
    assert said_of_one[-1] == "A and B agree: all 1 known ratios to the first are the same."
    assert "30 % more differs" in row_of(said, "vectorized")


def test_what_became_slower_and_what_is_in_one_only_is_said() -> None:
    other = again(STAR, seed=1)
    contest = other["contests"][0]
    slow = contest["functions"][2]
    slow["seconds"] = [3 * seconds for seconds in slow["seconds"]]
    contest["functions"].pop()
    other["contests"] = [contest, samples.contest("softmax", samples.TIMES, C=7)]
    other["machine"] |= {"processor": "Another", "packages": {"numpy": "2.0.0", "numba": "0.68.1"}}
    said = list(compare(STAR, other))
    assert said[:2] == [
        "processor: A AMD EPYC 7B13; B Another",
        "packages: A numpy 2.4.6, torch 2.13.0; B numpy 2.0.0",
    ]
    assert re.search(r" 0\.91 +2\.64 to 2\.82 differs +3\.9 times differs", row_of(said, "fused"))
    assert "  only in A: numba, naive loops" in said
    assert f"only in A: {STAR['contests'][1]['title']}" in said
    assert f"only in B: {other['contests'][1]['title']}" in said
    assert said[-1] == "A and B differ in 1 of 7 ratios to the first."


def test_a_difference_within_what_is_known_is_near_and_still_agrees() -> None:
    a = alone({"first": [0.01] * 8, "second": [0.02] * 8})
    b = alone({"first": [0.01] * 8, "second": [0.0204] * 8})
    said = list(compare(a, b))
    assert " near " in row_of(said, "second")
    assert said[-1].startswith(
        "A and B agree: all 1 known ratios to the first are the same, but for 1"
    )


def test_where_nothing_is_known_nothing_is_said_to_agree() -> None:
    unsure = alone({"first": [0.01] * 8, "second": [0.02, 0.03] * 4})
    verdict = " ".join([*compare(unsure, unsure)][-2:])
    assert "Nothing known says that A and B differ: " in verdict
    assert "agree" not in verdict


def test_of_a_few_rounds_nothing_is_known() -> None:
    a = alone({"first": [0.01] * 5, "second": [0.02] * 5})
    b = alone({"first": [0.01] * 8, "second": [0.04] * 8})
    said = list(compare(a, b))
    assert row_of(said, "second").split()[-4:] == ["unsure", "2", "times", "unsure"]
    assert said[-1].startswith("Nothing known says that A and B differ")


@pytest.mark.parametrize(
    ("factor", "words"), [(1.00037, "0 %"), (1.042, "4 % more"), (0.881, "12 % less")]
)
def test_a_change_is_said_in_whole_per_cent(factor: float, words: str) -> None:
    a, b = (alone({"first": [0.01 * f] * 8, "second": [0.02] * 8}) for f in (1, factor))
    assert re.search(rf" {words} +(differs|near)$", row_of([*compare(a, b)], "first"))


def test_records_without_a_common_ratio_do_not_agree() -> None:
    assert list(compare(STAR, one()))[-1].startswith("A and B have no ratio in common")


# In a browser


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.slow
def test_all_of_the_page_can_be_read_and_the_record_be_kept(folder: Path, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
    artefacts = Path(os.environ.get("ARTEFACTS", ROOT / "artefacts")) / "timing"
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found)
        for name in ("star", "hostile"):
            for scheme, width in (("light", 390), ("dark", 1280)):
                size = {"width": width, "height": 900}
                page = browser.new_page(viewport=size, color_scheme=scheme)
                said: list[str] = []
                page.on("console", lambda message, said=said: said.append(message.text))
                page.goto((folder / name / "timing.html").as_uri())
                page.screenshot(path=artefacts / f"{name}-{width}-{scheme}.png", full_page=True)
                body = contrasts(page.locator("body"))
                assert len(body) > 20
                assert [(text, enough) for text, enough in body if enough < ENOUGH] == []
                assert page.evaluate(OVERFLOW) == 0
                with page.expect_download() as download:
                    page.get_by_role("link", name="timing.json").click()
                download.value.save_as(tmp_path / "timing.json")
                assert read(tmp_path) == RECORDS[name]
                assert said == []
                page.close()
        browser.close()


def test_the_answer_comes_first_how_many_times_as_long_the_loops_take() -> None:
    said = " ".join(lines(STAR))
    ratio = times(STAR, function_of("naive"), function_of("vectorized"))
    assert f"naive takes {ratio} times as long as vectorized: softmax loss" in said
    assert said.index("naive takes") < said.index("a call")


def function_of(name: str) -> dict[str, Any]:
    return next(f for f in base(STAR)["functions"] if f["name"] == name)


def test_what_was_timed_on_fewer_samples_is_hollow_against_samples_too() -> None:
    points = calls(sweep(STAR, "N"))
    fewer = {f["N"] for c in sweep(STAR, "N") for f in c["functions"] if f["N"] < c["N"]}
    assert fewer
    assert {point.x for of_one in points.values() for point in of_one if point.fewer} == fewer
