"""Checksum: an artifact is, byte for byte, what its digest says."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from sentinel.contract.at import Look
from sentinel.contract.registry import check
from sentinel.contract.scalars import Text
from sentinel.domain.digest import Json, is_digest
from sentinel.domain.verdict import Finding
from sentinel.gate.subject import subject
from sentinel.store import Store

_MOST = 5


def _digest(text: str) -> str:
    if not is_digest(text):
        raise ValueError("a digest is the 64 hexadecimal digits of a sha256")
    return text


Digest = Annotated[str, AfterValidator(_digest), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]


@check("checksum")
def checksum(at: Look, *, port: Text | None = None, equals: Digest | None = None) -> Finding:
    """Reads every byte of an artifact again, the candidate's or that on `port`; `equals` says which it must be."""
    name, held = subject(at, port)
    if at.store is None or not held:
        return Finding("checksum", "error", f"There is no artifact on `{name}`.", todo="Say which with `port:`.")
    store, digests = Store(at.store), [each.digest for each in held]
    evidence: dict[str, Json] = {"port": name, "digests": digests}
    if equals is not None and digests != [equals]:
        return Finding("checksum", "fail", f"`{name}` is {_short(digests)}, and not {equals[:12]}.", evidence)
    damage = [line for digest in digests for line in store.verify(digest)]
    if damage:
        evidence["damage"] = damage[:_MOST]
        todo = "Run the step that made it again."
        return Finding("checksum", "fail", f"`{name}` is not what its digest says: {damage[0]}", evidence, todo)
    files = sum(len(store.manifest(digest)) for digest in digests)
    return Finding(
        "checksum", "pass", f"`{name}` is {_short(digests)}, to the byte in all its {files} files.", evidence
    )


def _short(digests: list[str]) -> str:
    return ", ".join(digest[:12] for digest in digests)
