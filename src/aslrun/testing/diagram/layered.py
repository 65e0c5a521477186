"""Where the nodes of a graph stand: layers from top to bottom, few crossings, short arrows (after Sugiyama).

Rules that a change must keep:

1. The same graph has the same picture: nothing here is random, and every tie is broken by the order of the definition.
2. An arrow that goes back is turned around for the layers only. One that passes layers, or has a label, has a
   *waypoint* in each of them, which takes part in everything as a node does: so nothing ever lies over a node.
3. Coordinates are of middles, in pixels, from the left and the top of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP, WAYPOINT_GAP, LAYER_GAP = 28.0, 18.0, 30.0
SWEEPS = 12
MOST_SWAPPED = 600  # spots: of a larger graph nobody looks at single crossings
STRAIGHT = 6.0  # the pull between waypoints of one arrow


@dataclass(slots=True, eq=False)
class Spot:
    """A node or a waypoint: its size goes in, its middle (``x``, ``y``) comes out, and how high its layer is.

    ``above`` and ``below`` are its neighbours, with how much each pulls.
    """

    width: float
    height: float
    is_waypoint: bool = False
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    layer_height: float = 0.0
    above: list[tuple[Spot, float]] = field(default_factory=list)
    below: list[tuple[Spot, float]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Line:
    """An arrow between two spots; ``label`` is the size of its label, ``pull`` how straight it wants to be.

    ``via`` are its waypoints, from the source on, and ``label_spot`` the one with the label; ``back``: it goes up.
    """

    source: Spot
    target: Spot
    label: tuple[float, float] | None = None
    pull: float = 1.0
    via: list[Spot] = field(default_factory=list)
    label_spot: Spot | None = None
    back: bool = False


def arrange(start: Spot, spots: Sequence[Spot], lines: Sequence[Line]) -> tuple[float, float]:
    """Give every spot its place, and every line its waypoints; width and height of the whole."""
    forward = [line for line in lines if line.source is not line.target]
    _turn_back_lines(start, spots, forward)
    _set_layers(spots, forward)
    layers = _with_waypoints(spots, forward)
    _order(layers)
    width = _set_x(layers)
    return width, _set_y(layers)


# --------------------------------------------------------------------------- layers


def _ends(line: Line) -> tuple[Spot, Spot]:
    """Upper and lower end."""
    return (line.target, line.source) if line.back else (line.source, line.target)


def _turn_back_lines(start: Spot, spots: Sequence[Spot], lines: Sequence[Line]) -> None:
    """A line that leads to a spot on the way to it goes back."""
    leaving: dict[Spot, list[Line]] = {spot: [] for spot in spots}
    for line in lines:
        leaving[line.source].append(line)
    state: dict[Spot, int] = {}  # 1: on the way, 2: done
    for root in (start, *spots):
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(leaving[root]))]
        while stack:
            spot, following = stack[-1]
            found = next(following, None)
            if found is None:
                state[spot] = 2
                stack.pop()
            elif (seen := state.get(found.target, 0)) == 1:
                found.back = True
            elif not seen:
                state[found.target] = 1
                stack.append((found.target, iter(leaving[found.target])))


def _set_layers(spots: Sequence[Spot], lines: Sequence[Line]) -> None:
    """Each spot as low as the longest way to it; a labelled line needs a layer for its label."""
    below: dict[Spot, list[tuple[Spot, int]]] = {spot: [] for spot in spots}
    waiting = dict.fromkeys(spots, 0)
    for line in lines:
        upper, lower = _ends(line)
        below[upper].append((lower, 1 if line.label is None else 2))
        waiting[lower] += 1
    ready = [spot for spot in spots if not waiting[spot]]
    while ready:
        spot = ready.pop()
        for lower, distance in below[spot]:
            lower.layer = max(lower.layer, spot.layer + distance)
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)


def _with_waypoints(spots: Sequence[Spot], lines: Sequence[Line]) -> list[list[Spot]]:
    layers: list[list[Spot]] = [[] for _ in range(1 + max(spot.layer for spot in spots))]
    for spot in spots:
        layers[spot.layer].append(spot)
    for line in lines:
        upper, lower = _ends(line)
        chain = [Spot(2.0, 2.0, True, layer) for layer in range(upper.layer + 1, lower.layer)]
        if line.label is not None:
            line.label_spot = chain[-1] if line.back else chain[0]
            line.label_spot.width, line.label_spot.height = line.label
        for spot in chain:
            layers[spot.layer].append(spot)
        for one, next_one in zip([upper, *chain], [*chain, lower], strict=True):
            pull = STRAIGHT if one.is_waypoint and next_one.is_waypoint else line.pull
            one.below.append((next_one, pull))
            next_one.above.append((one, pull))
        line.via = chain[::-1] if line.back else chain
    return [layer for layer in layers if layer]


# --------------------------------------------------------------------------- order in a layer


def _order(layers: list[list[Spot]]) -> None:
    """Sweep down and up, each spot to the middle of its neighbours; the order with the fewest crossings stays."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        if sweep % 2 == 0:
            for upper, layer in pairwise(layers):
                _sort(layer, upper, lambda spot: spot.above)
        else:
            for lower, layer in zip(layers[:0:-1], layers[-2::-1], strict=False):
                _sort(layer, lower, lambda spot: spot.below)
        if (count := _crossings(layers)) < fewest:
            best, fewest = [list(layer) for layer in layers], count
    for layer, order in zip(layers, best, strict=True):
        layer[:] = order
    if fewest and sum(map(len, layers)) <= MOST_SWAPPED:
        while any(_swapped(layers, number) for number in range(len(layers))):
            pass


