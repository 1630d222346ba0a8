"""One body of every kind of event, as full as it gets: what the committed samples were written from."""

from sentinel.domain import board as b
from sentinel.domain import delivery as d
from sentinel.domain import feed as f
from sentinel.domain import house as h
from sentinel.domain import kept as k
from sentinel.domain import outcome as o
from sentinel.domain import trigger_stream as s
from sentinel.domain.artifact import Artifact
from sentinel.domain.event import Happened
from sentinel.domain.line import events as line
from sentinel.domain.needs import Needs, Slots
from sentinel.domain.plan import (
    Budget,
    Filled,
    GatePlan,
    Input,
    Plan,
    PlannedCheck,
    PlannedStep,
    Policy,
    Port,
    Retry,
    Source,
    Wait,
)
from sentinel.domain.refusal import Refusal
from sentinel.domain.run import events as run
from sentinel.domain.verdict import Finding, Verdict

DIGEST = "9f" * 32
MODEL = Artifact("Model", "1a" * 32)
ROWS = Artifact("Dataset", "2b" * 32)
PORTS = {"model": (MODEL,), "rows": (ROWS, Artifact("Dataset", "3c" * 32))}
PINNED = {"champion": run.Pinned("v0123456789abcdef", {"model": MODEL})}
AT = 1_764_000_000_000

FINDING = Finding(
    "no_regression", "pass", "It lost 1 of 200 answers; 4 may be lost.", {"estimate": -0.005, "n": 200}, "", True
)
VERDICT = Verdict("promotion", "pass", "Nothing got worse.", MODEL.digest, "v0123456789abcdef", 1, (FINDING,), DIGEST)

GATE = GatePlan(
    "promotion",
    DIGEST,
    (PlannedCheck("checksum", 1, {"set": "canary"}, ("candidate",)),),
    "candidate",
    "champion",
    {"fail": "reject", "inconclusive": "wait", "error": "hold", "freeze": "freeze"},
    Wait(400, 1_209_600_000),
)
PLAN = Plan(
    "lifecycle",
    "Retrain the router when the world moved.",
    "support-router",
    {"window": Input("duration", (), 2_592_000_000)},
    (
        PlannedStep(
            "tuned", "use", use="forge", params={"train": {"rank": 16}}, filled=(Filled(("window",), "window"),),
            binds={"base": (Source("alias", "champion", "model", True),)}, takes={"base": Port("Model", True)},
            gives={"model": Port("Model")}, needs=Needs(2, 1, 2**34, 2**35), timeout=7_200_000,
            retry=Retry(2, 60_000), secrets=("hub",), reads=("clock",), makes="version", pins={"peft": "0.21.0"},
        ),
        PlannedStep(
            "proof", "gate", use="gate", binds={"candidate": (Source("step", "tuned", "model"),)},
            takes={"candidate": Port("Model")}, gives={"verdict": Port("Verdict")}, gate=GATE,
        ),
    ),
    Policy(50, "line", (1200, 360), Budget(21_600_000, 14_400_000)),
    {"model": Source("step", "tuned", "model")},
    DIGEST,
)  # fmt: skip

