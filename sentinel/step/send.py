"""Send: one submission, put where it belongs. The outbox does it; no recipe names it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import Adapter, Bundle, Kind, Model, Submission
from sentinel.contract.registry import step
from sentinel.contract.submission import RECORD, SUBMISSION, Told, read_submission, small_files
from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.sending import PUBLISH
from sentinel.domain.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from sentinel.outside.hub import Change, Hub, Receipt

_README = "README.md"
_MOST = 4 * 2**20


@step("send", effect="send", reads=("hub",), secrets=("board.token",), preload=("huggingface_hub",))
def send(at: At, submission: Submission, model: Model | None, adapter: Adapter | None, bundle: Bundle | None) -> Json:
    """Puts what a step prepared on the Hub: by one commit, or one pull request where the repository is another's."""
    from sentinel.outside.hub import RealHub

    token = ((at.reads or {}).get("hub") or {}).get("token")
    told = read_submission((submission.path / SUBMISSION).read_bytes())
    return sent(at, told, submission, model or adapter or bundle, RealHub(at.secret(token) if token else None))


def sent(at: At, told: Told, submission: Submission, of: Kind | None, hub: "Hub") -> Json:
    """Send it by this hub, and give what the hub answered."""
    if at.effect_key is None:
        raise refuse("E-send-key", "there is no key by which the Hub could be asked for it.", where=at.step)
    before = hub.done(told.repo, at.effect_key, told.request)
    if told.act == PUBLISH:
        return _published(at, told, submission, of, hub, before)
    return _submitted(at, told, submission, hub, before)


def _published(
    at: At, told: Told, submission: Submission, of: Kind | None, hub: "Hub", before: "Receipt | None"
) -> Json:  # fmt: skip
    from sentinel.outside.hub import Change, differences
    from sentinel.outside.hub.faults import later

    if of is None or of.digest != told.of:
        raise refuse("E-send-artifact", "what is to be published does not lie beside it.", where=at.step,
                     todo="Run the step that publishes again.")  # fmt: skip
    files: dict[str, Path | bytes] = {name: of.path / name for name in told.files}
    files.update(small_files(submission.path))
    if before is None:
        # upon the very commit that was looked at: what somebody puts there meanwhile is not taken away
        change = Change(told.repo, files, told.title, at.effect_key or "", create=True, private=told.private, only=True,
                        parent=_free(at, told, hub))  # fmt: skip
        before = hub.commit(change, at.say)
    wrong = differences(files, hub.files(told.repo, before.commit), only=True)
    if wrong:
        # another look may see it whole, and the key keeps it from being sent twice
        raise later("differs", f"what lies there is not what was sent: {' '.join(wrong[:3])}", told.repo)
    at.say(f"{len(files)} files lie at {before.url}, and are what they are here")
    private = hub.is_private(told.repo)
    if private and not told.private:
        at.say(f"{told.repo} is private, as it was before: no board ranks it until somebody opens it on the Hub")
    return _receipt(before, {"files": len(files), "of": told.of, "private": private})


def _free(at: At, told: Told, hub: "Hub") -> str | None:
    """The commit that a repository of ours stands at; none where it is not there yet.

    Refused where it holds what was not put there for this line: everything in it would be replaced.
    """
    head = hub.head(told.repo)
    there = set(hub.files(told.repo, head)) - {".gitattributes", _README} if head is not None else set()
    if head is None or not there:
        return head
    other = "Name another repository with `repo:`."
    if RECORD not in there:
        raise refuse("E-publish-taken", f"{told.repo} holds files that Sentinel did not put there, such as "
                     f"{plain(min(there))}.", where=at.step, todo=other)  # fmt: skip
    line = _record(told, hub, head).get("line")
    if line != told.line:
        whose = f"the line {plain(line)[:60]}" if line is not None else "no line"
        raise refuse("E-publish-taken", f"{told.repo} holds what was published for {whose}.", where=at.step,
                     todo=f"{other} If this line takes its place, delete {RECORD} there and all else.")  # fmt: skip
    return head


