"""An artifact as the ledger knows it: a kind and the digest of its file tree."""

from dataclasses import dataclass

from sentinel.domain.digest import Json

KINDS = frozenset({
    "RawSnapshot", "Dataset", "Preflight", "Shortlist", "TrainPlan", "Checkpoints", "Model", "Adapter", "EvalReport",
    "Curriculum", "ExamReport", "UsageSlice", "Bundle", "Card", "Deployment", "Submission", "Spec", "Verdict",
})  # fmt: skip


REPORTS = ("EvalReport", "ExamReport")
"""The kinds that speak of a model."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A content-addressed file tree of a kind. Where it lies is the store's business."""

    kind: str
    digest: str

    def to_json(self) -> Json:
        """The form in events and in attempt.json."""
        return {"kind": self.kind, "digest": self.digest}

    @staticmethod
    def from_json(value: Json) -> "Artifact":
        """The artifact of its JSON form."""
        return Artifact(value["kind"], value["digest"])


def port_name(kind: str) -> str:
    """The port that a lone output of a kind gets: `dataset`, `report` for EvalReport, `rows` for RawSnapshot …."""
    special = {
        "RawSnapshot": "rows", "EvalReport": "report", "ExamReport": "exam", "UsageSlice": "usage", "TrainPlan": "plan",
    }  # fmt: skip
    return special.get(kind, kind.lower())
