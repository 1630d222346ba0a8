"""The world that tests of the hub begin in: two users, their organisation's models, a stranger's, two benchmarks."""

from sentinel.outside.hub.world import User, World

OURS, READER, STRANGER, ORG = "t0p-secret-write", "t0p-secret-read", "t0p-secret-other", "acme"
BASE = {
    "config.json": b'{"model_type": "llama"}', "model.safetensors": b"weights" * 1000, "tokenizer.json": b"{}",
    "tokenizer_config.json": b"{}", "pytorch_model.bin": b"pickle", "modeling_x.py": b"import os", "README.md": b"# x",
}  # fmt: skip
REVISION = "3f2c9e1"


def known() -> World:
    """A new one."""
    world = World(
        users={OURS: User("smith", orgs=(ORG,)), READER: User("smith", "read", (ORG,)), STRANGER: User("other")}
    )
    world.put("acme/base", BASE, revision=REVISION, private=True)
    world.put("other/model", {"README.md": b"---\nlicense: mit\n---\n# theirs\n", "model.safetensors": b"w"})
    world.put("bench/tickets", {"README.md": b"# tickets", "eval.yaml": b"name: tickets\n"}, kind="datasets",
              tasks=("default", "hard"))  # fmt: skip
    world.put("bench/empty", {"README.md": b"# no benchmark"}, kind="datasets")
    return world
