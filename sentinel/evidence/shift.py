"""Whether rows moved against a reference, feature by feature: both have to hold, that the effect less what chance
shows reaches a floor, and that chance would seldom show it at all, every look paid for.

What moved in the rows of one label and not in all of them is a label whose meaning moved.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from sentinel.domain.names import suggest
from sentinel.domain.profile import TEXT, Numbers, Profile, Values, Within, Words
from sentinel.evidence.distances import Apart, Counts, js, ks, psi
from sentinel.evidence.moved import of_bins, of_lost, of_numbers, of_values, of_word
from sentinel.evidence.multiplicity import holm
from sentinel.evidence.tails import normal_above

SURE = 0.01
"""How often rows that have not moved may be said to have, over all features together."""
FEWEST = 200
"""Fewer rows than this, on either side, say nothing."""
FEWEST_WITHIN = 100
"""The same, of the rows of one label."""
_EXPECTED = 5


class NotComparable(Exception):
    """Two profiles were not counted over the same bins, or have nothing that could be looked at."""


@dataclass(frozen=True, slots=True)
class Floors:
    """How large an effect has to be before it counts, by measure."""

    psi: float = 0.10
    js: float = 0.10
    ks: float = 0.10
    words: float = 0.10
    """The share of texts in which a word stands, more or fewer."""


WARN, BLOCK = Floors(), Floors(psi=0.25, js=0.20, ks=0.25, words=0.20)


@dataclass(frozen=True, slots=True)
class Move:
    """One measure of one feature: how far it moved, how sure that is, and in words."""

    feature: str
    measure: str
    effect: float
    p: float
    """Adjusted for all that was looked at."""
    says: str
    label: str | None = None
    """The label in whose rows alone it was looked for."""

    def reaches(self, floors: Floors, sure: float = SURE) -> bool:
        """Whether both hold."""
        least: float = getattr(floors, self.measure)
        return self.effect >= least and self.p < sure


@dataclass(frozen=True, slots=True)
class Shift:
    """All that was looked at; and what has too few rows to be looked at."""

    looked: tuple[Move, ...]
    small: tuple[str, ...]
    missing: tuple[str, ...]
    """Features of the reference that are not there any more."""
    rows: tuple[int, int]

    @property
    def is_small(self) -> bool:
        """Whether there are too few rows to say anything."""
        return min(self.rows) < FEWEST

    def moved(self, floors: Floors = WARN, sure: float = SURE) -> list[Move]:
        """What moved, once a feature: the whole before what moved in the rows of a label, and the farthest first.

        Within a label a feature is told only where the whole did not move.
        """
        found = sorted((each for each in self.looked if each.reaches(floors, sure)), key=_rank)
        whole = {each.feature for each in found if each.label is None}
        kept: dict[tuple[str, str | None], Move] = {}
        for each in found:
            if each.label is None or each.feature not in whole:
                kept.setdefault((each.feature, each.label), each)
        return list(kept.values())


def _rank(move: Move) -> tuple[bool, bool, float]:
    """Of all rows, features say more than single words; of what a label means, the words do."""
    within = move.label is not None
    return within, (move.measure == "words") != within, -move.effect


def shift(reference: Profile, now: Profile, features: Collection[str] | None = None, seed: int = 0) -> Shift:
    """What moved from a reference to what was counted over its bins; of these fields alone, where they are named.

    A field that has no value any more, or is not there, has moved as any other may: its nulls are a bin. Where nothing
    could be looked at, nothing can be said: NotComparable, as where a feature is named that the reference has not.
    """
    rows = (reference.rows, now.rows)
    strange = [name for name in features or () if not _has(reference, name)]
    if strange:
        raise NotComparable(f"there is no feature `{strange[0]}`. {suggest(strange[0], reference.fields, 'feature')}")
    wanted = [name for name in (*reference.numbers, *reference.values) if _is_wanted(name, features)]
    missing = tuple(name for name in wanted if name not in now.numbers and name not in now.values)
    if min(rows) < FEWEST:
        return Shift((), tuple(wanted), missing, rows)
    lost = _lost(reference, now)
    small: list[str] = []
    plain: list[Move] = []
    for name in wanted:
        found = list(_feature(name, reference, now, lost.get(name), seed))
        plain += found
        small += [name] if not found else []
    words = {name: held for name, held in reference.words.items() if name not in lost.values()}
    fine = [move for move in _words(words, now.words) if _is_wanted(move.feature, features)]
    for label, held in reference.within.items():
        there = now.within.get(label)
        if there is None or min(held.rows, there.rows) < FEWEST_WITHIN:
            small.append(label)
            continue
        fine += _within(label, reference, held, there, lost, features, seed)
    if not plain and not fine:
        raise NotComparable("there is nothing to look at.")
    # two families, each paid half: hundreds of words would leave nothing to a feature that stands for itself
    return Shift((*_adjusted(plain), *_adjusted(fine)), tuple(small), missing, rows)


def _has(reference: Profile, name: str) -> bool:
    """Whether a reference has such a feature, field, or word of one."""
    known = (*reference.fields, *reference.numbers, *reference.values, *(f"{text}.words" for text in reference.words))
    return any(_is_wanted(each, (name,)) for each in known) or any(
        name.startswith(f"{text}.words.") for text in reference.words
    )


def _is_wanted(feature: str, features: Collection[str] | None) -> bool:
    return features is None or any(feature == name or feature.startswith(f"{name}.") for name in features)


def _lost(reference: Profile, now: Profile) -> dict[str, str]:
    """The features of fields that had values and have none any more, each with its field."""
    found: dict[str, str] = {}
    before: dict[str, Numbers | Values] = {**reference.numbers, **reference.values}
    after: dict[str, Numbers | Values] = {**now.numbers, **now.values}
    for field, kind in reference.fields.items():
        names = [name for name in before if name.startswith(f"{field}.")] if kind == TEXT else [field]
        had = any(name in before and before[name].rows for name in names)
        if had and not any(name in after and after[name].rows for name in names):
            found.update(dict.fromkeys(names, field))
    return found


def _adjusted(moves: list[Move]) -> list[Move]:
    values = holm([move.p for move in moves])
    return [
        Move(move.feature, move.measure, move.effect, min(1.0, 2 * p), move.says, move.label)
        for move, p in zip(moves, values, strict=True)
    ]


def _feature(name: str, reference: Profile, now: Profile, lost: str | None, seed: int) -> Iterator[Move]:
    """The measures of a feature, those of a field that was lost under the field's own name."""
    strays = now.strays.get(name, 0)
    told = lost or name
    if name in reference.numbers:
        old = reference.numbers[name]
        new = now.numbers.get(name) or _none_of(old, now)
        if name in now.values or (old.edges, old.coarse) != (new.edges, new.coarse):
            raise NotComparable(f"`{name}` was not counted over the reference's bins.")
        if min(old.rows + old.nulls, new.rows + new.nulls) < FEWEST:
            return
        says = of_lost(lost, old, now.rows, _strays(lost, now)) if lost else of_numbers(name, old, new, strays)
        yield _move(told, "psi", psi(_coarse(old), _coarse(new), seed), says)
        if min(old.rows, new.rows) >= FEWEST:
            yield _move(told, "ks", ks(np.array(old.counts), np.array(new.counts)), says)
        return
    before, after = reference.values[name], now.values.get(name) or Values({}, 0, now.rows)
    if name in now.numbers:
        raise NotComparable(f"`{name}` was not counted by the reference's values.")
    if min(before.rows + before.nulls, after.rows + after.nulls) >= FEWEST:
        says = of_lost(lost, before, now.rows, _strays(lost, now)) if lost else of_values(name, before, after)
        yield _move(told, "js", js(*_lined_up(before, after), seed=seed), says)