BODIES: tuple[Happened, ...] = (
    h.AlertCleared("stalled:r17", "The worker is alive again."),
    h.AlertRaised("stalled:r17", "stalled", "r17", "r17.tuned.a1 has not moved for 10m."),
    line.AliasMoved("champion", "v0123456789abcdef", "vfedcba9876543210", "verdict", ("r17.proof.a1",), ""),
    k.ArtifactDropped("It was kept for 90d."),
    k.ArtifactKept("Model", 123_456_789, "r17.tuned.a1"),
    run.AttemptEnded(
        "tuned", "r17.tuned.a1", "failed", PORTS, "It broke.",
        Refusal("E-rows", "Row 3 has no label.", "rows.parquet:3", "Label it."), {"url": "https://x.example/1"},
        61_000, 2**30, True,
    ),
    run.AttemptStarted("tuned", "r17.tuned.a1", "atlas", PORTS, DIGEST, "5e" * 32, (0, 2), "v0123456789abcdef"),
    run.CancelAsked("cancelled", "A person asked."),
    h.DaemonStarted(4711, "0.1.0"),
    h.DaemonStopped("It was asked to."),
    b.BoardRead(
        (b.Rejected("acme/router", ".eval_results/sentinel.yaml", "[0] value must be a number"),),
        ("acme/tickets did not answer.",),
        (b.Seen("acme/router", True, 3, "open"),),
    ),
    b.RankRead("acme/router", "acme/tickets", True, 3, 12, 91.25),
    d.DeliveryAskedAgain(),
    d.DeliveryDone({"status": 204}),
    d.DeliveryGivenUp("The hook is gone."),
    d.DeliveryIntended("notify", "credential:chat-hook", "6f" * 32, {"kind": "frozen", "text": "It is frozen."}),
    d.DeliveryOvertaken("d9"),
    d.DeliveryPutOff("It answered 503.", AT + 10_000, True),
    d.DeliveryTried("d4.notify.a1"),
    f.BaselineSet(f.Baseline(0.912, 1.2, 392.0, 0.08, True, 28), "learned", "from the first 28 signals"),
    f.EvaluationTaken("e0123456789abcdef", 0.91, 100.0, 0.08, "v0123456789abcdef", 0, 2, ("0123456789ab", "ba98765")),
    f.SignalTaken("s0123456789abcdef", 0.91, 100.0, 0.08, "v0123456789abcdef", "time", AT, AT + 86_400_000, False),
    o.FileFollowed("labels.jsonl", "9f9f9f9f9f9f9f9f", 4096, 40, 42, 2, "Line 17: it is no JSON."),
    o.OutcomeRetold(1.0, "billing", "a second label"),
    o.OutcomeSettled(17, AT + 86_400_000, True),
    o.OutcomeTaken(
        "support-router",
        o.Told("t-4711", AT, 0.0, True, "audit", 0.05, "v0123456789abcdef", "returns", "billing"), AT + 172_800_000,
    ),
    o.SlotClosed(AT + 86_400_000, 18, 12),
    s.WasHeard(AT),
    s.LookAsked("r17"),
    s.LookEnded("r17", True, "nothing of 24 measures moved", {"rows": [900, 700]}, {"of": DIGEST, "looks": 3}),
    s.WatchMoved("pending", "`canary` is pending", {"state": "pending", "log": 3.5, "enough": 7.0}),
    s.WatchReset("support-router.canary.accuracy", "v0123456789abcdef", 28, "v0123456789abcdef is champion now"),
    s.WentSilent(AT),
    h.FilesBroken({"recipes/x.yaml": DIGEST}, ("recipes/x.yaml:12:9: E-unknown-key: …",)),
    h.FilesTaken({"sentinel.yaml": DIGEST, "recipes/x.yaml": "7a" * 32}, "3f2c9e1", True),
    run.GateJudged("proof", "r17.proof.a1", VERDICT),
    run.GateLifted("proof", "Seen by eye."),
    line.LineAcknowledged("The data was at fault."),
    line.LineFrozen("The live model fails its gate."),
    line.LineHeld("A release is under way."),
    line.LineReleased("The release is out."),
    line.SetLookedAt("regression", DIGEST, 3, "r17.proof.a1"),
    h.NodeSeen("atlas", Slots(8, 1, 40 * 2**30, 48 * 2**30)),
    k.PlanKept(PLAN.to_json()),
    run.RoundBegun("proof", ("scores", "proof"), 2, PINNED),
    run.RunEnded("done", ""),
    run.RunMoved("waiting", "`proof` waits for outcomes"),
    run.RunQueued(
        "lifecycle", "support-router", PLAN.digest, {"window": "30d"}, 50, "cron:lifecycle", "It is due.", "3f2c9e1",
        True, "recipe", "tuned", "r16", "each.0", {"adopt": "It serves today."},
    ),
    run.RunForeseen("queued", 1_764_000_060_000, 1_764_000_120_000, 1_764_003_600_000, 1_764_005_400_000),
    run.RunReprioritised(90),
    run.RunRetried(("tuned", "proof"), "The node is mended."),
    run.RunStarted(PINNED, 1),
    run.StepEnded("tuned", "done", "done", PORTS, "It is trained."),
    run.StepReused("tuned", "r16.tuned.a2", PORTS, DIGEST, PORTS),
    run.StepSkipped("before", "champion.model stands for nothing", True),
    run.StepSpread("each", (MODEL, Artifact("Model", "4d" * 32))),
    run.StepWaiting("proof", "outcomes", AT + 60_000, "It is not sure.", 18),
    run.SubrunStarted("each.0", "r18"),
    s.TriggerArmed("lifecycle", "support-router", "cron", {"at": "0 3 * * *"}),
    s.TriggerDisarmed("The recipe is gone."),
    s.TriggerFired(AT, 2, "It is due.", {"late": 12}, "r17", True),
    line.VersionAcknowledged("v0123456789abcdef", "The label was wrong."),
    line.VersionFrozen("v0123456789abcdef", "It leaks."),
    line.VersionRegistered(
        "v0123456789abcdef", MODEL.digest, "r17", "tuned", "small-wide-2", ("vfedcba9876543210",),
        {"key": DIGEST, "inputs": {"rows": [ROWS.digest]}, "commit": "3f2c9e1"},
    ),
    line.VersionRejected("v0123456789abcdef", "r17.proof.a1", "fail", "It lost 9 of 200 answers; 4 may be lost."),
)  # fmt: skip
