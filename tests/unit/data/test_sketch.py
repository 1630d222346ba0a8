"""Sketches tell how much two texts have in common."""

import random

import numpy as np

from sentinel.data.sketch import bands, likeness, plain, sketches


def pieces(text: str) -> set[bytes]:
    held = text.encode()
    return {held[place : place + 5] for place in range(len(held) - 4)}


def test_likeness_is_the_share_of_pieces_in_common() -> None:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(2000)]
    ones = [" ".join(chance.choices(words, k=50)) for _ in range(600)]
    others, true = [], []
    for number, text in enumerate(ones):
        held = text.split()
        for place in chance.sample(range(50), number % 30):
            held[place] = chance.choice(words)
        others.append(" ".join(held))
        true.append(len(pieces(text) & pieces(others[-1])) / len(pieces(text) | pieces(others[-1])))
    told = likeness(sketches(ones), sketches(others))
    assert abs(float(np.mean(told - np.array(true)))) < 0.01
    assert float(np.std(told - np.array(true))) < 0.07
    shared = (bands(sketches(ones)) == bands(sketches(others))).any(axis=1)
    assert shared[np.array(true) > 0.85].all()


def test_a_sketch_is_the_same_whatever_is_sketched_beside_it() -> None:
    texts = ["a", "ab", "longer than a piece", "ünï cödé", "x" * 5000]
    together = sketches(texts)
    assert all((sketches([text])[0] == held).all() for text, held in zip(texts, together, strict=True))


def test_a_sketch_is_the_same_on_every_machine_for_ever() -> None:
    assert sketches(["where is my order"])[0][:4].tolist() == [4939, 20928, 8515, 57028]


def test_what_copies_differ_in_by_accident_says_nothing() -> None:
    assert plain("  Where is MY\torder?! ") == plain("where is my order") == "where is my order"
    assert plain("ﬁne — e\u0301") == "fine é"
    assert plain("🙂 !!") == ""
