"""What the daemon tells, as drawings take it: one sample of each, with as much in it as there can be."""

from typing import Any

from sentinel.domain.quantity import DAY, HOUR, MINUTE

NOW = 1_700_000_000_000
LONG = "It was looked at twice by two people, who did not agree on what the customer had asked for in the first place."

EVIDENCE: dict[str, Any] = {
    "set": "regression", "documents": "d" * 64, "metric": "accuracy", "estimate": -0.01, "lower": -0.029,
    "upper": 0.008, "n": 600, "margin": 0.02, "alpha": 0.025, "n_needed": 982, "wins": 12, "losses": 18,
    "disagreement": 0.05, "look": 21, "looks": 20, "custom": [1, 2],
}  # fmt: skip
VERDICT: dict[str, Any] = {
    "verdict_id": "r1.proof.a1", "gate": "promotion", "verdict": "inconclusive", "sentence": f"1 of 2 passed. {LONG}",
    "subject": "a" * 64, "against": "v3", "round": 1, "at": NOW,
    "checks": [
        {"check": "no_regression", "verdict": "inconclusive", "sentence": LONG, "todo": "Label 382 more.",
         "evidence": EVIDENCE},
        {"check": "floor", "verdict": "pass", "sentence": "It is.", "todo": "",
         "evidence": {"estimate": 0.9, "lower": 0.873, "upper": 0.923, "n": 600, "alpha": 0.05, "bound": 0.8}},
        {"check": "trace", "verdict": "error", "sentence": "x" * 150, "todo": "", "evidence": None},
    ],
}  # fmt: skip
OTHER_VERDICT: dict[str, Any] = {
    **VERDICT, "verdict_id": "r2.proof.a1", "verdict": "pass", "version": "v4", "against": None, "round": 2,
    "checks": [
        {"check": "no_regression", "verdict": "pass", "sentence": LONG, "todo": "",
         "evidence": {**EVIDENCE, "estimate": 0.01, "n": 900, "documents": "e" * 64}},
        {"check": "slices", "verdict": "pass", "sentence": LONG, "todo": "", "evidence": {"set": "regression"}},
        {"check": "trace", "verdict": "error", "sentence": "y" * 150, "todo": "", "evidence": ["odd"]},
    ],
}  # fmt: skip

_ATTEMPT: dict[str, Any] = {
    "attempt": "r17.tuned.a1", "state": "lost", "started_at": NOW - HOUR, "ended_at": NOW - 50 * MINUTE,
    "peak_memory": 2**31, "says": "step 40 of 120", "error": {"code": "E-lost", "what": LONG, "todo": "Look at it."},
}  # fmt: skip
_STEP: dict[str, Any] = {
    "step": "tuned", "does": "forge", "state": "done", "outcome": "done", "started_at": NOW - HOUR, "ended_at": NOW,
    "until": None, "come": "", "why": "", "reused_from": None, "child": None, "verdict": None, "attempts": [_ATTEMPT],
}  # fmt: skip
RUN: dict[str, Any] = {
    "run": "r17", "recipe": "lifecycle", "line": "support-router", "state": "queued", "why": LONG,
    "trigger": "drift", "reason": LONG, "actor": "uid:1000", "inputs": {"window": "30d"}, "only": None, "parent": "r16",
    "round": 2, "priority": 50, "commit": "1a2b3c4d5e6f7a8b", "dirty": True, "created_at": NOW - 2 * HOUR,
    "started_at": NOW - HOUR, "ended_at": None,
    "expected": {"start": NOW + HOUR, "start_bound": None, "end": NOW + 2 * HOUR, "end_bound": NOW + DAY, "why": ""},
    "steps": [
        _STEP | {"step": "rows", "does": "assemble", "state": "reused", "outcome": None, "reused_from": "r12.rows.a1"},
        _STEP,
        _STEP | {"step": "proof", "does": "gate promotion", "state": "waiting", "outcome": None, "until": NOW + DAY,
                 "why": "it waits for outcomes", "come": "120 of 400", "verdict": VERDICT},
        _STEP | {"step": "each-of-them", "does": "recipe", "why": LONG, "child": "r18", "attempts": []},
    ],
    "sent": [
        {"step": "board", "delivery": "d3", "repo": "acme/support-router", "state": "waiting", "url": None, "why": LONG,
         "attempts": 2, "next_at": NOW + MINUTE, "rejected": [{"file": "scores.yaml", "why": LONG}]},
    ],
    "next": [{"do": "sentinel approve r17 proof", "about": LONG}, {"do": "sentinel cancel r17", "about": "End it."}],
}  # fmt: skip
ASKED: dict[str, Any] = {**RUN, "recipe": "flips", "kind": "asked", "steps": [{**_STEP, "why": LONG}]}

