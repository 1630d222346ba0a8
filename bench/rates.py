"""How often the rules are wrong, by worlds played through many times, each held to what is promised of it."""

import argparse
from collections.abc import Iterator

from bench.figure import Figure, tell
from bench.worlds import canaries, centuries, gates, habits
from bench.worlds.bound import least, most
from sentinel.evidence.power import documents_needed
from sentinel.evidence.simulator import Promise, World, play

QUIET = [(50, 0.025, 0.028), (100, 0.019, 0.019), (200, 0.010, 0.013), (1400, 0.001, 0.007)]
"""Labels a week, and the share of quiet years that fire: days differing by chance alone, and by 1.5 points besides."""
DELAYS = [(50, 27, 28, 180), (100, 13, 14, 68), (200, 7, 8, 31), (1400, 2, 3, 5)]
"""Labels a week, and the median days to fire: at a step to .78, a slide to it, a step to .85."""

LABELLED = [("wrong answers labelled .9 of the time, right ones .2", habits.COMPLAINTS, 8),
            ("right answers labelled .9 of the time, wrong ones .2", habits.PRAISE, 45),
            ("all labelled .2 of the time", habits.ALIKE, 10)]  # fmt: skip
"""Who is labelled by what chance, and the median days to fire at a step to .78."""


def main(argv: list[str] | None = None) -> None:
    """Play and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    tiny = parser.parse_args(argv).tiny
    times = 20 if tiny else 4000
    tell(
        [
            *drift(times),
            *labelled(max(times // 10, 2)),
            *gate(times // 2),
            *canary(times // 4),
            *century(max(times // 10, 2)),
        ]
    )


def drift(series: int) -> Iterator[Figure]:
    """The e-detector in quiet years and in bad ones."""
    for labels, *promised in QUIET:
        for sway, promise in zip((0.0, 0.015), promised, strict=True):
            held = play(World(0.91, labels / 7, sway), Promise(), series=series, seed=1)
            besides = ", days that differ by 1.5 points besides" if sway else ""
            yield _share(f"quiet years that fire, {labels} labels a week{besides}", held.share, series, promise)
    slid = play(World(0.91, 100 / 7, window=4), Promise(), series=series, seed=1)
    yield Figure("quiet years that fire where each day counts four days anew, 100 labels a week", "", slid.share,
                 note="not ours: a feed refuses what was counted")  # fmt: skip
    apart = play(World(0.91, 400 / 7), Promise(), length=91, series=series, seed=1)
    yield _share("the same where what was counted is refused", apart.share, series, QUIET[1][1])
    for labels, *days in DELAYS:
        for (to, over), wanted in zip(((0.78, 0), (0.78, 4), (0.85, 0)), days, strict=True):
            world = World(0.91, labels / 7, moves_to=to, over=over)
            held = play(world, Promise(), series=series, length=400, seed=2)
            how = f"slides to {to} over {over} days" if over else f"falls to {to}"
            half, most_of = held.by(0.5), held.by(0.9)
            note = f"nine in ten within {most_of} days" if most_of is not None else "nine in ten: more than 400 days"
            what = f"days until half of the lines fire that {how}, {labels} labels a week"
            yield Figure(what, "days", float(half or 400), at_most=wanted * 1.1 + 1, note=note)


def labelled(times: int) -> Iterator[Figure]:
    """The e-detector over labels that right and wrong answers get by unlike chances."""
    promise = QUIET[1][1]
    for who, habit, half in LABELLED:
        held = habits.play(habit, series=times, seed=1)
        week = f"{habit.labels(0.91):.0f} labels a week"
        yield _share(f"quiet years that fire, {who}, {week}", held.share, times, promise)
        found = habits.play(habit, moves_to=0.78, length=400, series=times, seed=2)
        note = f"nine in ten within {found.by(0.9) or 'more than 400'} days"
        what = f"days until half of the lines fire that fall to 0.78, {who}"
        yield Figure(what, "days", float(found.by(0.5) or 400), at_most=half * 1.1 + 1, note=note)
    worth = habits.play(habits.PRAISE, series=times, seed=1, measure=habits.worth_ignored)
    yield Figure(
        "quiet years that fire where each label counts whole, wrong .2, right .9", "", worth.share, note="not ours"
    )
    change = (100, habits.COMPLAINTS)
    held = habits.play(habits.ALIKE, then=change, series=times, seed=3)
    yield _share("quiet years that fire in which people begin to complain", held.share, times, promise)
    blind = habits.play(habits.ALIKE, then=change, series=times, seed=3, measure=habits.chance_ignored)
    yield Figure("the same where no label says by what chance it came", "", blind.share, note="not ours")


def gate(times: int) -> Iterator[Figure]:
    """Candidates whose truth is known."""
    for n, d, margin in ((200, 0.03, 0.03), (600, 0.05, 0.02), (928, 0.06, 0.02), (1500, 0.08, 0.02)):
        held = gates.passes_margin(n, d, margin, -margin, times, seed=1)
        what = f"candidates worse by the margin of {margin:g} that pass, n={n}, {d:.0%} disagree"
        yield _share(what, held.share, times, 0.06)
    for d, margin in ((0.06, 0.02), (0.06, 0.03), (0.1, 0.02)):
        n = documents_needed(d, margin, power=0.9) or 0
        held = gates.passes_margin(n, d, margin, 0.0, times, seed=2)
        yield _most(f"candidates as good that pass a margin of {margin:g}, n={n}", held.share, times, 0.9)
    for n, alone, alike in ((60, 0.64, 0.80), (100, 0.83, 0.94), (200, 0.98, 0.99)):
        for how, promise, word in ((0.0, alone, "independent"), (0.6, alike, "alike")):
            held = gates.passes_fix(n, 0.91, how, times, seed=3)
            yield _most(f"full fixes that pass, n={n}, errors {word}", held.share, times, promise)
        for candidate, promise in ((0.78, 0.06), (0.74, 0.01)):
            held = gates.passes_fix(n, candidate, 0.0, times, seed=4)
            yield _share(f"candidates at {candidate:g} that pass for a fix of .78, n={n}", held.share, times, promise)
    for n in (100, 600):
        held = gates.passes_crossing(n, 0.06, -0.02, times, seed=5)
        yield Figure(f"candidates worse by .02 that the plain rule passes, n={n}", "", held.share, note="by name only")
    held = gates.vetoed(40, 60, 0, 0.0, times // 4, seed=6)
    yield _share("sets of 40 slices, none worse, that are vetoed", held.share, times // 4, 0.05)
    yield Figure("items broken 30 % of the time that are confirmed", "", gates.item_is_caught(0.3), at_least=0.79)
    yield Figure("items broken 50 % of the time that are confirmed", "", gates.item_is_caught(0.5), at_least=0.996)
    yield Figure("banks of 50 with 2 % noise that fail", "", gates.bank_is_failed(50, 0.02), at_most=1e-4)
    yield Figure("the same where any flip fails", "", gates.any_flip_fails(50, 0.02), note="not ours")


def canary(times: int) -> Iterator[Figure]:
    """Canaries that are as good, and canaries that are not."""
    held = canaries.paired(0.04, 0.04, 3000, times, seed=1)
    yield _share("paired canaries as good that are rolled back, 3,000 documents", held.hits / times, times, 0.034)
    peeked = canaries.peeked_mcnemar(0.04, 0.04, 3000, times, seed=1)
    yield Figure("the same by a McNemar test peeked at", "", peeked.hits / times, note="not ours")
    found = canaries.paired(0.005, 0.065, 2000, times, seed=2)
    yield Figure(
        "documents until half of the paired canaries at -.06 are caught, 7 % disagree",
        "",
        found.median or 2000,
        at_most=121,
    )
    held = canaries.arms(0.91, 0.91, 0.5, 6000, times, seed=3)
    yield _share("arms alike that are rolled back, 3,000 outcomes each", held.hits / times, times, 0.026)
    for drop, d in ((0.06, 0.08), (0.06, 0.16), (0.03, 0.08)):
        seen = canaries.paired_at_guard(d, drop, drop, times, seed=5)
        what = f"paired canaries worse by {drop:g} that are seen before `paired` passes them, {d:.0%} disagree"
        yield _most(what, seen / times, times, 0.8)
    for share in (0.1, 0.5):
        seen = canaries.arms_at_guard(0.91, 0.06, 0.06, share, times, seed=6)
        what = f"canaries worse by 0.06 that are seen before `arms` passes them, {share:.0%} of the traffic"
        yield _most(what, seen / times, times, 0.8)
    peeked = canaries.peeked_z(0.91, 0.91, 0.5, 6000, times, seed=3)
    yield Figure("the same by a z-test peeked at", "", peeked.hits / times, note="not ours")
    for share, soon in ((0.1, 66), (0.5, None)):
        found = canaries.arms(0.91, 0.78, share, 6000, times, seed=4)
        what = f"outcomes until half of the canaries at .78 are caught, {share:.0%} of the traffic"
        yield Figure(what, "", found.median or 6000, at_most=soon)


def century(times: int) -> Iterator[Figure]:
    """A hundred retrainings, each let in or not."""
    names = {
        "the plain rule": centuries.crossing, "no worse than the champion": centuries.against_champion,
        "no worse than champion and anchor": centuries.against_both,
    }  # fmt: skip
    for name, rule in names.items():
        held = [centuries.century(rule, seed).lowest for seed in range(times)]
        below = sum(lowest < -centuries.MARGIN for lowest in held) / times
        promise = 0.02 if rule is centuries.against_both else None
        what = f"centuries that fall below the anchor by more than the margin: {name}"
        yield Figure(what, "", below, at_most=promise, note=f"lowest {min(held):+.3f}")


def _share(what: str, share: float, times: int, promise: float) -> Figure:
    """A share that is promised to be low: the bound is what chance excuses among so many."""
    return Figure(what, "", share, at_most=most(times, promise), note=f"promised {promise:g}")


def _most(what: str, share: float, times: int, promise: float) -> Figure:
    """A share that is promised to be high."""
    return Figure(what, "", share, at_least=least(times, promise), note=f"promised {promise:g}")


if __name__ == "__main__":
    main()
