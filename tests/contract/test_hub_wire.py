"""What only the real way to a hub has to withstand: bad answers, no answers, lost ones, and others' commits between."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.hub import Change, Later, RealHub, differences
from sentinel.outside.hub.world import World
from tests.hub.known import OURS, known
from tests.hub.server import LoopbackHub
from tests.hub.trouble import Trouble

pytest.importorskip("huggingface_hub")
from huggingface_hub import lfs

KEY = "a" * 64
PATIENCE = 0.4


@pytest.fixture
def loopback() -> Iterator[LoopbackHub]:
    hub = LoopbackHub(known())
    yield hub
    hub.close()


def way(loopback: LoopbackHub, **more: Any) -> RealHub:
    return RealHub(OURS, loopback.url, **{"patience": PATIENCE, "pauses": (), **more})


def publishing(files: dict[str, Path | bytes] | None = None, key: str = KEY) -> Change:
    return Change("acme/router", files or {"README.md": b"# x", "model.safetensors": b"w" * 1000}, "Publish", key,
                  create=True)  # fmt: skip


def asking() -> Change:
    return Change("other/model", {".eval_results/t.yaml": b"- 1"}, "Add scores", KEY, request=True)


def effects(world: World, what: str) -> list[tuple[str, ...]]:
    return [each for each in world.effects if each[0] == what]


def said(error: Refused | Later) -> str:
    """The whole sentence, which names what, where and what to do, and no token."""
    refusal = error.refusal
    assert refusal.what and refusal.where and refusal.todo
    assert OURS not in str(refusal) and "\x1b" not in str(refusal) and len(str(refusal)) < 900
    return str(refusal)


NEEDS_SOMEBODY = [
    (Trouble("status", 400, says="`license` is not known"), "E-hub-content: .* It says: `license` is not known"),
    (Trouble("status", 401), "E-hub-token: the hub does not take the token"),
    (Trouble("status", 402, says="over quota"), r"E-hub-no: the hub refuses \(HTTP 402\). It says: over quota"),
    (Trouble("status", 403, says=f"{OURS} may not"), "E-hub-forbidden: the token may not do this. It says: … may not"),
    (Trouble("status", 404, code="RepoNotFound"), "E-hub-unknown: the hub has no such repository"),
    (Trouble("status", 409, says="a file \x1b[31mis in the way"), "E-hub-conflict: .* a file is in the way"),
    (Trouble("status", 413), "E-hub-large: the hub does not take so much at once"),
    (Trouble("status", 422, says="x" * 9999), "E-hub-content: the hub does not take the content. It says: x{300}…"),
    (Trouble("elsewhere"), "E-hub-elsewhere: the hub sends us to 198.51.100.7"),
]
MAY_PASS = [
    (Trouble("status", 408), "E-hub-busy"), (Trouble("status", 429), "E-hub-busy: the hub asks us to wait"),
    (Trouble("status", 409, says="another conflicting operation is in progress"), "E-hub-busy"),
    (Trouble("status", 500), r"E-hub-sick: the hub failed \(HTTP 500\)"), (Trouble("status", 503), "E-hub-sick"),
    (Trouble("close"), "E-hub-cut: the hub broke off"), (Trouble("hang"), "E-hub-late: the hub did not answer in time"),
    (Trouble("drop"), "E-hub-cut"), (Trouble("half"), "E-hub-cut"), (Trouble("text"), "E-hub-answer"),
    (Trouble("shape"), "E-hub-answer: the hub's answer is none that we know"),
    (Trouble("packed"), "E-hub-answer: .*packed"), (Trouble("huge"), "E-hub-answer: .*does not end"),
]  # fmt: skip
UNREAD = {("verify", "text"), ("verify", "shape"), ("put", "text"), ("put", "shape"), ("validate", "shape")}
"""Answers whose body the client does not read, or reads nothing into."""
KINDS = ["info", "create", "commits", "validate", "preupload", "batch", "put", "verify", "commit"]


@pytest.mark.parametrize(("trouble", "says"), NEEDS_SOMEBODY)
@pytest.mark.parametrize("kind", KINDS)
def test_a_no_that_needs_somebody_is_told_and_nothing_is_half_done(
    loopback: LoopbackHub, kind: str, trouble: Trouble, says: str
) -> None:
    if (kind, trouble.status) in {("info", 404), ("create", 409)}:
        pytest.skip("so looks a repository that is not there, and one that is")
    loopback.troubles.plan(kind, trouble)
    with pytest.raises(Refused) as told:
        way(loopback).commit(publishing())
    assert re.search(says, said(told.value))
    assert effects(loopback.world, "commit") == []
    assert not way(loopback).commit(publishing()).was_there
    assert len(effects(loopback.world, "commit")) == len(effects(loopback.world, "create")) == 1


@pytest.mark.parametrize(("trouble", "says"), MAY_PASS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_trouble_that_may_pass_is_told_apart_and_the_next_attempt_does_it_once(
    loopback: LoopbackHub, kind: str, trouble: Trouble, says: str
) -> None:
    if (kind, trouble.how) in UNREAD:
        pytest.skip("nobody reads that body")
    loopback.troubles.plan(kind, trouble)
    began = time.monotonic()
    with pytest.raises(Later) as told:
        way(loopback).commit(publishing())
    assert time.monotonic() - began < 5
    assert re.search(says, said(told.value))
    applied = len(effects(loopback.world, "commit"))
    assert way(loopback).commit(publishing()).was_there == (applied == 1)
    assert len(effects(loopback.world, "commit")) == len(effects(loopback.world, "create")) == 1


@pytest.mark.parametrize(("trouble", "says"), [*NEEDS_SOMEBODY, *MAY_PASS])
@pytest.mark.parametrize("kind", ["whoami", "discussions", "discussion", "tree", "resolve", "info", "leaderboard"])
def test_a_question_that_gets_into_trouble_is_told_in_the_same_words(
    loopback: LoopbackHub, kind: str, trouble: Trouble, says: str
) -> None:
    hub = way(loopback)
    hub.commit(asking())
    ask: dict[str, Callable[[], Any]] = {
        "whoami": hub.who, "discussions": lambda: hub.done("other/model", KEY, True),
        "discussion": lambda: hub.done("other/model", KEY, True), "tree": lambda: hub.files("other/model", "main"),
        "resolve": lambda: hub.read("other/model", "main", "README.md", 1000),
        "info": lambda: hub.results("other/model"), "leaderboard": lambda: hub.ranks("bench/tickets", False),
    }  # fmt: skip
    if kind == "resolve" and trouble.how in ("text", "shape", "huge"):
        pytest.skip("a file may hold anything, and its size is what bounds it")
    if kind.startswith("discussion") and trouble.status == 404:
        pytest.skip("what is not there carries nothing")
    if (kind, trouble.how) == ("info", "shape"):
        pytest.skip("a model without scores looks so")
    loopback.troubles.plan(kind, trouble)
    with pytest.raises((Refused, Later)) as told:
        ask[kind]()
    assert isinstance(told.value, Later) == ((trouble, says) in MAY_PASS)
    assert re.search(says, said(told.value))


def test_a_download_from_a_hub_that_is_silent_ends(loopback: LoopbackHub, tmp_path: Path) -> None:
    loopback.troubles.plan("revision", Trouble("hang"))
    began = time.monotonic()
    with pytest.raises(Refused, match="E-hub-offline"):
        way(loopback).fetch("other/model", "main", tmp_path / "m")
    assert time.monotonic() - began < 5


def test_what_the_hub_asks_us_to_wait_is_passed_on_within_a_day(loopback: LoopbackHub) -> None:
    for told, seconds in (("120", 120.0), ("99999999", 86_400.0), ("soon", None), ("", None)):
        loopback.troubles.plan("info", Trouble("status", 429, after=told))
        with pytest.raises(Later) as later:
            way(loopback).results("other/model")
        assert later.value.retry_after == seconds


def test_a_hub_that_is_not_there_or_may_not_be_asked_is_told_at_once(
    loopback: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Later, match="the hub cannot be reached") as told:
        RealHub(OURS, f"http://127.0.0.1:{port}").commit(publishing())
    said(told.value)
    with pytest.raises(Refused, match="E-hub-address: the hub's address is not https"):
        RealHub(OURS, "http://hub.example").who()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Refused, match="HF_HUB_OFFLINE forbids"):
        way(loopback).who()
    assert loopback.asked == []


def test_an_upload_that_broke_off_goes_on_where_it_was(loopback: LoopbackHub, tmp_path: Path) -> None:
    files: dict[str, Path | bytes] = {}
    for number in range(6):
        path = tmp_path / f"{number}.safetensors"
        path.write_bytes(bytes([number]) * 2**20)
        files[f"model-{number}.safetensors"] = path
    loopback.troubles.plan("put", None, None, None, None, None, Trouble("close"))
    with pytest.raises(Later, match="broke off"):
        way(loopback).commit(publishing(files))
    assert loopback.count("put") == 6 and len(loopback.world.large) == 5
    receipt = way(loopback).commit(publishing(files))
    assert loopback.count("put") == 7, "only what was not there is sent"
    assert not receipt.was_there and len(effects(loopback.world, "commit")) == 1


def test_a_very_large_file_goes_in_parts(loopback: LoopbackHub, tmp_path: Path) -> None:
    loopback.part = 2**20
    (tmp_path / "w").write_bytes(bytes(range(250)) * 10_000)
    loopback.troubles.plan("put", None, Trouble("status", 503))
    with pytest.raises(Later, match="the hub failed"):
        way(loopback).commit(publishing({"model.safetensors": tmp_path / "w"}))
    receipt = way(loopback).commit(publishing({"model.safetensors": tmp_path / "w"}))
    there = way(loopback).files("acme/router", receipt.commit)
    assert differences({"model.safetensors": tmp_path / "w"}, there) == [] and loopback.count("put") == 5
    assert {each.token for each in loopback.asked if each.kind == "put"} == {None}


def test_an_upload_is_tried_again_within_the_attempt(loopback: LoopbackHub) -> None:
    loopback.troubles.plan("put", Trouble("status", 500), Trouble("close"))
    assert not way(loopback, pauses=(0.01, 0.01)).commit(publishing()).was_there
    loopback.troubles.plan("preupload", Trouble("status", 429, after="60"))
    with pytest.raises(Later) as told:
        way(loopback, pauses=(0.01, 0.01)).commit(publishing({"a": b"1"}, "b" * 64))
    assert told.value.retry_after == 60


def test_where_somebody_commits_between_our_look_and_our_commit_we_look_again(
    loopback: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = loopback.world
    read: list[Any] = []
    hashing = lfs.sha_fileobj
    monkeypatch.setattr(lfs, "sha_fileobj", lambda file: read.append(file) or hashing(file))
    weights = tmp_path / "w"
    weights.write_bytes(b"w" * 1000)
    world.put("acme/router", {".gitattributes": b""}, private=True)
    between = iter(range(100))

    def meddle(said: str) -> None:
        if said.startswith("commits") and (number := next(between)) < most:
            world.put("acme/router", {"theirs.txt": b"%d" % number}, revision="main")

    most = 2
    way(loopback).commit(publishing({"model.safetensors": weights, "README.md": b"# x"}), meddle)
    assert len(read) == 1, "gigabytes are read for their digest once"
    held = world.at(world.repos["models", "acme/router"], "main").files
    assert held["theirs.txt"].data == b"1" and "README.md" in held
    assert loopback.count("put") == 1
    most = 100
    with pytest.raises(Later, match="others change the repository all the time"):
        way(loopback).commit(publishing({"README.md": b"# y"}, "b" * 64), meddle)
    assert len(effects(world, "commit")) == 1


def test_a_commit_that_was_on_the_way_when_its_attempt_died_is_not_made_beside_the_next(loopback: LoopbackHub) -> None:
    loopback.world.put("acme/router", {".gitattributes": b""}, private=True)
    loopback.troubles.plan("commit", Trouble("late", seconds=PATIENCE * 2))
    with pytest.raises(Later, match="did not answer in time"):
        way(loopback).commit(publishing())
    receipt = way(loopback).commit(publishing())
    assert not receipt.was_there
    time.sleep(PATIENCE * 2.5)
    assert effects(loopback.world, "commit") == [("commit", "acme/router", receipt.commit)]
    assert way(loopback).commit(publishing()).commit == receipt.commit


def test_a_commit_that_lands_between_our_look_and_our_commit_is_the_one(loopback: LoopbackHub) -> None:
    loopback.world.put("acme/router", {".gitattributes": b""}, private=True)
    loopback.troubles.plan("commit", Trouble("late", seconds=PATIENCE * 2))
    with pytest.raises(Later):
        way(loopback).commit(publishing())
    receipt = way(loopback).commit(publishing(), lambda said: time.sleep(PATIENCE * 2) if "commits" in said else None)
    assert receipt.was_there and len(effects(loopback.world, "commit")) == 1


def test_a_request_that_lands_between_our_look_and_ours_stays_and_ours_is_closed(loopback: LoopbackHub) -> None:
    loopback.troubles.plan("commit", Trouble("late", seconds=PATIENCE * 2))
    with pytest.raises(Later):
        way(loopback).commit(asking())
    receipt = way(loopback).commit(asking(), lambda said: time.sleep(PATIENCE * 2) if "commits" in said else None)
    first, second = loopback.world.repos["models", "other/model"].requests
    assert (receipt.request, receipt.was_there, first.state, second.state) == (1, True, "open", "closed")
    assert second.comments == ["The same as #1, sent twice by accident."]


def test_a_request_that_lands_after_ours_is_closed_when_it_is_asked_for_again(loopback: LoopbackHub) -> None:
    loopback.troubles.plan("commit", Trouble("late", seconds=PATIENCE * 2))
    with pytest.raises(Later):
        way(loopback).commit(asking())
    receipt = way(loopback).commit(asking())
    time.sleep(PATIENCE * 2.5)
    assert [each.state for each in loopback.world.repos["models", "other/model"].requests] == ["open", "open"]
    assert way(loopback).commit(asking()) == replace(receipt, was_there=True)
    assert [each.state for each in loopback.world.repos["models", "other/model"].requests] == ["open", "closed"]


def test_a_list_that_never_ends_is_left(loopback: LoopbackHub) -> None:
    loopback.troubles.plan("commits", *[Trouble("round")] * 2000)
    with pytest.raises(Later, match="on and on"):
        way(loopback).done("other/model", KEY, False)


def test_a_history_that_does_not_begin_at_the_head_is_not_believed(loopback: LoopbackHub) -> None:
    way(loopback).commit(publishing())
    loopback.troubles.plan("commits", Trouble("instead", says="[]"))
    with pytest.raises(Later, match="does not begin where it says"):
        way(loopback).commit(publishing())


def test_the_token_goes_to_nobody_but_the_hub(loopback: LoopbackHub) -> None:
    loopback.verify_url = loopback.files_url
    with pytest.raises(Refused, match="E-hub-elsewhere: the hub sends us to localhost"):
        way(loopback).commit(publishing())
    sent = [each for each in loopback.asked if each.kind == "put"]
    assert sent and all(each.token is None for each in sent)


def test_a_file_that_is_too_large_for_the_hub_is_told_with_its_words(loopback: LoopbackHub) -> None:
    loopback.world.largest = 500
    with pytest.raises(Refused, match=r"E-hub-content: .*too large") as told:
        way(loopback).commit(publishing())
    said(told.value)


def test_nothing_goes_over_xet_and_nobodys_login_is_used(
    loopback: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "somebody-elses")
    assert way(loopback).results("other/model") == []
    assert RealHub(None, loopback.url).files("other/model", "main")
    way(loopback).commit(publishing())
    assert {each.token for each in loopback.asked} == {OURS, None}
    assert loopback.count("put") == 1 and loopback.count("unknown") == 0
