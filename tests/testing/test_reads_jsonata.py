"""What expressions in JSONata read, and which values are worth trying there."""

from __future__ import annotations

import pytest

from aslrun.testing.reads_jsonata import jsonata_meaning

BOTH, ONE, TEXT = ("true", "false"), ("1",), ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$a and $b", [BOTH, BOTH]),
        ("($a or $b) ? 1 : 2", [BOTH, BOTH]),
        ("$not($a)", [BOTH]),
        ("$a and $b > $c", [BOTH, TEXT, TEXT]),
        ("$b > $c and $a", [TEXT, TEXT, BOTH]),
        ("$a and $b * 2 > 5", [BOTH, ONE]),
        ("5 < 2 + $b or $a", [ONE, BOTH]),
        ("$a and $b in $c", [BOTH, TEXT, TEXT]),
        ("$not($b = $c)", [TEXT, TEXT]),
        ("$b & 'x' = 'yx' ? 1", [TEXT]),
        ("[-$b]", [ONE]),
    ],
)
def test_only_what_is_a_condition_by_itself_is_true_or_false(text: str, values: list[tuple[str, ...]]) -> None:
    assert [read.values for read in jsonata_meaning(f"{{% {text} %}}").reads] == values


def test_the_end_of_a_name_is_no_constant() -> None:
    (found, other) = jsonata_meaning("{% $item007 < $n %}").reads
    assert (found.values, other.values) == ((), ())


def test_a_constant_is_read_as_it_is_written() -> None:
    assert jsonata_meaning("{% 1.5e3 < $n %}").reads[0].values == ("1500.0", "1499.0", "1501.0")


def test_each_chain_of_a_long_expression_is_looked_at() -> None:
    long = ", ".join(f"$a{number} > {number}" for number in range(4_000))
    reads = jsonata_meaning(f"{{% [{long}] %}}").reads
    assert (len(reads), reads[-1].values) == (4_000, ("3999", "3998", "4000"))