_SCORE: dict[str, Any] = {
    "dataset": "acme/a-benchmark-with-quite-a-long-name-of-its-own", "task": "topics", "metric": "accuracy",
    "of": "topics", "scale": "percent", "lower": 0.861, "score": 0.883, "upper": 0.902, "n": 1200, "state": "done",
    "request": None, "request_state": "", "is_there": True, "private": False, "rank": {"rank": 3, "of": 41},
    "with_derived": {"rank": None, "of": 57},
}  # fmt: skip
BOARD: dict[str, Any] = {
    "owner": None,
    "lines": [
        {
            "line": "support-router", "read_at": NOW - HOUR, "in_force": True, "more": 3,
            "versions": [
                {"version": "v4", "model": "a" * 64, "aliases": ["champion"], "spec": "small-wide", "sent": True,
                 "published": [{"repo": f"acme/support-router-{n}", "state": "done", "is_there": True, "delivery": "d1",
                                "commit": "1a2b3c4d5e", "private": True} for n in range(3)],
                 "scores": [_SCORE, _SCORE | {"request": 7, "request_state": "open", "of": "other"}],
                 "judged": [{"set": "regression", "metric": "accuracy", "gate": "promotion", "verdict": "pass",
                             "lower": 0.86, "estimate": 0.88, "upper": 0.9, "alpha": 0.05, "n": 600}]},
                {"version": None, "model": "b" * 64, "aliases": [], "spec": None, "sent": False, "published": [],
                 "scores": [], "judged": []},
            ],
            "outbox": [{"delivery": "d3", "act": "submit", "repo": "acme/support-router", "state": "given-up",
                        "attempts": 4, "next_at": None, "maybe_sent": True, "why": LONG}],
            "rejected": [{"repo": "acme/support-router", "file": "scores.yaml", "why": LONG}],
            "unread": [LONG], "behind": [LONG],
        },
        {"line": None, "read_at": None, "in_force": False, "more": 0, "versions": [], "outbox": [], "rejected": [],
         "unread": [], "behind": []},
    ],
}  # fmt: skip

_CHALLENGER: dict[str, Any] = {
    "version": "v9", "run": "r40", "registered_at": NOW - DAY, "aliases": ["shadow"], "slot": True, "mature": False,
    "share": 0.4, "frozen": False, "ms": 12 * DAY, "n": 345.0, "needs": {"ms": 28 * DAY, "outcomes": 982},
    "waits_ms": None, "result": {"rate": 0.912, "low": 0.9, "high": 0.924},
}  # fmt: skip
_SPEC: dict[str, Any] = {
    "spec": "small-wide", "word": "waits", "turn": 2, "tried": NOW - 3 * DAY, "made": 4, "why": LONG,
    "recipe": "challenger", "line": "support-router", "label": "small-wide-2", "priority": 10, "gpu_ms": 4 * HOUR,
    "gate": "challenge", "needs": {"ms": 28 * DAY, "outcomes": 982, "set": "canary"},
    "looks": [{"set": "regression", "looks": 12, "of": 20}],
    "overrides": {"tuned": {"train": {"rank": 32, "layers": ["q_proj", "v_proj"]}}},
    "versions": [_CHALLENGER, _CHALLENGER | {"version": "v8", "slot": False, "waits_ms": 5 * DAY, "result": None}],
}  # fmt: skip
ZOO: dict[str, Any] = {
    "rotates": True, "specs": 2,
    "rotations": [{"recipe": "rotation", "line": "support-router", "budget": 3, "gpu": 4 * HOUR, "slots": 12,
                   "specs": [_SPEC, _SPEC | {"spec": "deep", "word": "too-dear", "versions": [], "tried": None}]}],
}  # fmt: skip
ROTATION: dict[str, Any] = {
    "recipe": "rotation", "line": "support-router", "budget": 3,
    "turns": [{"spec": "small-wide", "word": "chosen", "turn": 1, "why": "it never trained"},
              {"spec": "deep", "word": "waits", "turn": 3, "why": LONG}],
    "shadows": [{"line": "support-router", "in_ms": 28 * DAY, "waiting": 2, "held": 12, "slots": 12, "arrivals": 15,
                 "longest_wait_ms": 30 * DAY, "needed": 15}],
}  # fmt: skip

