"""Routes about lines: their versions, who serves, and the acts by which a person changes that."""

from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.route import Ask, Param, Route
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.line.decide import Acknowledge, Hold, Release, RollBack
from sentinel.domain.line.state import Line, Version
from sentinel.domain.names import suggest
from sentinel.domain.refusal import refuse
from sentinel.domain.streams import stream_of
from sentinel.ledger import Ledger
from sentinel.supervisor import verbs
from sentinel.supervisor.lineage import folded_into
from sentinel.supervisor.record import link_of
from sentinel.supervisor.work import Work

_LINE = Param("word", required=True)
_NEEDED = Param("text", required=True)


async def adopt(ask: Ask) -> Json:
    """Bring the model that serves today."""
    run = await ask.site.act(
        lambda engine: verbs.adopt(engine, ask.peer.actor, ask.given["line"], ask.given["model"], ask.given["reason"])
    )
    return {"run": run}


async def hold(ask: Ask) -> Json:
    """Let no alias of a line move."""
    return await _tell(ask, Hold(_reason(ask)))


async def release(ask: Ask) -> Json:
    """Let the aliases of a held line move again."""
    return await _tell(ask, Release(ask.given["reason"] or f"released by {ask.peer.login}"))


async def acknowledge(ask: Ask) -> Json:
    """Take note of what froze a line or a version."""
    return await _tell(ask, Acknowledge(ask.given["version"], _reason(ask)))


async def rollback(ask: Ask) -> Json:
    """Make a version that has been champion the champion again."""
    return await _tell(ask, RollBack(ask.given["version"], _reason(ask)))


async def promote(ask: Ask) -> Json:
    """Move a line's champion to a version, citing a verdict that passed."""
    version = await ask.site.act(
        lambda engine: verbs.promote(engine, ask.peer.actor, ask.given["version"], ask.given["verdict"])
    )
    return {"version": version}


async def _tell(ask: Ask, command: verbs.LineCommand) -> Json:
    line = ask.given["line"]
    await ask.site.act(lambda engine: verbs.line_command(engine, ask.peer.actor, line, command))
    return await ask.site.look(lambda ledger: line_shape(_line(ledger, line)))


def _reason(ask: Ask) -> str:
    reason: str = ask.given["reason"].strip()
    if not reason:
        raise refuse("E-reason", "This goes on record by name and reason.", todo="Add `--reason TEXT`.")
    return reason


def _line(ledger: Ledger, name: str) -> Line:
    line: Line = ledger.state(stream_of("line", name))
    return line


async def versions(ask: Ask) -> Json:
    """A line with all its versions, the latest first."""
    name = ask.given["line"]

    def look(ledger: Ledger) -> Json:
        line, known = _line(ledger, name), ask.site.engine.catalogue.lines
        if name not in known and not line.versions:
            raise refuse("E-unknown-line", f"sentinel.yaml has no line {name!r}.", todo=suggest(name, known, "line"))
        return line_shape(line)

    return await ask.site.look(look)


async def lineage(ask: Ask) -> Json:
    """Where a version comes from: its parents, their parents, and what each was made of."""
    name = ask.given["version"]

    def look(ledger: Ledger) -> Json:
        row = ledger.reads.version(name)
        if row is None:
            raise refuse("E-unknown-version", f"There is no version {name!r}.", todo="See `sentinel versions LINE`.")
        line = _line(ledger, row.line)
        told = lineage_shape(line, name)
        work = Work(ledger, 0, ask.peer.actor)
        for each in told["ancestors"]:
            version = line.versions[each["version"]]
            each["reforge"], each["folded"] = to_json(link_of(work, version)), folded_into(work, version)
        return told

    return await ask.site.look(look)


def line_shape(line: Line) -> Json:
    """A line as it is shown."""
    latest = sorted(line.versions.values(), key=lambda version: -version.registered_at)
    return {
        "line": line.name, "champion": line.champion, "aliases": dict(line.named), "held": line.held,
        "frozen": line.frozen, "versions": [_version(line, version) for version in latest],
    }  # fmt: skip


def lineage_shape(line: Line, name: str) -> Json:
    """A version and all it descends from, nearest first."""
    ahead: list[str] = [name]
    seen: list[Version] = []
    while ahead:
        version = line.versions.get(ahead.pop(0))
        if version is not None and version.id not in {each.id for each in seen}:
            seen.append(version)
            ahead.extend(version.parents)
    return {
        "line": line.name, "version": name,
        "ancestors": [{**_version(line, version), "pins": version.pins} for version in seen],
    }  # fmt: skip


def _version(line: Line, version: Version) -> Json:
    return {
        "version": version.id, "label": version.label, "model": version.model, "run": version.run,
        "step": version.step, "parents": list(version.parents), "registered_at": version.registered_at,
        "aliases": sorted(alias for alias, held in line.named.items() if held == version.id),
        "was_champion": version.was_champion, "cites": list(version.cites), "rejected": version.rejected,
        "frozen": version.frozen,
    }  # fmt: skip


ROUTES = (
    Route("versions", VIEW, {"line": _LINE}, versions),
    Route("lineage", VIEW, {"version": Param("word", required=True)}, lineage),
    Route("adopt", OPERATE, {"line": _LINE, "model": _NEEDED, "reason": _NEEDED}, adopt),
    Route("hold", OPERATE, {"line": _LINE, "reason": _NEEDED}, hold),
    Route("release", OPERATE, {"line": _LINE, "reason": Param("text", default="")}, release),
    Route("acknowledge", OPERATE, {"line": _LINE, "version": Param("word"), "reason": _NEEDED}, acknowledge),
    Route("rollback", OPERATE, {"line": _LINE, "version": Param("word"), "reason": _NEEDED}, rollback),
    Route(
        "promote", OPERATE, {"version": Param("word", required=True), "verdict": Param("word", required=True)}, promote
    ),
)  # fmt: skip
