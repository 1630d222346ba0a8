"""Outcomes drawn: what came back for a line's answers, and what it says of the line."""

from sentinel.api.draw.moments import ago
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.quantity import rough_duration


def draw_outcomes(pen: Pen, told: Json, now: int) -> None:
    """Draw what came back: by reason, what it says of the line, and when the next of it counts."""
    line = told["line"]
    if not told["by"]:
        pen.say(f"Nothing has come back for {line} yet. `sentinel outcomes {line} --take FILE` brings labels.")
        return
    rows = [
        (each["why"], each["taken"], each["settled"], each["taken"] - each["settled"], each["late"], each["counted"],
         f"{each['right'] / each['taken']:.3f}")
        for each in told["by"]
    ]  # fmt: skip
    pen.table(("WHY", "TAKEN", "SETTLED", "WAIT", "LATE", "COUNT", "RIGHT"), rows)
    lately = told["lately"]
    if lately is not None:
        of = f"of the last {lately['outcomes']} that settled, worth {lately['n']:.0f} drawn at random"
        pen.say(f"{lately['rate']:.3f} are right, {of}.")
    elif told["biased"]:
        pen.line(pen.ink(f"{line} is biased: none of its labels was left to a known chance, so none says how good "
                         "it is, and no trigger can promise anything.", "red"))  # fmt: skip
        pen.say(f"  to do: `sentinel label {line} --from FILE` draws a sample; or give `chance` with each outcome.")
    twice, apart = (sum(each[word] for each in told["by"]) for word in ("again", "apart"))
    if twice:
        pen.say(f"{twice} were labelled twice, {apart} of them differently.")
    if told["next"] is not None:
        pen.say(f"The next round settles {ago(told['next'], now)}, every {rough_duration(told['every_ms'])}.")
    if told["followed"] is not None:
        held = told["followed"]
        pen.say(f"{held['file']}: {held['lines']} lines read, {held['taken']} taken, {held['faulty']} could not be.")
        if held["fault"]:
            pen.say(f"  {held['fault']}")
    if not told["sets"]:
        pen.say("No set is measured from them: give one `{from: outcomes, window: 4d}` in sentinel.yaml.")
