"""A model card: one page for people and one file for programs, of the same facts and nothing else.

Labels, names and sentences come from rows and recipes of others: none of them may end a line, open a tag or begin a
link. The page's front matter is in the form that the Hub reads.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.text import plain

README, CARD = "README.md", "card.json"
_LONGEST = 400
_MOST_LABELS = 50
_SHORT = 12
_MARKED = re.compile(r"([\\`*_{}\[\]()#+\-.!|~^$:@=])")
_TASKS = {"classification": "text-classification", "text": "text-generation", "chat": "text-generation",
          "preference": "text-generation"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """A measure on one set, with the interval that it lies in but for one time of twenty."""

    set: str
    metric: str
    value: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a gate said of the model."""

    gate: str
    verdict: str
    sentence: str
    checks: tuple[tuple[str, str, str], ...]
    """Of each check its name, its verdict and its sentence."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a card tells."""

    line: str
    model: str
    parameters: int
    architecture: str
    context: int | None
    form: str | None
    labels: tuple[str, ...]
    prompt: Json
    base: Json
    training: Json
    lineage: Json
    data: Json
    """What a dataset's profile comes to, where one was bound."""
    scores: tuple[Score, ...] = ()
    judged: tuple[Judged, ...] = ()
    licence: str | None = None
    folded: Json = None
    """What was folded into which base, where it was made so."""
    format: int = 1


