"""The runner of the snippets itself: it must fail where a page is wrong."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.docs.snippets import SnippetFailure, blocks, run, snippets


def page(text: str) -> str:
    return dedent(text).replace("'''", "```").lstrip("\n")


def test_blocks_of_a_page_share_a_namespace() -> None:
    assert run("p.md", page("""
        '''python
        total = 6
        '''
        Then:
        '''python
        print(total + 1)
        '''
        '''text
        7
        '''
    """)) == 2  # fmt: skip


def test_an_output_that_differs_fails_and_names_its_line() -> None:
    text = page("""
        '''python
        print("charged")
        '''
        It prints:
        '''text
        refused
        '''
    """)
    with pytest.raises(SnippetFailure, match=r"(?s)p\.md:6: .*refused.*charged"):
        run("p.md", text)


def test_a_block_that_prints_nothing_fails_where_the_page_shows_output() -> None:
    with pytest.raises(SnippetFailure, match="Got nothing"):
        run("p.md", page("""
            '''python
            pass
            '''
            '''text
            something
            '''
        """))  # fmt: skip


def test_an_exception_fails_with_the_line_of_the_page_in_its_traceback() -> None:
    text = page("""
        # Title

        '''python
        x = 1
        x / 0
        '''
    """)
    with pytest.raises(SnippetFailure, match="ZeroDivisionError") as failure:
        run("p.md", text)
    cause = failure.value.__cause__
    assert cause is not None
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_next is not None
    assert cause.__traceback__.tb_next.tb_lineno == 5


def test_a_marked_block_is_neither_run_nor_expected() -> None:
    assert run("p.md", page("""
        <!-- no-run -->
        '''python
        raise SystemError
        '''
        '''python
        print(1)
        '''

        <!-- no-run -->

        '''text
        a drawing
        '''
    """)) == 1  # fmt: skip


@pytest.mark.parametrize(
    "after",
    [
        "# Another heading\n```text\nnot this one\n```",
        "```console\n$ aslrun run order.asl.json\n```",
        "```json\n{}\n```",
        "",
    ],
    ids=["another section", "a terminal", "another language", "nothing"],
)
def test_only_the_output_of_the_same_section_is_compared(after: str) -> None:
    assert run("p.md", f"```python\nprint(1)\n```\n{after}\n") == 1


def test_an_ellipsis_stands_for_anything() -> None:
    run("p.md", "```python\nprint('at 12:31:07')\n```\n```text\nat ...\n```\n")


def test_a_session_is_checked_line_by_line() -> None:
    good = "```python\n>>> x = 6\n>>> x + 1\n7\n```\n```python\nprint(x)\n```\n```text\n6\n```\n"
    assert run("p.md", good) == 2
    with pytest.raises(SnippetFailure, match="another way"):
        run("p.md", good.replace("7", "8"))


def test_a_fence_inside_a_longer_fence_is_text() -> None:
    assert [block.language for block in blocks("````markdown\n```python\nraise\n```\n````\n")] == ["markdown"]


def test_an_indented_block_of_a_list_is_dedented() -> None:
    assert [snippet.code.text for snippet in snippets("1. First\n\n   ```python\n   x = 1\n   ```\n")] == ["x = 1\n"]


def test_a_fence_that_is_never_closed_is_an_error() -> None:
    with pytest.raises(SnippetFailure, match="line 1: the fence ``` is never closed"):
        snippets("```python\nx = 1\n")


def test_a_page_without_blocks_runs_nothing() -> None:
    assert run("p.md", "Only words.\n") == 0