def _none_of(held: Numbers, now: Profile) -> Numbers:
    """The same feature, where no row has it."""
    return Numbers(held.edges, held.coarse, (0,) * len(held.counts), now.rows, 0.0, 0.0, ())


def _strays(field: str, now: Profile) -> int | None:
    return now.strays.get(field, 0) if field in now.fields else None


def _move(name: str, measure: str, found: Apart, says: str, label: str | None = None) -> Move:
    return Move(name, measure, found.effect, found.p, says, label)


def _coarse(held: Numbers) -> Counts:
    """Counts of the reference's tenths, and of nulls."""
    starts = np.searchsorted(np.array(held.edges), np.array(held.coarse)) + 1
    parts = np.split(np.array(held.counts, dtype=np.int64), starts)
    return np.array([*(part.sum() for part in parts), held.nulls])


def _lined_up(old: Values, new: Values) -> tuple[Counts, Counts]:
    """Counts of each value that either has, of all others, and of nulls.

    A value that only one has is a bin like any other, rare ones to be pooled: all that the reference happens not to
    have, counted together, would always look like news.
    """
    names = [
        name
        for name in {**old.counts, **new.counts}
        if all(name in held.counts or not held.others for held in (old, new))
    ]
    return _counted(names, old), _counted(names, new)


