"""What a person can do to what: each act with the route that does it, and the sentence that names what it will do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sentinel.domain.digest import Json

OPEN = ("queued", "running", "waiting", "paused")
_HIGHEST = 100


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a person has to say with an act: `kind` is text or whole."""

    name: str
    label: str
    must: bool = False
    kind: str = "text"
    value: str = ""


WHY = Ask("reason", "why, for the record", must=True)
MAYBE_WHY = Ask("reason", "why, for the record (may be left empty)")


@dataclass(frozen=True, slots=True)
class Act:
    """One act: the key that chooses it, its name, what is asked of the daemon, and what it will do, in a sentence.

    What is dangerous asks first; what only has something to ask does so too. `done` says what came of it, by the
    answer where that matters. `leads` is the answer's field that names a run, which is shown next.
    """

    key: str
    title: str
    route: str
    given: Mapping[str, Json]
    says: str
    done: str | Callable[[Json], str]
    asks: tuple[Ask, ...] = ()
    danger: bool = False
    leads: str = field(default="")

    @property
    def at_once(self) -> bool:
        """Whether it is done without another word."""
        return not self.danger and not self.asks


def on_run(run: Json, queue: Sequence[Json] = ()) -> list[Act]:
    """What can be done to a run, as a row of `queue` or `runs` or as `show` tells it. `queue` are those that wait."""
    name, state = run["run"], run["state"]
    what = f"{name} of {run['recipe']}" + (f" for {run['line']}" if run["line"] else "")
    acts = [*_answers(run)]
    if state in OPEN:
        if state == "paused":
            acts.append(Act("p", "resume", "resume", {"run": name}, f"{what} goes on.", f"{name} goes on."))
        else:
            acts.append(Act("p", "pause", "pause", {"run": name}, f"Nothing more of {what} starts.",
                            f"{name} is paused; what runs of it goes on."))  # fmt: skip
        acts.append(
            Act("c", "cancel", "cancel", {"run": name}, f"This ends {what}, and the workers that it has. What it has "
                "put on record stays.", f"{name} is being ended.", (MAYBE_WHY,), danger=True)
        )  # fmt: skip
        acts += _moves(run, queue)
    elif state != "done":
        acts.append(Act("r", "retry", "retry", {"run": name}, f"{what} goes back into the queue, to do what is left.",
                        f"{name} is in the queue again.", (MAYBE_WHY,)))  # fmt: skip
    return acts


def on_step(run: Json, step: Json) -> list[Act]:
    """What can be done to a step of a run."""
    name, key = run["run"], step["step"]
    if run["state"] in OPEN:
        return []
    says = f"{name} goes back into the queue: `{key}` and all that builds on it are done again."
    return [Act("f", f"retry from {key}", "retry", {"run": name, "from": key}, says,
                f"{name} is in the queue again, from `{key}` on.", (MAYBE_WHY,), danger=True)]  # fmt: skip


def on_answer(run: str, step: str | None, asked: str) -> list[Act]:
    """A person's word on what waits for one."""
    given = {"run": run, "step": step}
    return [
        Act("y", "approve", "answer", {**given, "approve": True}, f"You say yes, by name: {asked}",
            f"Approved; {run} goes on.", (MAYBE_WHY,)),
        Act("n", "reject", "answer", {**given, "approve": False}, f"You say no, by name: {asked}",
            "Rejected; that is on record, with your name and reason.", (WHY,), danger=True),
    ]  # fmt: skip


