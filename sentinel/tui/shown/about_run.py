"""About a run in a few lines: how it stands, how it came about, what can be done next, and where a step leads."""

from sentinel.api.draw.moments import clock, due, took
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refusal
from sentinel.tui.marks import BAD, BOLD, DIM, WARN, Cell, state
from sentinel.tui.widgets.page import Line


def about_run(run: Json, now: int, room: int, may_act: bool) -> list[Line]:
    """A run in a few lines: how it stands, how it came about as far as there is room, and what can be done next."""
    line = f" for {run['line']}" if run["line"] else ""
    times = [f"took {took(run['started_at'], run['ended_at'], now)}"] if run["started_at"] is not None else []
    expected = run["expected"]
    if expected is not None:
        queued = run["state"] == "queued"
        times += [_expected(expected, "start", now)] if queued else []
        times.append(_expected(expected, "end", now))
    head = (Cell(run["run"], BOLD), f"  {run['recipe']}{line}  ", state(run["state"]), Cell(f"  {' · '.join(times)}"))
    found: list[Line] = [head, Cell(_fitting(circumstances(run), room), DIM)]
    if run["next"]:
        found.append((Cell("→ ", WARN), *_following(run["next"][0], may_act)))
    if run["why"]:
        found.append(Cell(run["why"], BAD if run["state"] in ("failed", "rejected", "frozen") else ""))
    return found


def _expected(told: Json, what: str, now: int) -> str:
    known = told[what] is not None
    return f"{what}s in {due(told[what], told[f'{what}_bound'], now)}" if known else f"nobody knows when it {what}s"


def _following(act: Json, may_act: bool) -> Line:
    """What can be done next: by the keys of this screen where it can, else by the command."""
    verb = act["do"].split()[1]
    if verb == "logs":
        return ("t shows what its worker wrote", Cell("  and a retries it" if may_act else "", DIM))
    by_key = may_act and verb in ("approve", "reject", "resume", "retry")
    return (act["about"], Cell("  a deals with it" if by_key else f"  {act['do']}", DIM))


def _fitting(words: list[str], room: int) -> str:
    """As many as there is room for; the first one whatever it says."""
    line = words[0]
    for word in words[1:]:
        if len(line) + len(word) + 3 <= room:
            line = f"{line} · {word}"
    return line


def circumstances(run: Json) -> list[str]:
    """How a run came about."""
    words = [f"{run['trigger']}: {run['reason']}" if run["reason"] else run["trigger"], f"by {run['actor']}"]
    words += [f"asked {clock(run['created_at'])}", f"priority {run['priority']}"]
    words += [f"round {run['round']}"] if run["round"] > 1 else []
    words += [f"only {run['only']}"] if run["only"] else []
    words += [f"for {run['parent']}"] if run["parent"] else []
    words += [f"{name}={value}" for name, value in (run["inputs"] or {}).items()]
    words += [f"commit {run['commit'][:10]}{', with changes' if run['dirty'] else ''}"] if run["commit"] else []
    return words


def leads(step: Json) -> tuple[str, dict[str, str]]:
    """Where Enter on a step leads: a screen, and what is looked at there; `log` is what its worker wrote."""
    if step["verdict"] is not None and step["attempts"]:
        return "gates", {"verdict": step["attempts"][-1]["attempt"]}
    if step["child"]:
        return "run", {"run": step["child"]}
    if step["reused_from"]:
        run, _, rest = step["reused_from"].partition(".")
        return "run", {"run": run, "step": rest.rpartition(".")[0]}
    return "log", {}


def refused(refusal: Refusal) -> list[Line]:
    """A refusal in place of what it refuses."""
    return [Cell(refusal.what, BAD), refusal.todo]
