"""What the documentation says is so: its links lead somewhere, its names exist, its commands parse."""

# ruff: noqa: SLF001 - argparse tells its commands and options nowhere else
import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.cli.parser import make_parser
from events.settings import DEFAULTS
from tests.house.test_repository import tracked_texts

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(?:sh|ini)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SIDELINE = re.compile(r"(?:^|sudo |bin/)sideline ([a-z].*)")
AFTER = re.compile(r"\s+(?:#|[<>|;&]|2>|…)")
STAND_IN = re.compile(r"\$\([^)]*\)|%i|PORT")
MAKE = re.compile(r"(?:^|&& |sudo )make (?:-C \S+ )?([a-z]+)")
OPTION = re.compile(r"^\| (`-[^|]+) \|", re.MULTILINE)
CLI = Path("docs/reference/cli.md")


def documents() -> dict[str, str]:
    return {name: text for name, text in tracked_texts().items() if name.endswith(".md")}


def code_of(text: str) -> Iterator[str]:
    """Every line that somebody may copy: of blocks, lines continued by a backslash as one, and between backticks."""
    for block in FENCED.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def slug_of_heading(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def parsers(parser: argparse.ArgumentParser, name: str = "sideline") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command that does something, by its whole name."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for verb, lower in group.choices.items():
            yield from parsers(lower, f"{name} {verb}")


def test_every_link_and_picture_leads_somewhere() -> None:
    lost = []
    for name, text in documents().items():
        for target in LINK.findall(text):
            path, _, anchor = target.partition("#")
            if ":" in path:
                continue
            file = (Path(name).parent / path) if path else Path(name)
            if not file.exists():
                lost.append(f"{name}: {target}")
            elif anchor and anchor not in map(
                slug_of_heading, re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            ):
                lost.append(f"{name}: {target} has no such heading")
    assert lost == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[str] = set()
    ahead = [Path("README.md")]
    while ahead:
        page = ahead.pop()
        name = page.resolve().relative_to(Path.cwd()).as_posix()
        if page.suffix == ".md" and name not in reached:
            reached.add(name)
            links = (target.partition("#")[0] for target in LINK.findall(page.read_text()))
            ahead += [page.parent / link for link in links if link and ":" not in link]
    assert {name for name in documents() if name.startswith("docs/")} - reached == set()


def test_every_picture_is_shown() -> None:
    shown = {
        (Path(name).parent / target).resolve()
        for name, text in documents().items()
        for target in re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", text)
    }
    assert {path.name for path in Path("docs/pictures").iterdir() if path.resolve() not in shown} == set()


def test_every_setting_that_is_named_exists() -> None:
    unknown = {
        f"{name}: {setting}"
        for name, text in documents().items()
        for setting in re.findall(r"SIDELINE_[A-Z_]*[A-Z]", text)
        if setting not in DEFAULTS
    }
    assert unknown == set()


def test_the_reference_has_every_setting() -> None:
    rows = re.findall(r"^\| `(SIDELINE_\w+)` \|", Path("docs/reference/settings.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(DEFAULTS)


def test_every_command_that_is_shown_parses(capsys: pytest.CaptureFixture[str]) -> None:
    parser, refused, seen = make_parser(), [], set()
    first_words = {name.split()[1] for name, _ in parsers(parser)}
    for name, text in documents().items():
        for line in code_of(text):
            for found in SIDELINE.findall(line):
                words = shlex.split(STAND_IN.sub("1", AFTER.split(found)[0]).rstrip("'"))
                if len(words) == 1 and words[0] in first_words:  # named, not shown
                    continue
                seen.add(words[0])
                try:
                    parser.parse_args(words)
                except SystemExit as end:
                    if end.code:
                        refused.append(f"{name}: {line}: {capsys.readouterr().err}")
    assert refused == []
    assert {"serve", "organisation", "user", "token", "export", "backup", "restore"} <= seen


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), re.MULTILINE))
    unknown = {
        f"{name}: make {target}"
        for name, text in documents().items()
        for line in code_of(text)
        for target in MAKE.findall(line)
        if target not in targets
    }
    assert unknown == set()


def test_the_reference_of_commands_agrees_with_their_help() -> None:
    sections = dict(re.findall(r"^## (sideline .+?)\n\n(.+?)(?=^## |\Z)", CLI.read_text(), re.MULTILINE | re.DOTALL))
    commands = dict(parsers(make_parser()))
    assert list(sections) == list(commands)
    for name, parser in commands.items():
        options = [", ".join(f"`{one}`" for one in action.option_strings) for action in parser._actions]
        assert sections[name].partition("\n")[0] == parser.description, name
        assert OPTION.findall(sections[name]) == [text for text in options if text and "--help" not in text], name
        for action in parser._actions:
            for choice in action.choices or ():
                assert f"`{choice}`" in sections[name], name
