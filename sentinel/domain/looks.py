"""Looks at a set: each verdict on the same documents wears them out a little, since chance gets one more try."""

from sentinel.domain.digest import is_digest
from sentinel.domain.verdict import Verdict

ENOUGH = 20
"""The looks that a set stands unless its line says otherwise. At a chance of one in twenty each, one candidate that is
worse by the whole margin is expected to have got through by then."""
_MOST = 100


def looked_at(verdict: Verdict) -> list[tuple[str, str]]:
    """The sets that a verdict rests on, each once, by its name and the digest of its documents."""
    found: dict[tuple[str, str], None] = {}
    for finding in verdict.findings:
        evidence = finding.evidence if isinstance(finding.evidence, dict) else {}
        name, documents = evidence.get("set"), evidence.get("documents")
        # the worker wrote this: what is no digest is no look
        if isinstance(name, str) and isinstance(documents, str) and is_digest(documents):
            found[name, documents] = None
    return list(found)[:_MOST]