def write_card(folder: Path, facts: Facts) -> Path:
    """Write a card: the same facts make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {**to_json(facts), "limits": limits_of(facts), "command": command_of(facts.lineage)}
    text = json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")
    (folder / README).write_text(page(facts), encoding="utf-8")
    return folder


def page(facts: Facts) -> str:
    """The card as a page."""
    parts = [
        "---", *_front(facts), "---", "", f"# {safe(facts.line)} · {facts.model[:_SHORT]}", "", *_what(facts),
        "", "## Scores", "", *_scores(facts.scores), "", "## Verdicts", "", *_verdicts(facts.judged),
        "", "## Data", "", *_data(facts.data), "", "## Limits", "", *(f"- {safe(each)}" for each in limits_of(facts)),
        "", "## Lineage", "", *_lineage(facts), "", "## Making it again", "", *_again(facts), "",
    ]  # fmt: skip
    return "\n".join(parts)


def safe(text: object, most: int = _LONGEST) -> str:
    """Text of others inside a page: on one line, of one length, with nothing that Markdown or HTML would read."""
    bare = " ".join(plain(text).split())
    short = bare if len(bare) <= most else f"{bare[:most]}…"
    escaped = _MARKED.sub(r"\\\1", short)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def limits_of(facts: Facts) -> list[str]:
    """What the facts themselves say against relying on the model."""
    found = []
    if not facts.scores:
        found.append("It has not been scored on any set that this card was given.")
    for each in facts.scores:
        if each.upper - each.lower > 0.1:
            found.append(f"On {each.set} only {each.n} documents were scored: its {each.metric} may be anything from "
                         f"{each.lower:.3f} to {each.upper:.3f}.")  # fmt: skip
    if not facts.judged:
        found.append("No gate has judged it.")
    found += [f"The gate {each.gate} did not let it pass: {each.verdict}." for each in facts.judged
              if each.verdict != "pass"]  # fmt: skip
    if facts.labels:
        found.append(f"It knows {len(facts.labels)} labels and answers with one of them whatever it is asked.")
    if facts.context:
        found.append(f"It reads {facts.context} tokens at most; what is longer is cut.")
    rare = [name for name, count in ((facts.data or {}).get("labels") or {}).items() if count < 30]
    if rare:
        found.append(f"{len(rare)} of its labels had fewer than 30 rows: {', '.join(rare[:5])}"
                     f"{' and more' if len(rare) > 5 else ''}.")  # fmt: skip
    if facts.data is None:
        found.append("The data that it was made of is not told here.")
    found.append("It was made of the rows of one line, and says nothing of how it does on others.")
    return found


def command_of(lineage: Json) -> str | None:
    """What a person types to make it again."""
    made = (lineage or {}).get("made_by") or {}
    if not made.get("recipe"):
        return None
    again = made.get("reforge")
    if again:
        words = ["sentinel", "reforge", again["of"], *(["--fresh"] if again["fresh"] else [])]
        for each in again["changes"]:
            now = "none" if each["now"] is None else each["now"]
            words += ["--set", f"{each['control']}={now if isinstance(now, str) else json.dumps(now)}"]
        return " ".join(_word(each) for each in words)
    words = ["sentinel", "run", made["recipe"]]
    if lineage.get("line"):
        words += ["--line", lineage["line"]]
    for name, value in sorted((made.get("inputs") or {}).items()):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            words += ["--set", f"{name}={value}"]
    return " ".join(_word(each) for each in words)


def _word(text: str) -> str:
    bare = plain(text)
    return bare if re.fullmatch(r"[\w./:=@%+-]+", bare) else "'" + bare.replace("'", "'\"'\"'") + "'"


def _front(facts: Facts) -> Iterable[str]:
    """The front matter: each value is JSON, which YAML reads as it stands."""
    task = _TASKS.get(facts.form or "", "text-generation")
    yield 'library_name: "transformers"'
    yield f"pipeline_tag: {_json(task)}"
    if facts.licence:
        yield f"license: {_json(facts.licence)}"
    base = (facts.base or {}).get("hub") if isinstance(facts.base, dict) else None
    if base:
        yield f"base_model: {_json(base)}"
    yield f"tags: {_json(['sentinel', *([facts.form] if facts.form else [])])}"
    if facts.scores:
        results = [
            {
                "task": {"type": task}, "dataset": {"name": each.set, "type": f"sentinel-{each.set}"},
                "metrics": [{"type": each.metric, "name": each.metric, "value": round(each.value, 6)}],
            }
            for each in facts.scores
        ]  # fmt: skip
        yield f"model-index: {_json([{'name': facts.line, 'results': results}])}"


def _json(value: Json) -> str:
    def bare(each: Json) -> Json:
        if isinstance(each, dict):
            return {key: bare(held) for key, held in each.items()}
        if isinstance(each, list):
            return [bare(held) for held in each]
        return plain(each) if isinstance(each, str) else each

    return json.dumps(bare(value), ensure_ascii=False)


def _what(facts: Facts) -> Iterable[str]:
    yield f"A version of the line {safe(facts.line)}, forged and judged by Sentinel."
    yield ""
    rows = [
        ("Model", facts.model), ("Version", (facts.lineage or {}).get("version") or "not registered"),
        ("Architecture", f"{facts.architecture}, {facts.parameters:,} parameters"), ("Task", facts.form or "not told"),
        ("Base", _base(facts.base)),
    ]  # fmt: skip
    yield from _table(("", ""), rows)
    if facts.labels:
        shown = ", ".join(safe(each, 60) for each in facts.labels[:_MOST_LABELS])
        more = f" and {len(facts.labels) - _MOST_LABELS} more" if len(facts.labels) > _MOST_LABELS else ""
        yield from ("", f"Labels: {shown}{more}.")


def _base(base: Json) -> str:
    if not isinstance(base, dict):
        return "from nothing, or not told"
    return " ".join(f"{key} {value}" for key, value in sorted(base.items()))


def _scores(scores: Sequence[Score]) -> Iterable[str]:
    if not scores:
        return ["None."]
    rows = [(each.set, each.metric, f"{each.value:.3f}", f"{each.lower:.3f} to {each.upper:.3f}", str(each.n))
            for each in scores]  # fmt: skip
    return [*_table(("set", "metric", "score", "95 % interval", "documents"), rows)]


def _verdicts(judged: Sequence[Judged]) -> Iterable[str]:
    if not judged:
        yield "None."
    for each in judged:
        yield f"- **{safe(each.gate)}: {safe(each.verdict)}.** {safe(each.sentence)}"
        for check, verdict, sentence in each.checks:
            yield f"  - {safe(check)}, {safe(verdict)}: {safe(sentence)}"


def _data(data: Json) -> Iterable[str]:
    if data is None:
        yield "Not told."
        return
    yield f"Dataset {data['digest'][:_SHORT]}, {data['rows']:,} rows."
    rows = [(name, what) for name, what in sorted((data.get("fields") or {}).items())]
    if rows:
        yield from ("", *_table(("field", "is"), rows))
    labels = sorted((data.get("labels") or {}).items(), key=lambda each: (-each[1], each[0]))
    if labels:
        yield from ("", *_table(("label", "rows"), [(name, str(count)) for name, count in labels[:_MOST_LABELS]]))
    if len(labels) > _MOST_LABELS:
        yield from ("", f"And {len(labels) - _MOST_LABELS} labels more.")


def _lineage(facts: Facts) -> Iterable[str]:
    told = facts.lineage or {}
    ancestors = told.get("ancestors") or []
    if not ancestors:
        yield "Not on record."
    for each in ancestors:
        parents = ", ".join(each.get("parents") or []) or "none"
        yield f"- {safe(each['version'])}: model {safe(each['model'])[:_SHORT]}, parents {safe(parents)}"
    for each in (facts.folded or {}).get("adapters") or ():
        yield (f"- folded in: adapter {safe(each['digest'])[:_SHORT]}, {safe(each['method'])} of rank "
               f"{safe(each['rank'])}, at weight {safe(format(each['weight'], 'g'))}")  # fmt: skip
    if isinstance(facts.training, dict) and facts.training:
        flat = {key: value for key, value in facts.training.items() if isinstance(value, str | int | float)}
        if flat:
            yield from ("", *_table(("training", ""), [(key, str(value)) for key, value in sorted(flat.items())]))


def _again(facts: Facts) -> Iterable[str]:
    made = (facts.lineage or {}).get("made_by") or {}
    command = command_of(facts.lineage)
    if command is None:
        yield "It was not made by a recipe on record."
        return
    if made.get("commit"):
        yield f"At commit {safe(made['commit'])} of the workspace{', which had changes' if made.get('dirty') else ''}:"
    yield from ("", f"    {command}", "")
    yield f"The recipe's text has the digest {safe(made.get('source') or 'not told')}."
    step = made.get("step")
    if step:
        yield f"The step {safe(step['id'])} (`{plain(step['use'])}`) made it, with these parameters:"
        yield from ("", f"    {json.dumps(step.get('params'), sort_keys=True)}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(safe(each) for each in row)} |"
