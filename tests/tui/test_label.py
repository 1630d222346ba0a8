"""Labelling in the dashboard: one key is one label, and each is on record at once."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textual.widgets import Input

from sentinel.api.peers import VIEW
from sentinel.tui.dialogs.label import Labelling
from tests.tui.house import Shop
from tests.tui.watching import SMALL, Watching, watching

HOSTILE = "\x1b[31m[@click=app.quit]out[/]\u202e"


def fresh(shop: Shop) -> int:
    """How many labels of a person came for tickets in these seven days."""
    by = shop.client.ask("outcomes", line="tickets")["by"]
    return sum(each["fresh"] for each in by if each["why"] in ("audit", "informative"))


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def rows_of(shop: Shop) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (shop.workspace / "answers.jsonl").read_text().splitlines()]


async def open_form(watched: Watching, file: Path | None = None, many: int = 4) -> None:
    """The form, filled in."""
    await watched.press("L")
    await watched.sees("Label answers", "answers.jsonl", "a week are wanted")
    if file is not None:
        name_file(watched, file)
    await watched.press("tab", "ctrl+u", *str(many))


def name_file(watched: Watching, file: Path) -> None:
    """Name another file of answers."""
    watched.app.screen.query_one("#file", Input).value = str(file)


def dialog(watched: Watching) -> Labelling:
    assert isinstance(watched.app.screen, Labelling)
    return watched.app.screen


async def test_ten_rows_take_a_key_each_and_are_ten_more_outcomes_on_record(shop: Shop) -> None:
    before = fresh(shop)
    async with watching(shop, SMALL) as watched:
        await open_form(watched, many=10)
        await watched.press("enter")
        await watched.sees("1 of 10 · of the random sample", "1  account", "4  returns", "s  skip it")
        for number in range(1, 11):
            await watched.sees(f"{number} of 10 · ")
            await watched.press(str(number % 4 + 1))
        await watched.sees("all is labelled")
        assert fresh(shop) == before + 10
        await watched.press("escape")
        await watched.says("Labelled: 10 audit.")
        await open_form(watched)
        await watched.sees(f"{before + 10} came")


async def test_the_models_own_answer_is_not_shown_and_the_text_is(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched)
        await watched.press("enter")
        await watched.sees("1 of 4", "(order ")
        assert "answered" not in watched.text


async def test_what_is_skipped_is_not_on_record_and_is_counted(shop: Shop) -> None:
    before = fresh(shop)
    async with watching(shop, SMALL) as watched:
        await open_form(watched)
        await watched.press("enter")
        for number in range(1, 5):
            await watched.sees(f"{number} of 4")
            await watched.press("s")
        await watched.sees("all is labelled", "4 skipped", "makes the sample look better")
        assert fresh(shop) == before


async def test_a_key_that_means_nothing_labels_nothing(shop: Shop) -> None:
    before = fresh(shop)
    async with watching(shop, SMALL) as watched:
        await open_form(watched)
        await watched.press("enter")
        await watched.sees("1 of 4")
        await watched.press("5", "y", "n", "w", "q", "0", "space")
        assert "1 of 4" in watched.text and fresh(shop) == before


async def test_a_refused_label_is_told_and_counted(shop: Shop, tmp_path: Path) -> None:
    rows = [row | {"at": "2030-01-01T00:00:00Z"} for row in rows_of(shop)]
    async with watching(shop, SMALL) as watched:
        await open_form(watched, write(tmp_path / "later.jsonl", rows))
        await watched.press("enter")
        await watched.sees("1 of 4")
        await watched.press("1")
        await watched.sees("2 of 4", "was refused: ")
        await watched.press("escape")
        await watched.says("Labelled: 1 refused.")


async def test_a_daemon_that_went_away_is_told_and_the_row_stays(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched)
        await watched.press("enter")
        await watched.sees("1 of 4")
        shop.go()
        await watched.pilot.press("1")
        await watched.sees("1 of 4", "sentinel up")
        shop.come()
        await watched.pilot.press("1")
        await watched.sees("2 of 4")


async def test_a_broken_line_is_told_with_its_number(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path / "broken.jsonl", rows_of(shop)[:3])
    file.write_text(file.read_text() + '{"id": "x"\n')
    async with watching(shop, SMALL) as watched:
        await open_form(watched, file)
        await watched.press("enter")
        await watched.sees("This line is no JSON object.", ":4 Write one served answer on each line.")
        name_file(watched, tmp_path / "none.jsonl")
        await watched.press("enter")
        await watched.sees("There is no file ")
        name_file(watched, Path("answers.jsonl"))
        await watched.press("enter")
        await watched.sees("1 of 4")
        assert "There is no file" not in watched.text


async def test_answers_that_are_no_classes_are_right_or_wrong(shop: Shop, tmp_path: Path) -> None:
    rows = [row | {"answer": f"Answer {number}"} for number, row in enumerate(rows_of(shop))]
    before = fresh(shop)
    async with watching(shop, SMALL) as watched:
        await open_form(watched, write(tmp_path / "free.jsonl", rows), 2)
        await watched.press("enter")
        await watched.sees("1 of 2", "answered  Answer ", "y  right", "n  wrong")
        await watched.press("y")
        await watched.sees("2 of 2")
        await watched.press("n")
        await watched.sees("all is labelled")
        assert fresh(shop) == before + 2


async def test_more_than_nine_classes_go_on_with_letters(shop: Shop, tmp_path: Path) -> None:
    rows = [row | {"answer": f"desk-{number % 12:02}"} for number, row in enumerate(rows_of(shop))]
    async with watching(shop, SMALL) as watched:
        await open_form(watched, write(tmp_path / "desks.jsonl", rows))
        await watched.press("enter")
        await watched.sees("9  desk-08", "a  desk-09", "c  desk-11")
        await watched.press("c")
        await watched.sees("2 of 4")


async def test_hostile_answers_are_plain_letters(shop: Shop, tmp_path: Path) -> None:
    rows = [row | {"text": HOSTILE + " word" * 400, "answer": f"[@click=app.quit]out[/]{number % 3}"}
            for number, row in enumerate(rows_of(shop))]  # fmt: skip
    async with watching(shop, SMALL) as watched:
        await open_form(watched, write(tmp_path / "hostile.jsonl", rows))
        await watched.press("enter")
        await watched.sees("1 of 4", "[@click=app.quit]out[/]")
        # no key that moves about labels anything
        await watched.press("down", "pagedown", "end", "tab", "home", "end")
        await watched.sees("1 of 4", "1  [@click=app.quit]out[/]0", "skip it")
        assert "\x1b" not in watched.text and "\u202e" not in watched.text
        file = dialog(watched)._answers._file  # type: ignore[union-attr]
        await watched.press("escape")
        assert file.closed


async def test_a_line_without_a_sample_says_what_to_write(shop: Shop) -> None:
    async with watching(shop, SMALL) as watched:
        await open_form(watched)
        await watched.press("shift+tab", "shift+tab", "enter", "up", "enter")
        await watched.sees("which share of chat is labelled at random", "`audit: 5%`")
        await watched.press("escape")
        assert watched.app.screen is watched.screen


async def test_a_viewer_labels_nothing(open_shop: Callable[[str | None], Shop]) -> None:
    async with watching(open_shop(VIEW), SMALL) as watched:
        await watched.press("L")
        await watched.says("You may look, and not act.")
        assert watched.app.screen is watched.screen
