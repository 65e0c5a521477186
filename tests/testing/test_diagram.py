"""The graph: its layers, and the two texts that are made of it."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from aslrun import load
from aslrun.testing.diagram import mermaid, svg
from aslrun.testing.diagram.layered import Line, Spot, arrange
from aslrun.testing.diagram.model import graph_of
from aslrun.testing.diagram.svg import _STYLE

FILL = re.compile(r"([^{}\n]+)\{[^}]*?fill:(#[0-9a-f]{6})")
EXAMPLES = Path(__file__).parents[2] / "examples" / "fleet"
LOOP: dict[str, Any] = {
    "StartAt": "Poll",
    "States": {
        "Poll": {"Type": "Pass", "Next": "Done?"},
        "Done?": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.done", "BooleanEquals": True, "Next": "End"},
                {"Variable": "$.again", "IsPresent": True, "Next": "Done?"},
            ],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Poll"},
        "End": {"Type": "Succeed"},
    },
}


def spots(count: int) -> list[Spot]:
    return [Spot(80.0, 40.0) for _ in range(count)]


def test_a_spot_is_below_those_that_lead_to_it() -> None:
    a, b, c = each = spots(3)
    arrange(a, each, [Line(a, b), Line(b, c), Line(a, c)])
    assert a.y < b.y < c.y


def test_spots_of_a_layer_do_not_overlap() -> None:
    top, *others = each = spots(6)
    arrange(top, each, [Line(top, other) for other in others])
    places = sorted(other.x for other in others)
    assert all(right - left >= 80 for left, right in pairwise(places))


def test_an_arrow_that_goes_back_turns_nothing_upside_down() -> None:
    a, b, c = each = spots(3)
    lines = [Line(a, b), Line(b, c), Line(c, a)]
    arrange(a, each, lines)
    assert a.y < b.y < c.y
    assert [line.back for line in lines] == [False, False, True]


def test_a_long_arrow_goes_around_what_is_between() -> None:
    a, b, c = each = spots(3)
    long = Line(a, c)
    arrange(a, each, [Line(a, b), Line(b, c), long])
    (waypoint,) = long.via
    assert abs(waypoint.x - b.x) >= 40


def test_labels_have_a_layer_of_their_own() -> None:
    a, b = each = spots(2)
    line = Line(a, b, (50.0, 18.0))
    arrange(a, each, [line])
    assert line.label_spot is not None
    assert a.y + 20 < line.label_spot.y < b.y - 20


def test_crossings_that_can_be_avoided_are() -> None:
    top, a, b, c, d = each = spots(5)
    arrange(top, each, [Line(top, a), Line(top, b), Line(a, d), Line(b, c)])
    assert (a.x < b.x) == (d.x < c.x)


def test_the_graph_has_an_arrow_for_every_rule() -> None:
    arrows = graph_of(load(LOOP)).arrows
    assert [(arrow.source.name, arrow.target.name, arrow.label) for arrow in arrows] == [
        ("Poll", "Done?", ""),
        ("Done?", "End", "$.done = true"),
        ("Done?", "Done?", "$.again is present: true"),
        ("Done?", "Wait", "Default"),
        ("Wait", "Poll", ""),
    ]


@pytest.mark.parametrize("name", ["business", "emergency"])
def test_boxes_of_a_picture_do_not_overlap(name: str) -> None:
    root = ElementTree.fromstring(svg(load(EXAMPLES / f"{name}.asl.json")))
    boxes = list(_boxes(root, 0.0, 0.0))
    assert len(boxes) > 8
    for one, other in combinations(boxes, 2):
        inside = _contains(one, other) or _contains(other, one)
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert inside or apart


def _boxes(element: ElementTree.Element, x: float, y: float) -> Any:
    if (moved := element.get("transform")) is not None:
        dx, dy = moved.removeprefix("translate(").removesuffix(")").split()
        x, y = x + float(dx), y + float(dy)
    for child in element:
        if child.get("class") in ("box", "around"):
            yield x, y, x + float(child.get("width", 0)), y + float(child.get("height", 0))
        yield from _boxes(child, x, y)


def _contains(one: Any, other: Any) -> bool:
    return bool(one[0] <= other[0] and one[1] <= other[1] and one[2] >= other[2] and one[3] >= other[3])


def test_a_picture_needs_nothing_from_elsewhere() -> None:
    picture = svg(load(LOOP))
    assert picture.count("http") == 1  # the namespace
    assert not {"<script", "<image", "<a ", "@import", "url("} & set(picture.split())


def _luminance(colour: str) -> float:
    """The relative luminance of WCAG."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_of_a_picture_can_be_read_on_every_ground(scheme: str) -> None:
    light, _, dark = _STYLE.partition("@media (prefers-color-scheme:dark){")
    rules = light if scheme == "light" else dark
    fills = {name: colour for names, colour in FILL.findall(rules) for name in names.split(",")}
    grounds = {colour for name, colour in fills.items() if re.search(r"\.(box|around|page|branch|under)$", name)}
    texts = {fills[name] for name in ("text", ".type", ".note", ".missed>.label")}

    assert len(grounds) > 6
    assert min(_contrast(text, ground) for text in texts for ground in grounds) > 4.5