_BASELINE: dict[str, Any] = {
    "rate": 0.912,
    "rows": 1400.0,
    "spread": 1.3,
    "because": "learned",
    "set_at": NOW - 9 * DAY,
}
_WATCHED: dict[str, Any] = {
    "recipe": "lifecycle", "standing": "pending", "since": NOW - DAY, "says": LONG, "expected": 0.9, "share": 0.4,
    "track": [n / 80 for n in range(80)], "evaluations": 80, "promise": "1 per 3 years", "often": 1095.0, "rows": 100.0,
    "fires_at": [{"evaluations": 3, "rate": 0.82}, {"evaluations": None, "rate": 0.9}], "every_ms": DAY, "below": None,
    "wants": 28, "silent": True, "run": "r12", "quiet_until": NOW + DAY, "fired": 2,
}  # fmt: skip
DRIFT: dict[str, Any] = {
    "line": "support-router",
    "feeds": [
        {"feed": "support-router.canary.accuracy", "set": "canary", "baseline": _BASELINE, "watched": [_WATCHED],
         "recent": [[n, 0.9 + n % 7 / 100, 100.0 if n % 9 else 0, True] for n in range(1, 90)]},
        {"feed": "support-router.bank.accuracy", "set": "bank", "baseline": None, "recent": [], "watched": []},
    ],
    "others": [{"recipe": "lifecycle", "kind": "distribution", "says": LONG, "failed": True, "looked_at": NOW - HOUR,
                "next": NOW + HOUR, "run": "r9"}],
}  # fmt: skip

PLAN: dict[str, Any] = {
    "recipe": "lifecycle", "line": "support-router", "about": LONG,
    "inputs": {"window": {"type": "duration", "required": False, "default": "30d"},
               "base": {"type": "Model", "required": True, "default": None}},
    "promises": [{"set": "canary", "line": "support-router", "below": None, "for_ms": None, "streams": 2,
                  "often": 730.0, "every_ms": DAY, "margin": 0.01, "promise": "1 per 3 years",
                  "volume": {"because": "record", "rate": 0.91, "rows": 100.0, "labels_a_week": 700},
                  "falls": [{"to": 0.85, "evaluations": 3, "ms": 3 * DAY},
                            {"to": 0.9, "evaluations": None, "ms": None}]}],
    "steps": [
        {"step": "tuned", "does": "forge", "optional": True, "bar": True, "reuse": "no", "why": LONG, "act": "use",
         "expected_ms": HOUR, "expected_bound_ms": 2 * HOUR, "each": "turn.chosen", "after": ["rows"],
         "takes": {"data": {"kind": "Dataset", "from": ["rows.dataset"]}}, "gives": {"model": "Model"},
         "when": {"proof": ["pass", "fail"]}, "ask": "Shall it go on?", "within": DAY, "timeout": 2 * HOUR,
         "needs": {"cpus": 4, "memory": 2**34, "gpus": 1, "gpu_memory": 2**34},
         "retry": {"times": 2, "backoff": MINUTE}},
    ],
}  # fmt: skip

