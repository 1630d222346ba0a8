"""Words from the command line to a verb and its arguments; a wrong one is told with the nearest that is known."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from sentinel.cli.table import GROUPS, Verb, verbs


class Wrong(Exception):
    """Wrong usage. The arguments say what is wrong and what to do."""

    def __init__(self, what: str, todo: str, verb: str = "") -> None:
        super().__init__(what)
        self.what, self.todo, self.verb = what, todo, verb


class Parser(argparse.ArgumentParser):
    """A parser that raises where others exit, and knows what was probably meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Help, add_help=False, **settings)
        self.add_argument("-h", "--help", action="help", help="say this, and end")

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found."""
        verb = self.prog.partition(" ")[2]
        # our own words: argparse speaks of its own make
        raise Wrong(f"{message[:1].upper()}{message[1:]}.", f"`{self.prog} --help` says how it is used.", verb)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            near = _suggest(str(value), known, f"Give one of {', '.join(known)}.")
            raise Wrong(f"`{value}` is not one of {', '.join(known)}.", near, self.prog.partition(" ")[2])


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The verb and its arguments. Wrong where they are none."""
    known = {verb.name: verb for verb in verbs()}
    before, name, after = _split(argv)
    if name is None:
        return top().parse_args(before)
    if name not in known:
        raise Wrong(f"There is no verb `{name}`.", _suggest(name, known, "`sentinel --help` lists them all."), "")
    parser = verb_parser(known[name])
    found, extra = parser.parse_known_args([*before, *after])
    help = f"`{parser.prog} --help` says how it is used."
    if extra:
        options = [option for option in extra if option.startswith("-")]
        if options:
            word = options[0].partition("=")[0]
            todo = _suggest(word, parser._option_string_actions, help)
            raise Wrong(f"`{name}` has no option `{word}`.", todo, name)
        raise Wrong(f"`{name}` does not take `{extra[0]}`.", help, name)
    return found


def top() -> Parser:
    """The parser of `sentinel` alone: its help lists every verb."""
    parser = Parser(prog="sentinel", usage="sentinel VERB …", description="\n".join(_overview()))
    parser.add_argument("--version", action="store_true", help="say which release this is")
    _common(parser)
    return parser


def verb_parser(verb: Verb) -> Parser:
    """The parser of one verb."""
    parser = Parser(prog=f"sentinel {verb.name}", description=verb.about, epilog=verb.more or None)
    parser.set_defaults(verb=verb)
    for argument in verb.arguments:
        parser.add_argument(*argument.names, **argument.settings)
    if verb.reads:
        parser.add_argument("--json", action="store_true", help="answer in JSON")
    _common(parser)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace", metavar="DIR", help="the workspace; else SENTINEL_WORKSPACE, else the nearest above"
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback where Sentinel itself breaks")


def _overview() -> Iterable[str]:
    yield "Keeps a language model honest against a world that moves: retraining proposes, the gate disposes."
    for group, members in GROUPS.items():
        yield f"\n{group}:"
        for verb in members:
            yield f"  {verb.name:<14}{verb.about.partition('.')[0]}"
    yield "\n`sentinel VERB --help` says more of each."


def _split(argv: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """The verb is the first word that is neither an option nor the value of --workspace."""
    before: list[str] = []
    words = iter(range(len(argv)))
    for index in words:
        word = argv[index]
        if not word.startswith("-"):
            return before, word, list(argv[index + 1 :])
        before.append(word)
        if word == "--workspace" and index + 1 < len(argv):
            before.append(argv[index + 1])
            next(words)
    return before, None, []


def _suggest(word: str, known: Iterable[str], otherwise: str) -> str:
    from sentinel.domain.names import nearest

    near = nearest(word, known)
    return f"Did you mean `{near}`?" if near else otherwise


def reference() -> str:
    """Every verb with its help, as the page docs/cli.md holds it."""
    parts = [_PAGE]
    for group, members in GROUPS.items():
        parts.append(f"## {group[:1].upper()}{group[1:]}\n")
        for verb in members:
            parts.append(f"### sentinel {verb.name}\n\n```text\n{_plain_help(verb_parser(verb))}```\n")
    return "\n".join(parts)


def _plain_help(parser: argparse.ArgumentParser) -> str:
    if sys.version_info >= (3, 14):
        parser.color = False
    return parser.format_help()


_PAGE = """# The command line

Written by `make docs` from the commands' own help. Exit codes: 0 done; 1 the answer is no (faults found, a gate
failed, a run was rejected); 2 wrong usage; 3 a followed run failed or was cancelled; 70 Sentinel itself broke; 75 try
later (no daemon, or one is running already); 78 bad configuration.
"""