def _swapped(layers: Sequence[list[Spot]], number: int) -> bool:
    """Swap neighbours of a layer wherever that takes crossings away; whether it did."""
    layer, around = layers[number], layers[max(0, number - 1) : number + 2]
    better = False
    for place in range(len(layer) - 1):
        before = _crossings(around)
        layer[place], layer[place + 1] = layer[place + 1], layer[place]
        if _crossings(around) < before:
            better = True
        else:
            layer[place], layer[place + 1] = layer[place + 1], layer[place]
    return better


def _sort(layer: list[Spot], fixed: Sequence[Spot], neighbours: Callable[[Spot], list[tuple[Spot, float]]]) -> None:
    place = {spot: index for index, spot in enumerate(fixed)}
    own = {spot: index for index, spot in enumerate(layer)}

    def middle(spot: Spot) -> float:
        places = [place[each] for each, _ in neighbours(spot)]
        return sum(places) / len(places) if places else float(own[spot])

    layer.sort(key=middle)


def _crossings(layers: Sequence[Sequence[Spot]]) -> int:
    return sum(map(_crossings_of, layers, layers[1:]))


def _crossings_of(upper: Sequence[Spot], lower: Sequence[Spot]) -> int:
    place = {spot: index for index, spot in enumerate(lower)}
    pairs = [(index, place[each]) for index, spot in enumerate(upper) for each, _ in spot.below]
    later = ((one, other) for at, one in enumerate(pairs) for other in pairs[at + 1 :])
    return sum(1 for one, other in later if (one[0] - other[0]) * (one[1] - other[1]) < 0)


# --------------------------------------------------------------------------- coordinates


def _set_x(layers: Sequence[Sequence[Spot]]) -> float:
    """Each layer as near to its neighbours as its order allows, again and again."""
    for layer in layers:
        _place(layer, [0.0] * len(layer))
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else reversed(layers):
            _place(layer, [_wish(spot, spot.above if down else spot.below) for spot in layer])
    for layer in layers:
        _place(layer, [_wish(spot, spot.above + spot.below) for spot in layer])
    left = min(spot.x - spot.width / 2 for layer in layers for spot in layer)
    for layer in layers:
        for spot in layer:
            spot.x -= left
    return max(spot.x + spot.width / 2 for layer in layers for spot in layer)


def _wish(spot: Spot, neighbours: Sequence[tuple[Spot, float]]) -> float:
    pulls = sum(pull for _, pull in neighbours)
    return sum(each.x * pull for each, pull in neighbours) / pulls if neighbours else spot.x


def _place(layer: Sequence[Spot], wishes: Iterable[float]) -> None:
    """The places nearest to the wishes (least squares) that keep order and gaps: neighbours in each other's way move
    together."""
    offsets = [0.0]
    for one, other in pairwise(layer):
        gap = WAYPOINT_GAP if one.is_waypoint or other.is_waypoint else GAP
        offsets.append(offsets[-1] + (one.width + other.width) / 2 + gap)
    blocks: list[tuple[float, int]] = []  # mean wish, and how many spots
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, count = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            other_mean, other_count = blocks.pop()
            mean = (mean * count + other_mean * other_count) / (count + other_count)
            count += other_count
        blocks.append((mean, count))
    means = (mean for mean, count in blocks for _ in range(count))
    for spot, offset, mean in zip(layer, offsets, means, strict=True):
        spot.x = mean + offset


def _set_y(layers: Sequence[Sequence[Spot]]) -> float:
    top = 0.0
    for layer in layers:
        height = max(spot.height for spot in layer)
        for spot in layer:
            spot.y, spot.layer_height = top + height / 2, height
        top += height + LAYER_GAP
    return top - LAYER_GAP
