"""Steps of a third party, registered as one would: what they do to the worker that runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Card, Model, Spec
from sentinel.contract.registry import step
from sentinel.contract.scalars import Duration, Flag
from sentinel.domain.refusal import refuse
from sentinel.worker.process import GPUS


@step("nothing")
def nothing(at: At) -> None:
    """Does nothing."""


class Two(NamedTuple):
    """What `make` gives."""

    card: Card
    specs: list[Spec]


@step("make")
def make(at: At, base: Card | None, *, text: str = "made", specs: int = 0) -> Two:
    """Writes a card that quotes the one it got, and some specs."""
    folder = at.out / "card"
    folder.mkdir()
    (folder / "text").write_text((base.path / "text").read_text() + text if base else text)
    at.progress(1, 2)
    made = []
    for number in range(specs):
        (at.out / f"spec-{number}").mkdir()
        (at.out / f"spec-{number}" / "spec.json").write_text(
            json.dumps({"spec": f"s{number}", "label": "", "recipe": "", "overrides": {}})
        )
        made.append(Spec.made(at.out / f"spec-{number}"))
    return Two(Card.made(folder), made)


@step("model", makes="version")
def model(at: At) -> Model:
    """Makes a version."""
    folder = at.out / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text("{}")
    return Model.made(folder)


@step("bad-form")
def bad_form(at: At) -> Model:
    """Gives a folder that is no model."""
    (at.out / "model").mkdir()
    (at.out / "model" / "README.md").write_text("hello")
    return Model.made(at.out / "model")


@step("act", effect="post")
def act(at: At) -> dict[str, str]:
    """Does an effect and returns its receipt."""
    return {"key": str(at.effect_key)}


@step("crash")
def crash(at: At, *, secret: str = "") -> None:
    """Raises; with a secret's name, with the secret in its words."""
    raise ValueError(f"it broke with {at.secret(secret) if secret else 'nothing'}")


@step("refuse")
def refuse_(at: At) -> None:
    """Refuses its input."""
    raise refuse("E-odd", "the rows are empty.", todo="Give it some.")


@step("no-data")
def no_data(at: At) -> None:
    """Has nothing to train."""
    raise NothingTrained("no new rows")


@step("exit-early")
def exit_early(at: At) -> None:
    """Ends the whole process well and leaves no result."""
    os._exit(0)


@step("exit-softly")
def exit_softly(at: At) -> None:
    """Calls for the end as a script would."""
    sys.exit(0)


@step("fork")
def fork(at: At) -> None:
    """Forks, and lets the child return as if it were the worker."""
    if os.fork():
        os.wait()


@step("shout")
def shout(at: At, *, size: int, child: Flag = False) -> None:
    """Writes very much, itself or by a child."""
    if child:
        subprocess.run(["head", "-c", str(size), "/dev/zero"], check=True)
        return
    piece = b"a line that is forty characters in length\n" * 20_000
    for _ in range(size // len(piece) + 1):
        os.write(1, piece)
    print("the end")


@step("last-words")
def last_words(at: At) -> None:
    """Says something on every way out that there is."""
    print("by print")
    print("by error", file=sys.stderr)
    os.write(1, b"by descriptor\n")
    subprocess.run(["echo", "by child"], check=True)
    sys.stdout.write("without a new line")


@step("wait-for")
def wait_for(at: At, *, time_: Duration = 0) -> None:
    """Waits so long."""
    at.say("waiting")
    time.sleep(time_ / 1000)


@step("orphan")
def orphan(at: At, *, die: Flag = False, session: Flag = True) -> None:
    """Leaves a child behind that would live for a minute, in a session of its own; or dies beside it."""
    child = subprocess.Popen(["sleep", "60"], start_new_session=session, close_fds=False)
    (at.folder / "child").write_text(str(child.pid))
    if die:
        os.kill(os.getpid(), signal.SIGKILL)


@step("tell")
def tell(at: At) -> Card:
    """Gives what it can see of its surroundings."""
    (at.out / "card").mkdir()
    (at.out / "card" / "environment").write_text("\n".join(f"{name}={value}" for name, value in os.environ.items()))
    (at.out / "card" / "gpus").write_text(os.environ[GPUS])
    (at.out / "card" / "handles").write_text("\n".join(sorted(_handles())))
    (at.out / "card" / "modules").write_text("\n".join(sys.modules))
    return Card.made(at.out / "card")


def _handles() -> list[str]:
    found = []
    for handle in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{handle}"))
        except FileNotFoundError:
            continue  # the one of the listing itself
    return found


@step("use-secret")
def use_secret(at: At, *, name: str) -> None:
    """Uses a credential carelessly: prints it, whole and in two pieces."""
    secret = at.secret(name)
    print(f"the token is {secret}")
    sys.stdout.write(secret[:5])
    sys.stdout.flush()
    time.sleep(0.05)
    print(secret[5:])


@step("save")
def save(at: At, *, upto: int) -> None:
    """Counts on from its checkpoint, and is lost before it comes to the end."""
    begun = int((at.checkpoint / "count").read_text()) if at.checkpoint else 0
    with at.save_checkpoint() as folder:
        (folder / "count").write_text(str(begun + 1))
    if begun + 1 < upto:
        os.kill(os.getpid(), signal.SIGKILL)


@step("mark")
def mark(at: At) -> None:
    """Writes down who did it."""
    with (at.workspace / "marks").open("a") as file:
        file.write(f"{os.getpid()}\n")
