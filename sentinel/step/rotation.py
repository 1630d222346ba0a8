"""Rotation: who of the zoo trains this time."""

from typing import NamedTuple

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Spec
from sentinel.contract.registry import step
from sentinel.contract.scalars import Whole
from sentinel.domain.form import from_json
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.policy.rotation import CHOSEN, Challenger, select_rotation
from sentinel.domain.zoo import SPEC_FILE


class Chosen(NamedTuple):
    """The specs that train this time, those whose turn has come first."""

    chosen: list[Spec]


@step("rotation", reads=("clock", "zoo"), needs=Needs(memory=512 * MIB))
def rotation(at: At, *, budget: Whole | None = None) -> Chosen:
    """Chooses which specs of the zoo train this time: who never trained, then who was tried the longest ago.

    `budget` is how many at most; `zoo: {budget: N}` of sentinel.yaml unless given. Where nobody is to train, the step
    ends as nothing-trained.
    """
    facts = at.reads["zoo"]
    most = next(each for each in (facts["asked"], budget, facts["budget"]) if each is not None)
    held = [from_json(Challenger, each) for each in facts["challengers"]]
    found = select_rotation(held, most, facts["gpu"])
    for turn in found.turns:
        at.say(f"{turn.spec}: {turn.word}, {turn.why}")
    if not found.chosen:
        raise NothingTrained(_nobody(held, most))
    folders = []
    for number, name in enumerate(found.chosen):
        folder = at.out / f"{number}"
        folder.mkdir()
        (folder / SPEC_FILE).write_text(facts["texts"][name], encoding="utf-8")
        folders.append(folder)
    waiting = sum(turn.word != CHOSEN for turn in found.turns)
    at.say(f"{', '.join(found.chosen)}; {waiting} of {len(held)} not this time")
    return Chosen([Spec.made(folder) for folder in folders])


def _nobody(held: list[Challenger], budget: int) -> str:
    if not held:
        return "the zoo is empty"
    return "the budget is 0" if budget == 0 else f"none of the {len(held)} specs in the zoo can train now"
