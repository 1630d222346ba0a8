"""Routes of verbs that compute: each asks for a run of one step, and its answer is fetched once that has ended."""

import asyncio
import json

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.api.routes_watch import known_run
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.ledger import Ledger
from sentinel.supervisor import asked

ANSWER = "answer.json"
"""The file of an artifact that holds what a verb has found out."""
_LARGEST = 16 * 2**20


async def judge(ask: Ask) -> Json:
    """Have a gate judge artifacts by hand."""
    given, about = ask.given, {name: step.about for name, step in ask.site.registry.steps.items() if step.about}
    run = await ask.site.act(
        lambda engine: asked.judge(engine, ask.peer.actor, given["gate"], given["in"], given["line"], about)
    )
    return {"run": run}


async def flips(ask: Ask) -> Json:
    """Find the documents on which two versions disagree."""
    given = ask.given
    run = await ask.site.act(
        lambda engine: asked.flips(engine, ask.peer.actor, given["one"], given["other"], given["set"], given["line"])
    )
    return {"run": run}


async def take_rows(ask: Ask) -> Json:
    """Take the rows of a file in for a line."""
    given = ask.given
    run = await ask.site.act(
        lambda engine: asked.take_rows(engine, ask.peer.actor, given["line"], given["path"], given["map"] or {})
    )
    return {"run": run}


async def profile(ask: Ask) -> Json:
    """Find out what the rows of a dataset or of a file look like."""
    return await _looked(ask, "data-profile", {"dataset": ask.given["what"]}, {"dataset": "path"})


async def difference(ask: Ask) -> Json:
    """Find out what moved from some rows to others."""
    named = {port: ask.given[port] for port in ("one", "other")}
    return await _looked(ask, "data-diff", named, {port: f"{port}_path" for port in named})


async def _looked(ask: Ask, verb: str, named: dict[str, str], paths: dict[str, str]) -> Json:
    """Ask for it. What begins with `/` is a file; a dataset's name never does."""
    files = {paths[port]: text for port, text in named.items() if text.startswith("/")}
    held = {port: text for port, text in named.items() if not text.startswith("/")}
    run = await ask.site.act(
        lambda engine: asked.look_at_rows(engine, ask.peer.actor, verb, held, files, ask.given["line"])
    )
    return {"run": run}


async def computed(ask: Ask) -> Json:
    """What a verb that computes has found out."""
    name = ask.given["run"]

    def look(ledger: Ledger) -> str | None:
        run = known_run(ledger, name)
        held = [
            artifact for step in run.steps.values() for artifacts in step.outputs.values() for artifact in artifacts
        ]
        return held[0].digest if run.kind == "asked" and held else None

    digest = await ask.site.look(look)
    if digest is None:
        raise refuse("E-no-answer", f"{name} has no answer to give.", todo=f"`sentinel show {name}` says how it went.")
    return await asyncio.to_thread(_read, ask, digest)


def _read(ask: Ask, digest: str) -> Json:
    path = ask.site.store.path(digest) / ANSWER
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise refuse("E-no-answer", f"{digest[:12]} holds no answer of a verb.", todo="`sentinel artifacts` lists it.")
    return json.loads(path.read_bytes())


_WORD = Param("word", required=True)

ROUTES = (
    Route("judge", OPERATE, {"gate": _WORD, "in": Param("values", required=True), "line": Param("word")}, judge),
    Route(
        "flips", OPERATE, {"one": _WORD, "other": _WORD, "set": Param("word"), "line": Param("word")}, flips
    ),
    Route(
        "import", OPERATE, {"path": _WORD, "line": Param("word", required=True), "map": Param("values")}, take_rows
    ),
    Route("profile", OPERATE, {"what": _WORD, "line": Param("word")}, profile),
    Route("difference", OPERATE, {"one": _WORD, "other": _WORD, "line": Param("word")}, difference),
    Route("computed", VIEW, {"run": _WORD}, computed),
)  # fmt: skip
