"""Verbs that look after the state: doctor, backups, exports, artifacts, nodes, and whether notices get out."""

import time
from pathlib import Path

from sentinel.api.client import Client
from sentinel.api.draw.moments import ago, now
from sentinel.cli.call import Call
from sentinel.cli.exits import NO
from sentinel.domain.quantity import rough_size
from sentinel.domain.text import plain

_DELIVERED_WITHIN = 60.0


def doctor(call: Call) -> int:
    """Replay everything, read everything, tell every difference."""
    from sentinel.api.upkeep import examine

    told = examine(call.workspace, call.args.quick)
    if call.args.json:
        call.out.json(told)
    else:
        found = [*told["faults"], *told["alarms"]]
        for each in found:
            call.out.say(each)
        counts = f"{told['events']} events in {told['streams']} streams, {told['artifacts']} artifacts"
        call.out.say(f"{counts}: {'all is well.' if told['healthy'] else f'{len(found)} found.'}")
    return 0 if told["healthy"] else NO


def backup(call: Call) -> int:
    """Copy the state while the daemon runs."""
    folder = Path(call.args.folder).absolute()
    # a large store takes its time
    told = Client(call.workspace, patience=None).ask("backup", folder=str(folder))
    call.out.say(f"The ledger and {told['artifacts']} artifacts are in {told['folder']}.")
    return 0


def restore(call: Call) -> int:
    """Put a backup in place."""
    from sentinel.api.upkeep import restore_backup

    told = restore_backup(call.workspace, Path(call.args.folder).absolute())
    aside = f" The ledger that was there is {told['aside']} now." if told["aside"] else ""
    call.out.say(f"Restored, with {told['artifacts']} artifacts.{aside} `sentinel doctor` looks it over.")
    return 0


def export(call: Call) -> int:
    """Write the ledger for other programs."""
    from sentinel.api.upkeep import export_ledger

    folder = Path(call.args.folder).absolute()
    told = export_ledger(call.workspace, folder)
    call.out.say(f"{told['events']} events and {sum(told.values()) - told['events']} rows are in {folder}.")
    return 0


def artifacts(call: Call) -> int:
    """List artifacts, or read each again."""
    args = call.args
    if args.verify:
        return _verify(call)
    told = call.ask("artifacts", kind=args.kind, limit=args.limit)
    if args.json:
        call.out.json(told)
        return 0
    at = now()
    rows = [
        (
            each["digest"][:16], each["kind"], rough_size(each["size"]), each["attempt"], ago(each["kept_at"], at),
            "" if each["here"] else "not in the store",
        )
        for each in told["artifacts"]
    ]  # fmt: skip
    if rows:
        call.out.table(("DIGEST", "KIND", "SIZE", "MADE BY", "KEPT", "REMARK"), rows)
    else:
        call.out.say("There are no such artifacts.")
    return 0


def _verify(call: Call) -> int:
    found = [message["artifact"] for message in call.client.follow("verify", kind=call.args.kind)]
    damaged = [each for each in found if each["damage"]]
    if call.args.json:
        call.out.json({"artifacts": found, "damaged": len(damaged)})
    else:
        for each in damaged:
            for damage in each["damage"]:
                call.out.say(f"{each['kind']} {each['digest']}: {damage}")
        call.out.say(f"{len(found)} artifacts read, {len(damaged)} damaged.")
    return NO if damaged else 0


def notify(call: Call) -> int:
    """Send a test to everybody who is told of things, and wait for what becomes of it."""
    pending = call.ask("notify")["deliveries"]
    reached = True
    give_up = time.monotonic() + _DELIVERED_WITHIN
    while pending:
        told = call.ask("delivery", id=pending[0])
        if told["state"] in ("done", "given-up") or told["why"] or time.monotonic() > give_up:
            done = told["state"] == "done"
            reached = reached and done
            why = "" if done else f": {told['why'] or 'nothing came back in time'}"
            call.out.line(f"{call.out.state('done' if done else 'failed')}  {plain(told['target'])}{plain(why)}")
            pending = pending[1:]
        else:
            time.sleep(0.1)
    return 0 if reached else NO


def nodes(call: Call) -> int:
    """List the nodes."""
    told = call.ask("nodes")
    if call.args.json:
        call.out.json(told)
        return 0
    rows = []
    for each in told["nodes"]:
        slots, used = each["slots"], each["in_use"]
        rows.append((
            each["node"], f"{used['cpus'] if used else '?'} of {slots['cpus']}",
            f"{used['gpus'] if used else '?'} of {slots['gpus']}",
            f"{rough_size(used['memory']) if used else '?'} of {rough_size(slots['memory'])}",
            used["attempts"] if used else "", "this daemon" if each["here"] else "",
        ))  # fmt: skip
    call.out.table(("NODE", "CPUS", "GPUS", "MEMORY", "ATTEMPTS", "REMARK"), rows)
    return 0