def on_line(line: Json) -> list[Act]:
    """What can be done to a line."""
    name = line["line"]
    acts = []
    if line["held"]:
        acts.append(Act("h", f"release {name}", "release", {"line": name}, f"The aliases of {name} may move again.",
                        f"{name} is no longer held.", (MAYBE_WHY,)))  # fmt: skip
    else:
        acts.append(Act("h", f"hold {name}", "hold", {"line": name}, f"No alias of {name} moves until it is released.",
                        f"{name} is held.", (WHY,)))  # fmt: skip
    if line["frozen"]:
        acts.append(acknowledge(name, None, line["frozen"]))
    if line["champion"]:
        says = f"The version that was champion of {name} before {line['champion']} becomes champion again."
        acts.append(Act("b", f"roll {name} back", "rollback", {"line": name}, says, f"{name} is rolled back.", (WHY,),
                        danger=True))  # fmt: skip
    else:
        says = f"The model that serves today becomes the first version of {name}, and its champion, by your word."
        acts.append(Act("d", f"adopt a model for {name}", "adopt", {"line": name}, says, "It is being brought here.",
                        (Ask("model", "the folder that holds it, by its whole path", must=True), WHY), danger=True,
                        leads="run"))  # fmt: skip
    return acts


def on_feed(line: Json, feed: Json | None) -> list[Act]:
    """What can be done to what a line is held to on a set."""
    if feed is None or not feed["recent"]:
        return []
    name = f"{line['line']} on {feed['set']}"
    held = f"{feed['baseline']:.3f}" if feed["baseline"] is not None else "nothing yet"
    given = {"line": line["line"], "set": feed["set"], "metric": feed["metric"]}
    says = f"{name} is held to what it delivers now, not to {held} any more: its fall is forgotten."
    return [Act("s", f"accept what {feed['set']} shows now", "baseline", given, says,
                f"{name} is held to what it delivers now.", (WHY,), danger=True)]  # fmt: skip


def acknowledge(line: str, version: str | None, why: str) -> Act:
    """Take note of what froze something."""
    what = version or line
    return Act("k", f"acknowledge {what}", "acknowledge", {"line": line, "version": version},
               f"You take note, by name, of what froze {what}: {why}. It may move again, if a gate lets it.",
               f"Acknowledged: {what} may move again, if a gate lets it.", (WHY,), danger=True)  # fmt: skip


def on_version(line: Json, version: Json, verdict: str | None) -> list[Act]:
    """What can be done to a version; `verdict` is one that let it pass."""
    name, of = version["version"], line["line"]
    acts = []
    if version["frozen"]:
        acts.append(acknowledge(of, name, str(version["frozen"])))
    if line["champion"] == name:
        return acts
    if verdict is not None:
        says = f"{name} becomes champion of {of} in place of {line['champion']}, by the verdict {verdict}."
        acts.append(Act("m", f"promote {name}", "promote", {"version": name, "verdict": verdict}, says,
                        f"{name} is champion of {of} now.", danger=True))  # fmt: skip
    if version["was_champion"]:
        says = f"{name}, which has been champion of {of}, is that again in place of {line['champion']}."
        acts.append(Act("b", f"roll back to {name}", "rollback", {"line": of, "version": name}, says,
                        f"{name} is champion of {of} again.", (WHY,), danger=True))  # fmt: skip
    return acts


def on_difference(told: Json) -> list[Act]:
    """What tells more of a difference, as `diff` tells of it: the half of it that has not been trained."""
    half = told["half"]
    if half is None or half["unable"]:
        return []
    says = f"The recipe of {half['recipe_of']} is run on the data of {half['data_of']}: that tells which of the two "
    return [Act("t", "train the half that tells", "half", {name: told[name] for name in ("one", "other", "line")},
                says + "moved the score.", "It is in the queue.", danger=True, leads="run")]  # fmt: skip


def on_rotation(told: Json, budget: int | None = None) -> list[Act]:
    """What can be done to a rotation, as `zoo` tells of it."""
    if not told["recipe"]:
        return []
    what = told["recipe"] + (f" for {told['line']}" if told["line"] else "")
    first = [spec["spec"] for spec in told["specs"] if spec["turn"] == 1]
    says = f"{what} runs now, besides its schedule. Those whose turn it is train ({', '.join(first) or 'nobody'}), and "
    says += "their next turn comes after everybody else's."
    value = str(told["budget"] if budget is None else budget)
    return [Act("r", "rotate now", "rotate", {"recipe": told["recipe"], "line": told["line"]}, says,
                f"{what} is in the queue.", (Ask("budget", "how many specs train at most", kind="whole", value=value),),
                danger=True, leads="run")]  # fmt: skip


