"""What a step has to send: told with its result, so that the daemon puts it on record with the step's end."""

from sentinel.contract.attempt import AttemptIn
from sentinel.contract.submission import SUBMISSION, read_submission
from sentinel.domain.artifact import port_name
from sentinel.domain.run.events import Ports
from sentinel.domain.sending import SEND, Intended, Sending
from sentinel.store import Store
from sentinel.worker.ports import Outputs


def intended(told: AttemptIn, outputs: Outputs, store: Store) -> Intended:
    """The sending of what a step has made, with the artifact whose files it names."""
    made = outputs["submission"][0]
    says = read_submission(store.read(made.digest, SUBMISSION))
    with_it = [each for held in told.inputs.values() for each in held if each.digest == says.of]
    inputs: Ports = {"submission": (made,), **{port_name(each.kind): (each,) for each in with_it[:1]}}
    size = sum(each.size for each in says.files.values()) if with_it else 0
    sending = Sending(
        made.digest, inputs, says.act, says.model, says.line, told.run, told.step, says.request, says.private,
        says.entries, size,
    )  # fmt: skip
    return Intended(SEND, says.repo, sending)