def _counted(names: list[str], held: Values) -> Counts:
    known = [held.counts.get(name, 0) for name in names]
    return np.array([*known, held.rows - sum(known), held.nulls])


def _words(old: dict[str, Words], new: dict[str, Words], label: str | None = None) -> Iterator[Move]:
    for field, before in old.items():
        after = new.get(field)
        if after is None or min(before.rows, after.rows) < (FEWEST_WITHIN if label else FEWEST):
            continue
        for word in {**before.counts, **after.counts}:
            pair = _pair(word, before, after)
            if pair is not None:
                yield _word(field, word, pair, (before.rows, after.rows), label)


def _pair(word: str, before: Words, after: Words) -> tuple[int, int] | None:
    """In how many texts a word stands on both sides. Where one does not tell it, as near as it may be to the other."""
    old, new = before.counts.get(word), after.counts.get(word)
    if old is None and new is not None:
        old = min(before.least, round(new / after.rows * before.rows))
    if new is None and old is not None:
        new = min(after.least, round(old / before.rows * after.rows))
    return None if old is None or new is None else (old, new)


def _word(field: str, word: str, counts: tuple[int, int], rows: tuple[int, int], label: str | None) -> Move:
    share = sum(counts) / sum(rows)
    apart = abs(counts[1] / rows[1] - counts[0] / rows[0])
    spread = math.sqrt(share * (1 - share) * (1 / rows[0] + 1 / rows[1]))
    told = min(share, 1 - share) * min(rows) >= _EXPECTED
    p = 2 * normal_above(apart / spread) if told and spread else 1.0
    # chance alone puts two shares √(2/π) of their spread apart
    effect = max(0.0, apart - math.sqrt(2 / math.pi) * spread)
    return Move(f"{field}.words.{word}", "words", effect, p, of_word(field, word, counts, rows, label), label)


def _within(
    label: str, reference: Profile, old: Within, new: Within, lost: dict[str, str], features: Collection[str] | None,
    seed: int,
) -> Iterator[Move]:  # fmt: skip
    for name, bins in old.counts.items():
        there = new.counts.get(name, (*(0 for _ in bins[1:]), new.rows) if name in lost else ())
        if len(there) == len(bins) and _is_wanted(name, features):
            found = js(np.array(bins), np.array(there), seed)
            yield _move(lost.get(name, name), "js", found, of_bins(name, label, reference, bins, there), label)
    words = {name: held for name, held in old.words.items() if name not in lost.values()}
    yield from (move for move in _words(words, new.words, label) if _is_wanted(move.feature, features))
