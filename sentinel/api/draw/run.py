"""A run drawn as a timeline: each step with its attempts, verdicts and reasons, and what can be done next."""

from sentinel.api.draw.moments import ago, clock, due, took
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_size
from sentinel.domain.text import plain


def draw_run(pen: Pen, run: Json, now: int) -> None:
    """Draw a run."""
    line = f" for {plain(run['line'])}" if run["line"] else ""
    pen.line(f"{pen.ink(run['run'], 'bold')}  {plain(run['recipe'])}{line}  {pen.state(run['state'])}")
    if run["why"]:
        pen.say(run["why"])
    pen.line(pen.ink(_circumstances(run, now), "dim"))
    if run.get("expected") is not None:
        pen.line(pen.ink(_expected(run["expected"], run["state"], now), "dim"))
    pen.line()
    steps = run["steps"]
    names = max((len(step["step"]) for step in steps), default=0)
    deeds = max((len(step["does"]) for step in steps), default=0)
    for step in steps:
        _draw_step(pen, step, names, deeds, now)
    for each in run["sent"]:
        _draw_sent(pen, each, names, now)
    _draw_next(pen, run["next"])


def _expected(told: Json, state: str, now: int) -> str:
    words = []
    for what in ("start", "end") if state == "queued" else ("end",):
        known = told[what] is not None
        words.append(f"{what}s in {due(told[what], told[f'{what}_bound'], now)}" if known else f"{what} unknown")
    why = f" · {plain(told['why'])}" if told["why"] else " (half of all such cases, nine in ten)"
    return f"expected: {' · '.join(words)}{why}"


def _circumstances(run: Json, now: int) -> str:
    words = [f"{run['trigger']}: {run['reason']}" if run["reason"] else run["trigger"], f"by {run['actor']}"]
    words += [f"asked {clock(run['created_at'])}", f"priority {run['priority']}"]
    if run["started_at"]:
        words.append(f"took {took(run['started_at'], run['ended_at'], now)}")
    if run["round"] > 1:
        words.append(f"round {run['round']}")
    if run["only"]:
        words.append(f"only {run['only']}")
    if run["parent"]:
        words.append(f"for {run['parent']}")
    words += [f"{name}={value}" for name, value in (run["inputs"] or {}).items()]
    if run["commit"]:
        words.append(f"commit {run['commit'][:10]}{', with changes' if run['dirty'] else ''}")
    return " · ".join(words)


def _draw_step(pen: Pen, step: Json, names: int, deeds: int, now: int) -> None:
    state = step["outcome"] if step["state"] == "done" and step["outcome"] else step["state"]
    head = f"  {plain(step['step']).ljust(names)}  {pen.ink(step['does'].ljust(deeds), 'dim')}  {pen.state(state, 13)}"
    time = took(step["started_at"], step["ended_at"], now) if step["state"] not in ("skipped", "reused") else ""
    pen.line(f"{head} {time.rjust(7)}  {plain(_remark(step, now))}".rstrip())
    attempts = step["attempts"]
    for attempt in attempts if len(attempts) > 1 or any(each["error"] for each in attempts) else []:
        _draw_attempt(pen, attempt, names, now)
    verdict = step["verdict"]
    if verdict is not None:
        pen.line(f"  {' ' * names}    {pen.state(verdict['verdict'])}: {plain(verdict['sentence'])}")
        for check in verdict["checks"]:
            said = plain(f"{check['check']}: {check['sentence']} {check['todo']}").rstrip()
            pen.line(f"  {' ' * names}      {pen.state(check['verdict'])} {said}")


def _draw_sent(pen: Pen, sent: Json, names: int, now: int) -> None:
    """What the run wanted to have sent to the Hub, which outlives it."""
    word = {"trying": "on its way", "waiting": "waits", "given-up": "given up"}.get(sent["state"], "done")
    told = sent["url"] or sent["why"] or "it is about to be sent"
    wrong = "".join(f"; the Hub does not take {each['file']}: {each['why']}" for each in sent["rejected"])
    when = f", the next try {ago(sent['next_at'], now)}" if sent["next_at"] is not None and sent["attempts"] else ""
    head = f"  {plain(sent['step']).ljust(names)}  {pen.ink(sent['delivery'], 'dim')} to {plain(sent['repo'])}"
    pen.line(f"{head}  {pen.state(word)}  {plain(f'{told}{when}{wrong}')}")


def _remark(step: Json, now: int) -> str:
    if step["reused_from"]:
        return f"from {step['reused_from']}"
    if step["state"] == "waiting" and step["until"]:
        come = f"{step['come']}, or " if step["come"] else ""
        return f"{step['why']} ({come}{ago(step['until'], now)})".strip()
    if step["verdict"] is not None and step["why"] == step["verdict"]["sentence"]:
        return ""  # the verdict is drawn below, sentence and all
    if step["child"]:
        return f"{step['child']} {step['why']}".strip()
    said = next((each["says"] for each in reversed(step["attempts"]) if each["says"]), "")
    return str(step["why"] or said)


def _draw_attempt(pen: Pen, attempt: Json, names: int, now: int) -> None:
    error = attempt["error"]
    said = f"{error['code']}: {error['what']} {error['todo']}".strip() if error else attempt["says"]
    memory = f", {rough_size(attempt['peak_memory'])}" if attempt["peak_memory"] else ""
    time = took(attempt["started_at"], attempt["ended_at"], now)
    number = attempt["attempt"].rpartition(".")[2]
    pen.line(f"  {' ' * names}    {plain(number)} {pen.state(attempt['state'])} {time}{memory}  {plain(said)}".rstrip())


def _draw_next(pen: Pen, acts: Json) -> None:
    if not acts:
        return
    pen.line()
    pen.say("Next:")
    width = max(len(act["do"]) for act in acts)
    for act in acts:
        pen.line(f"  {pen.ink(act['do'], 'bold')}{' ' * (width - len(act['do']))}   {plain(act['about'])}".rstrip())