def test_a_long_name_is_broken_and_stays_in_its_box() -> None:
    name = "RecordTheIncidentForTheReviewOfTheNextMorning and tell everybody who has to know"
    states = {
        name: {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Retry": [{"ErrorEquals": ["A"]}],
            "End": True,
        }
    }
    machine = load({"StartAt": name, "States": states})
    root = ElementTree.fromstring(svg(machine, {f"entered:0:{name}": 1}))

    lines = [each.text or "" for each in root.iter() if each.get("class") == "name"]
    assert " ".join(lines).replace(" ", "") == name.replace(" ", "")
    assert max(map(len, lines)) <= 34
    (box,) = [each for each in root.iter() if each.get("class") == "box"]
    lowest = max(float(each.get("y", 0)) for each in root.iter() if each.get("class") in ("name", "note"))
    assert lowest < float(box.get("height", 0))


def test_names_that_are_markup_stay_text() -> None:
    machine = load({"StartAt": "<b>&", "States": {"<b>&": {"Type": "Succeed"}}})
    root = ElementTree.fromstring(svg(machine))
    assert "<b>&" in [element.text for element in root.iter() if element.get("class") == "name"]


def test_the_same_machine_has_the_same_picture() -> None:
    assert svg(load(LOOP)) == svg(load(LOOP))


def test_what_was_missed_is_dashed_and_numbers_say_how_often_the_rest_was_reached() -> None:
    picture = svg(load(LOOP), {"entered:0:Poll": 3})
    assert "×3" in picture
    assert ElementTree.fromstring(picture).findall(".//{*}g[@class='missed']")


def test_mermaid_shows_parallel_branches_as_subgraphs() -> None:
    inner = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    other = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    machine = load({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner, other], "End": True}}})
    assert mermaid(machine).split("\n") == [
        "flowchart TD",
        "  start(( )) --> s0",
        '  subgraph s0["P (Parallel)"]',
        '    subgraph s0b0["branch 1"]',
        '      s1["A"]',
        "    end",
        '    subgraph s0b1["branch 2"]',
        '      s2["B"]',
        "    end",
        "  end",
    ]


def test_mermaid_has_the_coverage_as_classes() -> None:
    text = mermaid(load(LOOP), {"entered:0:Poll": 3, "next:0:Poll": 3})
    assert "  class s0 reached" in text
    assert "  class s1,s2,s3 missed" in text


def test_branches_of_a_covered_machine_are_not_coloured_by_a_theme() -> None:
    machine = load(EXAMPLES / "emergency.asl.json")
    assert "classDef branch" in mermaid(machine, {"entered:0:RecordIncident": 1})
    assert "classDef" not in mermaid(machine)


def test_a_machine_of_many_states_is_drawn() -> None:
    states: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(2_000)}
    states["S2000"] = {"Type": "Succeed"}
    assert svg(load({"StartAt": "S0", "States": states})).count("<g class=") > 4_000
