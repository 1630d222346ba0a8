"""Every fault that a check can find: its code, which never changes, what it means, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A fault's meaning and remedy, for the reference."""

    means: str
    todo: str
    warning: bool = False


CODES: dict[str, Code] = {
    # the file
    "E-no-config": Code("There is no sentinel.yaml.", "Run `sentinel init`, or name the workspace."),
    "E-no-file": Code("A file was named that the workspace does not have.", "Name one of its .yaml files."),
    "E-file-name": Code("A file in a folder of the workspace is not read for its name.", "End it in .yaml.", True),
    "E-files": Code("The workspace has too many files, or too much in them.", "Take some away."),
    "E-path": Code("A path or a link leads out of the workspace.", "Keep what the workspace needs inside of it."),
    "E-unreadable": Code("A file cannot be read.", "Make it a readable file, or take it away."),
    "E-size": Code("A file is larger than 256 KiB.", "Split it."),
    "E-encoding": Code("A file is not UTF-8.", "Save it as UTF-8."),
    "E-hidden": Code("A control character, or one that turns the direction of text, hides in a file.", "Take it away."),
    "E-more": Code("A file has more faults than are told at once.", "Mend those that are told."),
    # YAML
    "E-yaml": Code("A file is not YAML.", "Mend the line that is named, or the one above it."),
    "E-directive": Code("A line instructs the YAML parser.", "Take it away."),
    "E-documents": Code("A file holds more than one document.", "Keep one a file."),
    "E-depth": Code("A file is nested more than 24 deep.", "Make it flatter."),
    "E-nodes": Code("A file has more than 20,000 keys and values.", "Split it."),
    "E-anchor": Code("A value is marked for repetition.", "Write values out."),
    "E-alias": Code("A value repeats another place.", "Write it out."),
    "E-merge": Code("A mapping is merged into another.", "Write its keys out."),
    "E-tag": Code("A value is given a type by a tag.", "Take the tag away: types come from the key."),
    "E-key": Code("A key is not plain text.", "Write a word before the `:`."),
    "E-twice": Code("A key is in a mapping twice.", "Keep one."),
    # keys and values
    "E-empty": Code("A file or a step holds nothing.", "Write what it is for."),
    "E-unknown-key": Code("Nothing reads a key.", "Take the nearest known one, or take it away."),
    "E-missing-key": Code("A key is missing.", "Add it."),
    "E-type": Code("A value has the wrong shape: text, a list or a mapping.", "Write the shape that is named."),
    "E-value": Code("A value is not of its key's type.", "Write it as the sentence says."),
    "E-range": Code("A number or a length is out of bounds.", "Keep to the bound that is named."),
    "E-choice": Code("A word is none of a few.", "Take one of them."),
    "E-name": Code("A name has letters that names do not have.", "Small letters, digits and dashes, 48 at most."),
    "E-reserved": Code("A name is a word that bindings use.", "Choose another."),
    "E-kind": Code("There is no such kind of artifact.", "Take a known one."),
    "E-zone": Code("There is no such time zone.", "Write one like Europe/Berlin."),
    "E-argv": Code("A program is not a list of words.", "Write `[/path/to/program, --option]`."),
    "E-secret-ref": Code("A secret is not named as `credential:NAME`.", "Name the credential, never the secret."),
    # names
    "E-name-twice": Code("Two files hold something of the same name.", "Rename one."),
    "E-id-twice": Code("Two steps have the same id.", "Rename one."),
    "E-unknown-line": Code("sentinel.yaml has no such line.", "Name one that it has."),
    "E-unknown-node": Code("sentinel.yaml has no such node.", "Name one that it has."),
    "E-unknown-set": Code("The line has no such set.", "Name one that it has."),
    "E-live": Code("Somebody looks at what comes in, and the line has no `live:`.", "Add `live: FILE` to the line."),
    "E-base-unset": Code("A step wants the line's base, and it has none.", "Add `base:` to the line."),
    "E-no-sets": Code("A step wants the line's sets, and it has none.", "Add one under `sets:` of the line."),
    "E-no-data": Code("A step wants the line's rows, and it has none.", "Add a source under `data:` of the line."),
    "E-program": Code("sentinel.yaml allows no such program.", "Name one of its `programs:`."),
    "E-unknown-recipe": Code("There is no such recipe.", "Name one of recipes/."),
    "E-unknown-gate": Code("There is no such gate.", "Name one of gates/."),
    "E-unknown-check": Code("No check is registered under this name.", "Name a registered one."),
    "E-unknown-trigger": Code("No trigger is registered under this name.", "Name a registered one."),
    "E-unknown-step-type": Code("No step is registered under this name.", "Name a registered one."),
    "E-distribution": Code("What a step needs is not installed.", "Install it where steps run.", True),
    "E-part-faulty": Code("A gate or recipe that is used here has faults of its own.", "Mend its file."),
    # inputs
    "E-input-type": Code("There is no such type of input.", "Take a known one."),
    "E-default": Code("An input's default is not of its type.", "Write it as the sentence says."),
    "E-unknown-input": Code("There is no such input.", "Name a declared one."),
    "E-unused-input": Code("Nothing reads an input.", "Read it, or take it away.", True),
    "E-input-missing": Code("An input without a default is not given.", "Give it."),
    "E-input-fit": Code("An input is no value for the parameter that it fills.", "Change the input's type or default."),
    "E-artifact-param": Code("An artifact is given to a parameter.", "Bind it in `in:`."),
    "E-not-artifact": Code("A port is given something that is no artifact.", "Give it in `with:`."),
    "E-argv-text": Code("A text that begins with `-` reaches a program's command line.", "Begin it otherwise."),
    # steps and their ports
    "E-act": Code("A step does nothing, or two things.", "Give it one of use, gate, approve and wait."),
    "E-binding": Code("A binding has not the form of one.", "Write step.port, inputs.name, champion.port or it."),
    "E-unknown-step": Code("There is no such step.", "Name one of this recipe."),
    "E-unknown-port": Code("There is no such port.", "Name one that the step, alias or gate has."),
    "E-kind-wrong": Code("A port is given another kind than it takes.", "Bind the kind that it takes."),
    "E-unbound": Code("A port that is required, or that a parameter speaks of, is left without.", "Bind it in `in:`."),
    "E-doubled": Code("Something is given twice where one is taken.", "Keep one."),
    "E-list": Code("A port that takes one is given a list.", "Use `each:`."),
    "E-each": Code("`each:` goes over what is no list.", "Name a port that gives a list."),
    "E-each-unused": Code("A step with `each:` does not bind `it`.", "Bind it.", True),
    "E-it": Code("`it` stands in a step without `each:`.", "Write step.port."),
    "E-maybe": Code("A `?` stands where nothing can be left out.", "Take it away."),
    "E-required": Code("A required port may get nothing, and more than this step is skipped with it.",
                       "Bind what is always there, or make the port optional."),
    "E-gate-skipped": Code("A gate is skipped where it could judge without.", "Add a `?`.", True),
    "E-gives": Code("A recipe gives what none of its steps gives.", "Write step.port."),
    "E-gives-fixed": Code("`gives:` stands at a step that says by itself what it gives.", "Take it away."),
    "E-daemon-step": Code("Needs, timeout or retry stand at a step of the daemon's own.", "Take them away."),
    # order and cost
    "E-cycle": Code("Steps wait for each other.", "Take a binding away, or move a step above the bar."),
    "E-outcome": Code("A `when:` asks for an outcome that the step never has.", "Ask for one that it has."),
    "E-unreachable": Code("A step can never run.", "Name the bar above it in `when:` too."),
    "E-needs": Code("No node has what a step needs.", "Ask for less, or name a larger node."),
    "E-budget": Code("A step may take longer than the run's budget.", "Shorten the timeout, or raise the budget."),
    "E-spec-dear": Code("A spec may take more GPU time than a whole rotation has, so that it never trains.",
                        "Shorten its timeouts, or raise the rotation's budget.", True),
    # promotion
    "E-no-gate": Code("A promote cites something that no gate of this recipe said.", "Bind a gate's verdict."),
    "E-not-judged": Code("A promote cites a verdict on another model.", "Bind what was judged."),
    "E-no-subject": Code("A gate judges a report that does not say what it is about.", "Judge one that does."),
    "E-first": Code("A gate that cannot judge a first champion leads to a promote.", "Add a check of its own.", True),
    "E-uncompared": Code(
        "A gate that compares with no champion leads to a promote.", "Give it the port `champion: EvalReport?`.", True
    ),
    # triggers and sub-recipes
    "E-trigger": Code("A trigger is not one word with its settings.", "Write `- cron: {…}`."),
    "E-trigger-input": Code("A recipe with triggers has an input that only a person can give.", "Give it a default."),
    "E-line-needed": Code("A recipe with triggers does not say for which line.", "Add `line:`."),
    "E-pace": Code("A drift trigger expects evaluations at another pace than the labels are counted at.",
                   "Make `every` the same at both.", True),
    "E-labels-few": Code("A line's labels are too few for a drift trigger to see a fall in time.",
                         "Have more answers labelled.", True),
    "E-set-small": Code("A set has too few documents for the margin that a gate judges it by.",
                        "Add documents, or widen the margin.", True),
    "E-never-submits": Code("A recipe makes versions, and nothing of them is submitted to a board.",
                            "Add a step `submit`.", True),
    "E-sub": Code("A step does not say which recipe it runs.", "Write `with: {recipe: NAME}`."),
    "E-recursion": Code("A recipe runs itself.", "Take one of the steps away."),
    "E-sub-depth": Code("Recipes run each other more than 4 deep.", "Put the steps of one into another."),
    "E-sub-line": Code("A recipe runs one that is not for its line.", "Add the line there."),
    # gates and specs
    "E-check-port": Code("A check needs a port that the gate does not have.", "Add it to `in:`."),
    "E-check-optional": Code("A check needs a port that the gate may be without.", "Take the `?` away."),
    "E-judges": Code("It is not clear what a gate judges, or it may be left out.", "Add `judges:`."),
    "E-unused-port": Code("No check looks at a gate's port.", "Take it away.", True),
    "E-override": Code("A spec overrides a step that has no parameters.", "Take it away."),
}  # fmt: skip
