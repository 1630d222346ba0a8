"""What every attempt does first, done once before there is one, as far as it leaves no trace.

In the fork server it settles what no child then has to settle: codecs are made, and the interpreter has found its
fast paths. In a child that waits for its attempt it copies the pages of memory that an attempt will write to.
"""

import json
import os
import resource
import threading
from pathlib import Path

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.contract.registry import registered, step
from sentinel.contract.types import StepType
from sentinel.domain.artifact import Artifact
from sentinel.domain.form import from_json, to_json
from sentinel.domain.refusal import Refusal
from sentinel.worker import process
from sentinel.worker.call import call
from sentinel.worker.log import Log, drain, pipe, pump
from sentinel.worker.ports import made_by

SETTLED = 20
"""Times after which the interpreter has found its fast paths, and no longer writes into the code."""
_NOWHERE = Path(os.devnull)


@step("rehearsed")
def _rehearsed(at: At, *, number: int = 0) -> None:
    """Does nothing."""


def limber_up() -> None:
    """What a child does that waits for its attempt: it is itself by now, and may do what the server may not."""
    rehearse()
    process.keep_orphans()
    process.use_threads(1)
    reader, writer = pipe()
    with _NOWHERE.open("wb") as nowhere:
        process.sign(nowhere.fileno())
    log = Log(_NOWHERE, 1, lambda: None)
    carrier = threading.Thread(target=pump, args=(reader, log))
    carrier.start()
    os.close(writer)
    carrier.join()  # its stack is kept, and serves the next thread
    os.close(reader)
    log.close()


def rehearse(times: int = 1) -> None:
    """Go through the motions."""
    told = AttemptIn("", "", "", "", {"number": 1}, {"": (Artifact("", ""),)}, "", "", programs={"": ("",)})
    said = AttemptOut("", "", {"": (Artifact("", ""),)}, {"": 0}, error=Refusal("", ""))
    part = registered(_rehearsed)
    assert isinstance(part, StepType)  # noqa: S101 - it was registered as one just above
    for _ in range(times):
        from_json(AttemptIn, json.loads(json.dumps(to_json(told))))
        from_json(AttemptOut, json.loads(json.dumps(to_json(said))))
        made_by(call(part, At(told, _NOWHERE)), {})
        process.holds_lock(_NOWHERE, 0)
        resource.getrusage(resource.RUSAGE_CHILDREN)
        log = Log(_NOWHERE, 1, lambda: None)
        reader, writer = pipe()
        os.write(writer, b" ")
        os.close(writer)
        pump(reader, log)
        drain(reader, log)
        os.close(reader)
        log.close()
