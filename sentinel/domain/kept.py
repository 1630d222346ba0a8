"""What is kept by digest, each in a stream of its own: an artifact of the store, and a plan."""

from dataclasses import dataclass, replace

from sentinel.domain.digest import Json
from sentinel.domain.event import Happened, on_record
from sentinel.domain.plan import Plan


@on_record
@dataclass(frozen=True, slots=True)
class ArtifactKept(Happened):
    """The store holds this artifact; this attempt made it first."""

    kind: str
    size: int
    attempt: str


@on_record
@dataclass(frozen=True, slots=True)
class ArtifactDropped(Happened):
    """The store let go of this artifact; the record stays."""

    why: str


@on_record
@dataclass(frozen=True, slots=True)
class PlanKept(Happened):
    """A plan that runs refer to by its digest."""

    plan: Json


@dataclass(frozen=True, slots=True)
class KeptArtifact:
    """An artifact on record."""

    digest: str
    kind: str = ""
    size: int = 0
    attempt: str = ""
    kept_at: int = 0
    dropped: str | None = None


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan on record."""

    digest: str
    plan: Plan | None = None


def evolve_artifact(artifact: KeptArtifact, body: Happened, at: int, actor: str = "") -> KeptArtifact:
    """The artifact's record after one more event."""
    match body:
        case ArtifactKept(kind=kind, size=size, attempt=attempt):
            first = artifact.attempt or attempt
            return replace(artifact, kind=kind, size=size, attempt=first, kept_at=at, dropped=None)
        case ArtifactDropped(why=why):
            return replace(artifact, dropped=why)
    raise TypeError(f"{type(body).__name__} is no event of an artifact")


def evolve_plan(kept: KeptPlan, body: Happened, at: int, actor: str = "") -> KeptPlan:
    """The plan's record after one more event."""
    match body:
        case PlanKept(plan=plan):
            return replace(kept, plan=Plan.from_json(plan))
    raise TypeError(f"{type(body).__name__} is no event of a plan")
