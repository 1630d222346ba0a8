"""The workspace that the demo runs in: one slow program, a gate, a person's word, and a program that hands on."""

FILES = {
    "sentinel.yaml": """\
timezone: UTC
nodes: {here: {slots: {cpus: 1, memory: 1GiB}}}
programs:
  count-tickets: [programs/count-tickets]
  hand-on: [programs/hand-on]
""",
    "recipes/demo.yaml": """\
recipe: demo
about: Count tickets slowly, judge what came out, ask a person, hand it on.
steps:
  - id: count
    use: program
    with: {run: count-tickets}
    gives: {rows: RawSnapshot}
    timeout: 1m
    retry: {times: 1, backoff: 1s}
  - id: whole
    gate: whole
    in: {candidate: count.rows}
  - id: agreed
    approve: {ask: Hand these tickets on?, within: 1h, else: reject}
  - id: handed-on
    use: program
    in: {rows: count.rows}
    with: {run: hand-on}
    timeout: 1m
""",
    "gates/whole.yaml": """\
gate: whole
about: What goes on is, byte for byte, what was made.
in: {candidate: RawSnapshot}
checks:
  - use: checksum
then: {fail: reject, inconclusive: hold, error: hold}
""",
    "programs/count-tickets": """\
#!/bin/sh
set -eu
mkdir -p "$OUT/rows"
echo "began as process $$"
for ticket in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.4
  echo "ticket $ticket of 10"
  echo "$ticket" >> "$OUT/rows/tickets.txt"
done
""",
    "programs/hand-on": """\
#!/bin/sh
set -eu
echo "handed on $(wc -l < "$IN/rows/tickets.txt") tickets"
""",
}