_SET: dict[str, Any] = {
    "set": "regression", "n": 600, "mean_one": 0.88, "mean_other": 0.91, "only_one": 12, "only_other": 30,
    "unmatched": 4,
}  # fmt: skip
DIFFERENCE: dict[str, Any] = {
    "one": "v3", "other": "v4", "same_model": False, "moved": "both", "between": None,
    "changes": [{"of": "data", "name": "rows", "one": ["a" * 12] * 12, "other": ["b" * 12]},
                {"of": "recipe", "name": "train.rank", "one": 16, "other": 32}],
    "controls": [{"control": "tuned.train.rank", "was": 16, "now": None}],
    "scores": [{"of": "data", "one": "v3", "other": "v4", "sets": [_SET | {"beyond_chance": True}]},
               {"of": "recipe", "one": "v3", "other": "v4", "sets": None}],
    "half": {"takes": HOUR, "recipe_of": "v3", "data_of": "v4", "unable": ""},
}  # fmt: skip
FLIPS: dict[str, Any] = {
    "models": ["a" * 64, "b" * 64], "sets": [_SET], "left_out": 3,
    "flips": [{"set": "regression", "slice": "french", "doc": "d" * 64, "one": 1.0, "other": 0.0, "text": LONG * 4,
               "truth": "billing", "answer_one": "billing", "answer_other": "returns"}] * 3,
}  # fmt: skip

VERSIONS: dict[str, Any] = {
    "line": "support-router", "held": LONG, "frozen": None, "champion": "v4",
    "versions": [{"version": "v4", "label": "small-wide-2", "aliases": ["champion", "shadow"], "run": "r17",
                  "model": "a" * 64, "registered_at": NOW - DAY, "frozen": LONG, "rejected": None,
                  "was_champion": True}],
}  # fmt: skip
_AGAIN: dict[str, Any] = {
    "of": "v3", "fresh": True, "changes": [{"control": "tuned.train.rank", "was": 16, "now": 32}] * 3,
}  # fmt: skip
LINEAGE: dict[str, Any] = {
    "ancestors": [{"version": "v4", "label": "small-wide-2", "aliases": ["champion"], "model": "a" * 64, "run": "r17",
                   "step": "tuned", "parents": ["v3"], "reforge": _AGAIN,
                   "folded": [{"adapter": "acme@1", "weight": 0.5}], "cites": ["r17.proof.a1"],
                   "pins": {"commit": "c" * 40, "hardware": LONG}}],
}  # fmt: skip
REFORGING: dict[str, Any] = {
    "version": "v4", "line": "support-router", "maker": "tuned", "recipe": "lifecycle", "run": "r17", "fresh": True,
    "why": LONG, "today": [LONG], "inputs": {"window": "30d"},
    "changes": [{"control": "tuned.train.rank", "was": 16, "now": 32},
                {"control": "tuned.prune.share", "was": None, "now": "x" * 90},
                {"control": "inputs.window", "was": "30d", "now": "60d"}],
    "steps": [{"step": "tuned", "use": "forge",
               "did": {"rows": 1200, "loss": {"from": 2.1, "to": 0.4}, "steps": 400, "tokens": 90_000, "took_ms": HOUR},
               "controls": [{"name": "tuned.train.rank", "value": 16, "default": False, "input": None},
                            {"name": "tuned.window", "value": LONG, "default": True, "input": "window"}]}],
    "plan": {"recipe": "reforge", "steps": [{"step": "tuned", "does": "forge", "reuse": "no"}]},
}  # fmt: skip

OUTCOMES: dict[str, Any] = {
    "line": "support-router", "lately": {"outcomes": 400, "n": 380.0, "rate": 0.91}, "biased": False,
    "by": [{"why": "audit", "taken": 400, "settled": 380, "late": 2, "counted": 380, "right": 362.0, "again": 20,
            "apart": 2}],
    "next": NOW + HOUR, "every_ms": DAY, "sets": [],
    "followed": {"file": "labels.jsonl", "lines": 400, "taken": 399, "faulty": 1, "fault": LONG},
}  # fmt: skip
QUEUE: dict[str, Any] = {
    "runs": [{"position": 1, "run": "r17", "recipe": "lifecycle", "line": "support-router", "state": "queued",
              "waits": LONG, "priority": 50, "created_at": NOW - HOUR, "expected": RUN["expected"]}],
    "estimates": {"told": 40, "ended_within": 0.91, "off": 0.3}, "more": 3,
}  # fmt: skip
