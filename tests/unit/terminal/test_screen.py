"""The footer stays below the lines, and every line fits into the terminal."""

import pytest

from tests.unit.terminal.conftest import Stream


@pytest.fixture
def screen(plugin, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    from snakemake_logger_plugin_study.screen import Screen

    return Screen(Stream(terminal=True))


def replay(text):
    """Lines that a terminal shows after the sequences that the screen uses."""
    lines, row = [""], 0
    while text:
        if text.startswith("\x1b["):
            end = next(place for place, one in enumerate(text[2:], 2) if one.isalpha())
            if text[end] == "A":
                row -= int(text[2:end])
            elif text[end] == "J":
                del lines[row + 1 :]
                lines[row] = ""
            text = text[end + 1 :]
            continue
        if text[0] == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif text[0] != "\r":
            lines[row] += text[0]
        text = text[1:]
    return lines


def test_lines_appear_above_the_footer(screen):
    screen.show(["────", "10 %"])
    screen.print("first")
    screen.show(["────", "20 %", "more"])
    screen.print("second", "third")
    assert replay(screen.stream.text) == ["first", "second", "third", "────", "20 %", "more", ""]
    screen.release()
    assert replay(screen.stream.text) == ["first", "second", "third", ""]


def test_what_is_no_terminal_gets_no_footer(plugin):
    from snakemake_logger_plugin_study.screen import Screen

    screen = Screen(Stream())
    screen.show(["10 %"])
    screen.print("first")
    assert screen.stream.text == "first\n"


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("short", 10, "short"),
        ("trained autoencoder, seed 2", 17, "trained …, seed 2"),
        ("汉字汉字汉字", 12, "汉字汉字汉字"),
        ("汉字汉字汉字", 9, "汉字…汉字"),
        ("a\u0301b\u0301", 2, "a\u0301b\u0301"),
    ],
)
def test_a_long_text_loses_its_middle(plugin, text, columns, expected):
    from snakemake_logger_plugin_study.screen import columns_of, shortened

    assert shortened(text, columns) == expected
    assert columns_of(shortened(text, columns)) <= columns