def on_recipe(recipe: Json) -> list[Act]:
    """What can be done with a recipe: `run` is asked for in its own form."""
    name = recipe["recipe"]
    if not recipe["in_force"]:
        return []
    return [Act("n", f"run {name}", "run", {"recipe": name}, "You are asked with what, and shown the plan, before it "
                "starts.", "")]  # fmt: skip


def on_files() -> list[Act]:
    """What can be done with the files of the workspace."""
    says = "The daemon reads its files now, and puts the good ones in force."
    return [Act("r", "reload the files", "reload", {}, says, _reloaded)]


def _reloaded(answer: Json) -> str:
    if faults := len(answer["faults"]):
        many = "1 fault" if faults == 1 else f"{faults} faults"
        return f"{many}; the last good version of what is broken stays in force."
    return f"Every file is good: {', '.join(answer['recipes']) or 'no recipes yet'}."


def on_waiting(attention: Sequence[Json], concerns: Callable[[Json], bool]) -> list[Act]:
    """What can be done to those things that wait for a person and concern what is chosen."""
    return [act for item in attention if concerns(item) for act in on_item(item)]


def on_waiting_run(attention: Sequence[Json], run: str) -> list[Act]:
    """The same for a run; that it is paused is known of it anyway."""
    return on_waiting(attention, lambda item: item["run"] == run and item["kind"] != "paused")


def on_item(item: Json) -> list[Act]:
    """What deals with something that waits for a person."""
    kind, line = item["kind"], item["line"]
    if kind in ("approval", "person"):
        return on_answer(item["run"], item["step"], item["says"])
    if kind == "paused":
        return [
            Act("p", "resume", "resume", {"run": item["run"]}, f"{item['run']} goes on.", f"{item['run']} goes on.")
        ]
    if kind == "faults":
        return on_files()
    if kind == "held":
        return [Act("h", f"release {line}", "release", {"line": line}, f"The aliases of {line} may move again.",
                    f"{line} is no longer held.", (MAYBE_WHY,))]  # fmt: skip
    if kind == "frozen":
        return [acknowledge(line, item["version"], item["says"])]
    if kind == "given-up":
        name = item["delivery"]
        return [Act("r", f"send {name} again", "resend", {"delivery": name}, f"{name} is tried again now.",
                    f"{name} is tried again now.")]  # fmt: skip
    return []


def _answers(run: Json) -> list[Act]:
    """Where `show` told of the run: the words that its steps wait for."""
    waiting = [step for step in run.get("steps", ()) if step["waits_for"] in ("approval", "person")
               and step["state"] == "waiting"]  # fmt: skip
    return [act for step in waiting[:1] for act in on_answer(run["run"], step["step"], step["why"] or step["step"])]


def _moves(run: Json, queue: Sequence[Json]) -> list[Act]:
    name, now = run["run"], run["priority"]
    if run["state"] != "queued":
        return []
    places = [each["run"] for each in queue]
    acts = []
    if name in places:
        at = places.index(name)
        if at and now < (over := queue[at - 1]["priority"] + 1) <= _HIGHEST:
            acts.append(_priority("+", f"before {places[at - 1]}", name, over))
        if at + 1 < len(queue) and 0 <= (under := queue[at + 1]["priority"] - 1) < now:
            acts.append(_priority("-", f"behind {places[at + 1]}", name, under))
    says = f"{name} has priority {now}; what has a higher one starts sooner."
    acts.append(Act("m", "another priority", "priority", {"run": name}, says, f"{name} has another place now.",
                    (Ask("priority", f"0 to {_HIGHEST}", must=True, kind="whole", value=str(now)),)))  # fmt: skip
    return acts


def _priority(key: str, where: str, run: str, priority: int) -> Act:
    return Act(key, where, "priority", {"run": run, "priority": priority}, f"{run} gets priority {priority}.",
               f"{run} has priority {priority} now, {where}.")  # fmt: skip
