"""What a step has to send: told with its result, so that the daemon puts it on record with the step's end."""

from sentinel.contract.attempt import AttemptIn
from sentinel.contract.submission import SUBMISSION, read_submission
from sentinel.domain.artifact import port_name
from sentinel.domain.delivery import SEND, Intended
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.store import Store
from sentinel.worker.ports import Outputs


def intended(told: AttemptIn, outputs: Outputs, store: Store) -> Intended:
    """The sending of the submission that a step has made, with the artifact whose files it names."""
    made = outputs["submission"][0]
    says = read_submission(store.read(made.digest, SUBMISSION))
    with_it = [each for held in told.inputs.values() for each in held if each.digest == says.of]
    inputs: dict[str, list[Json]] = {"submission": [made.to_json()]}
    for each in with_it[:1]:
        inputs[port_name(each.kind)] = [each.to_json()]
    content: Json = {
        "submission": made.digest, "inputs": inputs, "act": says.act, "model": says.model, "line": says.line,
        "run": told.run, "step": told.step, "request": says.request, "private": says.private,
        "entries": to_json(says.entries), "bytes": sum(each.size for each in says.files.values()) if with_it else 0,
    }  # fmt: skip
    return Intended(SEND, says.repo, content)