def _submitted(at: At, told: Told, submission: Submission, hub: "Hub", before: "Receipt | None") -> Json:
    if before is None:
        change = _request(at, told, submission, hub) if told.request else _own(at, told, submission, hub)
        before = hub.commit(change, at.say)
    elif told.request:
        # closes what an attempt that was killed may have left beside it
        hub.commit(_asked(at, told, submission), at.say)
    at.say(f"the scores are at {before.url}")
    rejected = []
    if not told.request:
        mine = small_files(submission.path)
        rejected = [{"file": each.file, "why": each.error} for each in hub.results(told.repo)
                    if each.error and each.file in mine]  # fmt: skip
    for each in rejected:
        at.say(f"the Hub does not take {each['file']}: {each['why']}")
    return _receipt(before, {"rejected": rejected})


def _own(at: At, told: Told, submission: Submission, hub: "Hub") -> "Change":
    """The scores beside the model that they are of, and in its card."""
    from sentinel.outside.hub import Change
    from sentinel.outside.hub.faults import later
    from sentinel.outside.hub.results import with_results

    head = hub.head(told.repo)
    record = _record(told, hub, head) if head is not None else {}
    held = record.get("model")
    if head is None or held != told.model:
        there = "it is not there yet" if held is None else f"it holds {plain(held)[:12]}"
        raise later("unpublished", f"the scores are of {told.model[:12]}, and {there}: they wait until that is "
                    "published.", told.repo)  # fmt: skip
    if record.get("kind") == "Bundle":
        raise refuse("E-submit-packed", f"{told.repo} holds packed weights, which were not what was scored.",
                     where=at.step, todo="Submit to the repository that holds the model itself.")  # fmt: skip
    files: dict[str, Path | bytes] = dict(small_files(submission.path))
    page = hub.read(told.repo, head, _README, _MOST)
    files[_README] = with_results(page, told.line or told.repo, told.entries)
    return Change(told.repo, files, told.title, at.effect_key or "", parent=head)


def _record(told: Told, hub: "Hub", head: str) -> dict[str, Json]:
    """What a repository of ours says of itself; nothing where it says nothing."""
    if RECORD not in hub.files(told.repo, head):
        return {}
    try:
        record = json.loads(hub.read(told.repo, head, RECORD, _MOST))
        return {**record}
    except (ValueError, TypeError, RecursionError) as error:
        raise refuse("E-hub-record", f"{RECORD} in {told.repo} cannot be read.", where=told.repo,
                     todo="Delete it there and all else, and publish the model again.") from error  # fmt: skip


def _request(at: At, told: Told, submission: Submission, hub: "Hub") -> "Change":
    """The scores for another's repository, if the weights there are those that were scored."""
    head = hub.head(told.repo)
    if head is None:
        raise refuse("E-hub-unknown", "the hub has no such repository, or not for this token.", where=told.repo,
                     todo="Correct `repo:`, or give `hub: {token: credential:NAME}` one that sees it.")  # fmt: skip
    there = hub.files(told.repo, head)
    theirs = {path: each.sha256 for path, each in there.items() if path.endswith(".safetensors")}
    if theirs != {path: each.sha256 for path, each in told.files.items()}:
        raise refuse("E-submit-other", f"the weights in {told.repo} are not those that were scored.", where=at.step,
                     todo="Score what it holds now: take its newest revision as the line's base.")  # fmt: skip
    return replace(_asked(at, told, submission), parent=head)


def _asked(at: At, told: Told, submission: Submission) -> "Change":
    from sentinel.outside.hub import Change

    files: dict[str, Path | bytes] = dict(small_files(submission.path))
    return Change(told.repo, files, told.title, at.effect_key or "", request=True)


def _receipt(found: "Receipt", more: dict[str, Json]) -> Json:
    return {
        "repo": found.repo, "commit": found.commit, "url": found.url, "request": found.request, "state": found.state,
        "was_there": found.was_there, **more,
    }  # fmt: skip
