"""Ranks: where the line's models stand on the Hub's boards, and which of their scores the Hub does not take."""

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.domain.board import Place, Reading, Rejected, Seen, Unread
from sentinel.domain.digest import Json
from sentinel.domain.refusal import Refused
from sentinel.outside.hub import Hub, RealHub
from sentinel.outside.notify import TryLater


@step("ranks", reads=("submitted", "hub", "clock"), secrets=("board.token",), preload=("huggingface_hub",))
def ranks(at: At) -> Reading:
    """Reads each board that the line's scores were submitted to, with the models that declare their base and without,
    for the line's record.
    """
    token = ((at.reads or {}).get("hub") or {}).get("token")
    found = reading((at.reads or {}).get("submitted") or [], RealHub(at.secret(token) if token else None))
    for each in found.places:
        rank = f"{each.rank} of {each.of}" if each.rank is not None else f"not among the {each.of}"
        at.say(f"{each.repo} on {each.dataset}, {'with' if each.derived else 'without'} derived models: {rank}")
    for wrong in found.rejected:
        at.say(f"{wrong.repo}: the Hub does not take {wrong.file}: {wrong.why}")
    for missing in found.unread:
        at.say(missing.why)
    return found


def reading(submitted: Json, hub: Hub) -> Reading:
    """Look up each repository's datasets. One that cannot be asked leaves the others to be read."""
    places, rejected, unread, seen = list[Place](), list[Rejected](), list[Unread](), list[Seen]()
    for dataset in dict.fromkeys(dataset for each in submitted for dataset in each["datasets"]):
        repos = [each["repo"] for each in submitted if dataset in each["datasets"]]
        try:
            places += [place for derived in (False, True) for place in _places(repos, dataset, derived, hub)]
        except (Refused, TryLater) as error:
            unread.append(Unread(dataset, f"the board of {dataset} was not read: {_why(error)}"))
    for each in submitted:
        repo = each["repo"]
        try:
            seen.append(_seen(repo, each["key"], hub))
            wrong = [result for result in hub.results(repo) if result.error] if each["key"] is None else []
        except (Refused, TryLater) as error:
            unread.append(Unread(repo, f"the scores of {repo} were not read: {_why(error)}"))
            continue
        rejected += [Rejected(repo, result.file, result.error) for result in wrong]
    return Reading(tuple(places), tuple(rejected), tuple(unread), tuple(seen))


def _places(repos: list[str], dataset: str, derived: bool, hub: Hub) -> list[Place]:
    """Where each repository stands: with the best of its scores where it has several."""
    rows = hub.ranks(dataset, derived)
    best = {row.model: row for row in reversed(rows)}
    found = []
    for repo in repos:
        own = best.get(repo)
        place = (own.rank, len(rows), own.value) if own is not None else (None, len(rows), None)
        found.append(Place(repo, dataset, derived, *place))
    return found


def _seen(repo: str, key: str | None, hub: Hub) -> Seen:
    """How a repository is found: whether it can be ranked at all, or what became of the pull request there."""
    if key is None:
        return Seen(repo, private=hub.is_private(repo))
    request = hub.done(repo, key, True)
    return Seen(repo, request=request.request, state=request.state) if request is not None else Seen(repo)


def _why(error: Refused | TryLater) -> str:
    """What, where and what to do next."""
    return str(error.refusal)
