"""What holds for every tree: hypothesis makes the trees."""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.domain.digest import tree_digest
from sentinel.store import Store, manifest
from sentinel.store.tree import shown, unfit

NAMES = st.text(min_size=1, max_size=12).filter(lambda name: not unfit(name) and len(name.encode()) <= 200)
FILES = st.dictionaries(st.tuples(st.sampled_from(["", "a/", "a/b/", "ü/"]), NAMES).map("".join),
                        st.binary(max_size=200), max_size=6)  # fmt: skip


def plant(folder: Path, files: dict[str, bytes], order: list[str]) -> Path:
    folder.mkdir()
    for name in order:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(files[name])
    return folder


def without_clashes(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files whose names are not folders of others."""
    return {name: data for name, data in files.items() if not any(other.startswith(f"{name}/") for other in files)}


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Store:
    """One store for all examples, which leave it empty."""
    return Store(tmp_path_factory.mktemp("shared") / "store")


@settings(max_examples=100, deadline=None)
@given(files=FILES.map(without_clashes), move=st.booleans(), seed=st.integers(0, 999))
def test_what_is_put_is_what_is_listed_read_and_verified_in_whatever_order_it_was_made(shared, files, move, seed):
    shuffled = random.Random(seed).sample(sorted(files), len(files))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        kept = shared.put(plant(root / "one", files, sorted(files)))
        assert shared.put(plant(root / "two", files, shuffled), move=move) == kept
        listed = shared.manifest(kept.digest)
        assert {entry.path: shared.read(kept.digest, entry.path) for entry in listed} == files
        assert tree_digest((entry.path, entry.size, entry.sha256) for entry in listed) == kept.digest
        assert (kept.size, kept.files) == (sum(map(len, files.values())), len(files))
        assert shared.verify(kept.digest) == []
        assert list(shared.walk()) == [kept.digest]
        shared.materialise(kept.digest, root / "copy")
        assert shared.put(root / "copy") == kept
        shared.drop(kept.digest)
        assert list(shared.walk()) == os.listdir(shared.root / "tmp") == []


@settings(max_examples=100, deadline=None)
@given(files=FILES.map(without_clashes).filter(bool), data=st.data())
def test_every_single_flipped_byte_and_every_lost_file_is_found(shared, files, data):
    with tempfile.TemporaryDirectory() as folder:
        kept = shared.put(plant(Path(folder) / "one", files, sorted(files)))
    name = data.draw(st.sampled_from(sorted(files)))
    path = shared.path(kept.digest) / name
    path.parent.chmod(0o755)
    path.chmod(0o644)
    if files[name]:
        at = data.draw(st.integers(0, len(files[name]) - 1))
        flipped = bytearray(files[name])
        flipped[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(flipped)
    else:
        path.unlink()
    [said] = shared.verify(kept.digest)
    shared.drop(kept.digest)
    assert said.startswith(f"{shown(name)}: {'damaged: its sha256 is' if files[name] else 'missing'}")


@given(st.lists(st.tuples(NAMES, st.integers(0, 2**60), st.binary(min_size=32, max_size=32)), max_size=8))
def test_a_list_reads_back_as_it_was_written_and_under_no_other_digest(parts):
    entries = {name: manifest.Entry(name, size, sha.hex()) for name, size, sha in parts}
    text = manifest.render(entries.values())
    digest = tree_digest((entry.path, entry.size, entry.sha256) for entry in entries.values())
    read = manifest.parse(text, digest)
    assert read is not None and {entry.path: entry for entry in read} == entries
    assert manifest.parse(text + b"x\0000\0\n", digest) is None
    assert manifest.parse(text[:-1], digest) is None or not entries
