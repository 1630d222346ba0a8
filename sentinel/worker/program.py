"""A program step: an argv of the node's own list, with folders to read and write, and next to no environment.

The program starts in `$OUT`. It finds each input at `$IN/<port>` (`$IN/<port>/0`, `/1` … where the port takes many),
writes each output into the folder `$OUT/<port>`, and reads a credential from `$SECRETS/<name>`. The file `$INPUTS`
says in JSON which artifacts the inputs are: the digests of each port, so that a report can name the model it is about.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from sentinel.contract.attempt import IN, OUT, AttemptIn
from sentinel.domain.refusal import Refusal, refuse
from sentinel.store import Store
from sentinel.worker.ending import Failed
from sentinel.worker.log import Log, beating, drain, pipe, pump
from sentinel.worker.process import GPUS, THREADS, end_children

SECRETS = "secrets"
INPUTS = "inputs.json"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", GPUS, *THREADS)


def run_program(
    told: AttemptIn, folder: Path, store: Store, secrets: Mapping[str, str], log: Log, lock: int
) -> dict[str, Path]:
    """Run the program to its end, and give the folder of each port that it filled."""
    argv = _argv(told)
    if told.inputs or told.takes:
        with beating(log):
            _lay_inputs(told, folder / IN, store)
    out = folder / OUT
    out.mkdir(exist_ok=True)
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    inputs = folder / INPUTS
    held = {port: [artifact.digest for artifact in artifacts] for port, artifacts in told.inputs.items()}
    inputs.write_text(json.dumps(held), encoding="utf-8")
    environment |= {
        "TZ": "UTC", "IN": f"{folder / IN}", "OUT": f"{out}", "INPUTS": f"{inputs}",
        "SENTINEL_ATTEMPT": told.attempt,
    }  # fmt: skip
    with ExitStack() as stack:
        if secrets:
            environment["SECRETS"] = f"{folder / SECRETS}"
            _lay_secrets(folder / SECRETS, secrets, stack)
        code = _run(argv, environment, log, lock)
    if code:
        raise Failed(Refusal("E-program-failed", f"the program `{told.params['run']}` {_ended(code)}.", told.step,
                             "Its last words are in the attempt's log."))  # fmt: skip
    return {port: out / port for port in told.gives if (out / port).exists()}


def _run(argv: list[str], environment: dict[str, str], log: Log, lock: int) -> int:
    reader, writer = pipe()
    try:
        child = subprocess.Popen(argv, cwd=environment["OUT"], env=environment, stdin=subprocess.DEVNULL, stdout=writer,
                                 stderr=writer, pass_fds=(lock,))  # fmt: skip
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise refuse("E-program-start", f"`{argv[0]}` does not start: {why}.", where="programs",
                     todo="See to the program, or correct its entry in sentinel.yaml.") from None  # fmt: skip
    finally:
        os.close(writer)
    watch = os.pidfd_open(child.pid)
    asked_to_end = _pass_on(child)
    try:
        pump(reader, log, watch)
        code = child.wait()
        end_children()
        drain(reader, log)
    finally:
        os.close(watch)
        os.close(reader)
    if asked_to_end():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return code


def _pass_on(child: "subprocess.Popen[bytes]") -> Callable[[], bool]:
    """Hand a cancelling on to the program, which may want to tidy up; the worker ends when it has."""
    asked = []

    def hear(*_: object) -> None:
        asked.append(True)
        child.terminate()

    signal.signal(signal.SIGTERM, hear)
    return lambda: bool(asked)


def _argv(told: AttemptIn) -> list[str]:
    name = told.params["run"]
    argv = told.program(name)
    if argv is None:
        raise refuse("E-program-unknown", f"this node has no program `{name}`.", where=told.step,
                     todo="Give its argv under `programs` in sentinel.yaml.")  # fmt: skip
    return [*argv, *(str(each) for each in told.params.get("args") or ())]  # a step's own arguments stay as they are


def _lay_inputs(told: AttemptIn, target: Path, store: Store) -> None:
    target.mkdir(exist_ok=True)
    for port, artifacts in told.inputs.items():
        many = len(artifacts) > 1 or told.takes.get(port, "").startswith("list of ")
        if many:
            (target / port).mkdir()
        for number, artifact in enumerate(artifacts):
            store.materialise(artifact.digest, target / port / str(number) if many else target / port)


def _lay_secrets(target: Path, secrets: Mapping[str, str], stack: ExitStack) -> None:
    """Each a link to memory of this process: on no disk, and gone with the worker however that ends."""
    target.mkdir(mode=0o700)
    for name, secret in secrets.items():
        handle = os.memfd_create(name)
        stack.callback(os.close, handle)
        os.fchmod(handle, 0o600)
        os.write(handle, secret.encode())
        (target / name).symlink_to(f"/proc/{os.getpid()}/fd/{handle}")
        stack.callback((target / name).unlink)


def _ended(code: int) -> str:
    if code > 0:
        return f"ended with exit code {code}"
    return f"was ended by signal {-code} ({signal.strsignal(-code)})"
