"""The pictures of the notebooks: what stands in them, that all of it can be read."""

import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from checks.pictures import BLUE, ORANGE, draw_jacobian, draw_small_network


def small_network(seed: int = 0, scale: float = 1.0) -> tuple[Figure, dict[str, Any]]:
    rng = np.random.default_rng(seed)
    shapes = {"h": 3, "W": (2, 3), "y": 2, "o": 2, "t": 2, "L": None, "dL_do": 2, "do_dy1": 2}
    numbers = {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}
    return draw_small_network(**numbers), numbers


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text()]


def written(number: float) -> str:
    return f"{number:.3f}".replace("-", "−")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([0.01, 1, 9]))
def test_no_text_of_the_network_lies_on_another_or_leaves_the_figure(
    seed: int, scale: float
) -> None:
    figure, _ = small_network(seed, scale)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = {text.get_text(): text.get_window_extent(renderer) for text in texts(figure)}
    assert len(boxes) == 21
    for (one, box), (other, other_box) in combinations(boxes.items(), 2):
        assert not box.overlaps(other_box), (one, other)
    for one, box in boxes.items():
        assert figure.bbox.containsx(box.x0), one
        assert figure.bbox.containsx(box.x1), one
        assert figure.bbox.containsy(box.y0), one
        assert figure.bbox.containsy(box.y1), one


def test_the_nodes_carry_the_numbers_that_they_are_given() -> None:
    figure, numbers = small_network()
    expected = {rf"$w_{{{i + 1}{j + 1}}}$": numbers["W"][j, i] for i in range(3) for j in range(2)}
    for name in "hyot":
        expected |= {f"${name}_{{{i}}}$": value for i, value in enumerate(numbers[name], start=1)}
    expected["$L$"] = numbers["L"]
    drawn = dict(text.get_text().split("\n") for text in texts(figure))
    assert {name: drawn[name] for name in expected} == {
        name: written(value) for name, value in expected.items()
    }


def test_the_lit_edges_carry_their_local_derivatives() -> None:
    figure, numbers = small_network()
    drawn = dict(text.get_text().split("\n") for text in texts(figure))
    assert {name: value for name, value in drawn.items() if "partial" in name} == {
        r"$\partial y_{1} / \partial w_{21}$": written(numbers["h"][1]),
        r"$\partial o_{1} / \partial y_{1}$": written(numbers["do_dy1"][0]),
        r"$\partial o_{2} / \partial y_{1}$": written(numbers["do_dy1"][1]),
        r"$\partial L / \partial o_{1}$": written(numbers["dL_do"][0]),
        r"$\partial L / \partial o_{2}$": written(numbers["dL_do"][1]),
    }


def nodes_of(figure: Figure, arrow: FancyArrowPatch) -> tuple[str, str]:
    """Return the names of the nodes that an arrow comes from and leads to."""
    begin, _, end, *_ = arrow.get_path().vertices
    return node_at(figure, begin), node_at(figure, end)


def node_at(figure: Figure, place: np.ndarray) -> str:
    """Return the name of the node beside a place in data coordinates."""
    distance = {node_name(text): np.hypot(*(place - text.get_position())) for text in texts(figure)}
    nearest = min(distance, key=distance.__getitem__)
    assert distance[nearest] < 0.5
    return nearest


def node_name(text: Text) -> str:
    """Return w21 for a text whose first line is $w_{21}$."""
    return re.sub(r"[^a-zL0-9]", "", text.get_text().split("\n")[0])


@pytest.mark.parametrize(
    ("color", "path"),
    [
        (BLUE, {("w21", "y1"), ("y1", "o1"), ("o1", "L")}),
        (ORANGE, {("w21", "y1"), ("y1", "o2"), ("o2", "L")}),
    ],
    ids=["blue", "orange"],
)
def test_the_edges_lit_in_one_colour_are_one_path(color: str, path: set[tuple[str, str]]) -> None:
    figure, _ = small_network()
    arrows = [a for a in figure.findobj(FancyArrowPatch) if same_color(a.get_edgecolor(), color)]
    assert len(arrows) == 3
    assert {nodes_of(figure, arrow) for arrow in arrows} == path


def test_the_edges_are_those_of_the_network() -> None:
    figure, _ = small_network()
    ends = {nodes_of(figure, arrow) for arrow in figure.findobj(FancyArrowPatch)}
    weights = {f"w{i}{j}": (f"h{i}", f"y{j}") for i in (1, 2, 3) for j in (1, 2)}
    expected = {(h, w) for w, (h, _) in weights.items()} | {(w, y) for w, (_, y) in weights.items()}
    expected |= {(f"y{j}", f"o{k}") for j in (1, 2) for k in (1, 2)}
    expected |= {(f"{name}{k}", "L") for name in "ot" for k in (1, 2)}
    assert ends == expected


def test_an_arrow_points_from_centre_to_centre_unless_it_has_one_beside_it() -> None:
    figure, _ = small_network()
    centres = {node_name(text): np.array(text.get_position()) for text in texts(figure)}
    for arrow in figure.findobj(FancyArrowPatch):
        start, end = nodes_of(figure, arrow)
        (x, y), _, (x_end, y_end), *_ = arrow.get_path().vertices - centres[start]
        aside = abs(x * y_end - y * x_end) / np.hypot(x_end - x, y_end - y)
        assert (aside > 0.01) == ((start, end) == ("w21", "y1")), (start, end)


def test_no_arrow_runs_through_the_number_of_another() -> None:
    figure, _ = small_network()
    renderer = FigureCanvasAgg(figure).get_renderer()
    to_pixels = figure.axes[0].transData.transform
    boxes = {node_name(text): text.get_window_extent(renderer) for text in texts(figure)}
    for arrow in figure.findobj(FancyArrowPatch):
        begin, _, end, *_ = to_pixels(arrow.get_path().vertices)
        along = begin + np.linspace(0, 1, 200)[:, None] * (end - begin)
        start, stop = nodes_of(figure, arrow)
        for name in {*boxes} - {start, stop, f"partial{stop}partial{start}"}:
            assert not any(boxes[name].contains(*place) for place in along), (start, stop, name)


def test_a_jacobian_is_written_into_its_cells_on_one_scale() -> None:
    J = np.random.default_rng(0).uniform(-0.25, 0.25, (5, 5))
    J[1, 2] = -1e-9
    ax = Figure().subplots()
    image = draw_jacobian(ax, J, "Jacobian")
    expected = {(j, i): f"{J[i, j]:.2f}".replace("-", "−") for i, j in np.ndindex(J.shape)}
    expected[2, 1] = "0.00"
    assert {text.get_position(): text.get_text() for text in ax.texts} == expected
    assert image.get_clim() == (-0.25, 0.25)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("score $j$", "probability $i$")
