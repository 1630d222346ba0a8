"""A credential is blotted out however the stream that carries it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.worker.blot import BLOT, Blot

TOKEN = "tok-3f9a-Zq"


def passed(blot: Blot, pieces: list[bytes]) -> bytes:
    return b"".join(blot.pass_on(piece) for piece in pieces) + blot.rest()


@given(
    st.lists(st.sampled_from([TOKEN, "tok-", "tok", "t", "3f9a", "Zq", "\n", "plain words", "ß"]), max_size=12),
    st.data(),
)
def test_what_comes_out_is_the_whole_text_with_the_token_replaced(words: list[str], data: st.DataObject) -> None:
    text = "".join(words).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert passed(Blot([TOKEN]), pieces) == text.replace(TOKEN.encode(), BLOT)


def test_a_token_cut_in_two_is_caught_and_a_filter_that_looks_at_pieces_alone_would_not() -> None:
    pieces = [b"key=tok-3f", b"9a-Zq;"]
    assert passed(Blot([TOKEN]), pieces) == b"key=[credential];"
    assert b"".join(piece.replace(TOKEN.encode(), BLOT) for piece in pieces) == b"key=tok-3f9a-Zq;"


def test_each_line_of_a_credential_of_several_lines_is_blotted() -> None:
    assert (
        passed(Blot(["first-line\nsecond-line"]), [b"a first-line b second-line"]) == b"a [credential] b [credential]"
    )


def test_the_longer_of_two_credentials_that_begin_alike_wins() -> None:
    assert passed(Blot(["secret", "secret-longer"]), [b"secret-longer secret"]) == b"[credential] [credential]"


def test_without_credentials_everything_passes_at_once() -> None:
    assert Blot().pass_on(b"anything") == b"anything"
    assert Blot([""]).text("anything") == "anything"


def test_what_might_be_a_beginning_is_held_back_and_given_in_the_end() -> None:
    blot = Blot([TOKEN])
    assert blot.pass_on(b"say tok-") == b"say "
    assert blot.rest() == b"tok-"
