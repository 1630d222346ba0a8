"""Several processes at one store."""

import json
import os
import subprocess
import sys

from sentinel.store import Store

RACER = """
import json, sys
from pathlib import Path
from sentinel.store import Store
root, number = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
kept = []
for turn in range(25):
    store = Store(root / f"store-{turn % 5}")
    source = root / f"mine-{number}" / f"{turn}"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "large").write_bytes(b"%d" % (turn // 5) * 50_000)
    (source / "small").write_text(f"{turn // 5}")
    kept.append(store.put(source, move=bool((number + turn) % 2)).digest)
print(json.dumps(kept))
"""


def test_four_processes_that_put_the_same_trees_at_once_all_succeed_and_agree(root, tmp_path):
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, tmp_path, str(number)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, "PYTHONPATH": str(root)})
        for number in range(4)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    ends = [racer.communicate(timeout=60) for racer in racers]
    assert [errors for _, errors in ends] == [""] * 4
    kept = [json.loads(output) for output, _ in ends]
    assert kept[0] == kept[1] == kept[2] == kept[3]
    assert len(set(kept[0])) == 5
    for number in range(5):
        store = Store(tmp_path / f"store-{number}")
        assert sorted(store.walk()) == sorted(set(kept[0]))
        assert [store.verify(digest) for digest in store.walk()] == [[]] * 5
        assert os.listdir(store.root / "tmp") == []
