"""Ranks: where the line's models stand on the Hub's boards, and which of their scores the Hub does not take."""

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.domain.board import Place, Reading, Rejected
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
    for said in found.unread:
        at.say(said)
    return found


def reading(submitted: Json, hub: Hub) -> Reading:
    """Look up each repository's datasets. One that cannot be asked leaves the others to be read."""
    places, rejected, unread = list[Place](), list[Rejected](), list[str]()
    datasets = dict.fromkeys(dataset for each in submitted for dataset in each["datasets"])
    for dataset in datasets:
        repos = [each["repo"] for each in submitted if dataset in each["datasets"]]
        for derived in (False, True):
            try:
                rows = hub.ranks(dataset, derived)
            except (Refused, TryLater) as error:
                unread.append(f"the board of {dataset} was not read: {error}")
                break
            for repo in repos:
                own = next((row for row in rows if row.model == repo), None)
                places.append(Place(repo, dataset, derived, own.rank if own else None, len(rows),
                                    own.value if own else None))  # fmt: skip
    for each in submitted:
        try:
            wrong = [result for result in hub.results(each["repo"]) if result.error]
        except (Refused, TryLater) as error:
            unread.append(f"the scores of {each['repo']} were not read: {error}")
            continue
        rejected += [Rejected(each["repo"], result.file, result.error) for result in wrong]
    return Reading(tuple(places), tuple(rejected), tuple(unread))
