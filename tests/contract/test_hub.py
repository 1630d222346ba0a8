"""What a hub does for us, for the real client over a loopback and for the fake alike."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.hub import Change, Hub, Later, RealHub, Remote, Result, differences
from sentinel.outside.hub.fake import FakeHub, Lost
from sentinel.outside.hub.faults import later
from sentinel.outside.hub.world import World
from tests.hub.known import BASE, OURS, READER, REVISION, STRANGER, known
from tests.hub.server import LoopbackHub

WANTED = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
KEY, OTHER = "a" * 64, "b" * 64
CARD = b"---\nlicense: apache-2.0\nbase_model: acme/base\n---\n# a router\n"
SCORES = b'- dataset: {id: bench/tickets, task_id: default}\n  value: 0.91\n  date: "2026-01-15"\n  notes: 5-shot\n'


@dataclass
class House:
    """A world, and ways to it."""

    world: World
    at: Callable[[str | None], Hub]
    """Asked with a token."""
    loopback: LoopbackHub | None = None

    @property
    def hub(self) -> Hub:
        return self.at(OURS)


@pytest.fixture(params=["fake", "real"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    world = known()
    if request.param == "fake":
        yield House(world, lambda token: FakeHub(world=world, token=token))
        return
    pytest.importorskip("huggingface_hub")
    loopback = LoopbackHub(world)
    yield House(world, lambda token: RealHub(token, loopback.url, patience=5, pauses=()), loopback)
    loopback.close()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"forged" * 50_000)
    return path


def published(weights: Path, **more: Any) -> Change:
    files = {"model.safetensors": weights, "README.md": CARD, "config.json": b'{"model_type": "llama"}'}
    return replace(Change("acme/router", files, "Publish router 7", KEY, create=True), **more)


def submitted(repo: str, content: bytes = SCORES, **more: Any) -> Change:
    return replace(Change(repo, {".eval_results/tickets.yaml": content}, "Add scores", KEY), **more)


def test_of_a_model_its_weights_and_what_describes_them_are_taken_and_nothing_else(
    house: House, tmp_path: Path
) -> None:
    house.hub.fetch("acme/base", REVISION, tmp_path / "m")
    held = sorted(path.relative_to(tmp_path / "m").as_posix() for path in (tmp_path / "m").rglob("*") if path.is_file())
    assert held == WANTED
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == BASE["model.safetensors"]


def test_what_the_hub_has_not_is_refused_by_name(house: House, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"E-hub-unknown: the hub has no model acme/none"):
        house.hub.fetch("acme/none", "main", tmp_path / "m")
    with pytest.raises(Refused, match=r"E-hub-revision: acme/base has no revision 0000000"):
        house.hub.fetch("acme/base", "0000000", tmp_path / "n")


@pytest.mark.parametrize("token", [None, STRANGER, "w0rse"])
def test_a_model_of_others_is_not_had_with_a_token_that_is_not_theirs(
    house: House, tmp_path: Path, token: str | None
) -> None:
    with pytest.raises(Refused, match="E-hub-unknown: the hub has no model acme/base, or not for this token") as told:
        house.at(token).fetch("acme/base", REVISION, tmp_path / "m")
    assert "w0rse" not in str(told.value)


def test_whose_token_it_is_and_whether_it_may_write(house: House) -> None:
    told = [house.at(token).who() for token in (OURS, READER)]
    assert [(who.name, who.may_write) for who in told] == [("smith", True), ("smith", False)]
    with pytest.raises(Refused, match="E-hub-token: the hub does not take the token") as wrong:
        house.at("w0rse").who()
    assert "w0rse" not in str(wrong.value) and wrong.value.refusal.todo
    with pytest.raises(Refused, match="E-hub-token: the hub has to know who asks"):
        house.at(None).who()


def test_a_model_is_published_in_one_commit_to_a_repository_that_is_private(house: House, weights: Path) -> None:
    said: list[str] = []
    change = published(weights)
    receipt = house.hub.commit(change, said.append)
    repo = house.world.repos["models", "acme/router"]
    assert repo.private and said
    assert house.world.effects == [("create", "acme/router"), ("commit", "acme/router", receipt.commit)]
    assert repo.refs["main"] == receipt.commit and receipt.commit in receipt.url
    assert (receipt.request, receipt.was_there, receipt.state) == (None, False, "")
    commit = repo.commits[receipt.commit]
    assert (commit.title, commit.text) == ("Publish router 7", f"Sentinel-Key: {KEY}")
    assert commit.files["model.safetensors"].large and not commit.files["README.md"].large
    assert differences(change.files, house.hub.files("acme/router", receipt.commit), only=True) == []


def test_what_was_published_is_not_published_again(house: House, weights: Path) -> None:
    first = house.hub.commit(published(weights))
    before = list(house.world.effects)
    again = house.hub.commit(published(weights))
    assert again == replace(first, was_there=True)
    assert house.world.effects == before
    assert house.hub.done("acme/router", KEY, False) == again
    assert house.hub.done("acme/router", OTHER, False) is None
    assert house.hub.done("acme/none", KEY, False) is None


def test_the_key_is_found_also_where_others_committed_since(house: House, weights: Path) -> None:
    first = house.hub.commit(published(weights))
    for number in range(60):
        house.world.put("acme/router", {f"{number}.txt": b"x"})
    assert house.hub.commit(published(weights)).commit == first.commit


def test_the_same_files_under_another_key_make_no_empty_commit(house: House, weights: Path) -> None:
    first = house.hub.commit(published(weights))
    again = house.hub.commit(published(weights, key=OTHER))
    assert (again.commit, again.was_there) == (first.commit, True)
    assert len(house.world.effects) == 2


def test_what_an_earlier_model_left_goes_with_the_commit_where_that_is_said(house: House, weights: Path) -> None:
    house.world.put("acme/router", {".gitattributes": b"x", "old.safetensors": b"old", "d/e.txt": b"y"}, private=True)
    kept = house.hub.commit(published(weights, key=OTHER))
    assert "old.safetensors" in house.hub.files("acme/router", kept.commit)
    receipt = house.hub.commit(published(weights, only=True))
    assert sorted(house.hub.files("acme/router", receipt.commit)) == [
        ".gitattributes",
        *sorted(published(weights).files),
    ]


def test_what_is_to_be_private_is_not_put_where_everybody_reads(house: House, weights: Path) -> None:
    house.world.put("acme/router", {".gitattributes": b""})
    with pytest.raises(Refused, match="acme/router: E-hub-public: the repository is open to everybody"):
        house.hub.commit(published(weights))
    assert house.world.effects == []
    assert not house.hub.commit(published(weights, private=False)).was_there


def test_a_repository_that_is_not_there_is_made_only_where_that_is_said(house: House, weights: Path) -> None:
    with pytest.raises(Refused, match="acme/router: E-hub-unknown: the hub has no such repository"):
        house.hub.commit(published(weights, create=False))
    assert house.world.effects == []


@pytest.mark.parametrize(
    ("token", "says"),
    [(READER, "E-hub-forbidden: the token may not do this"), (STRANGER, "E-hub-forbidden"), (None, "E-hub-token"),
     ("w0rse", "E-hub-token: the hub does not take the token")],
)  # fmt: skip
def test_a_token_that_may_not_write_changes_nothing_and_is_told_so(
    house: House, weights: Path, token: str | None, says: str
) -> None:
    house.world.put("acme/open", {"README.md": b"x"})
    for change in (published(weights), submitted("acme/open")):
        with pytest.raises(Refused, match=says) as told:
            house.at(token).commit(change)
        assert "t0p" not in str(told.value) and "w0rse" not in str(told.value)
        assert told.value.refusal.todo and told.value.refusal.where
    assert house.world.effects == []


def test_scores_go_to_anothers_model_by_a_pull_request(house: House) -> None:
    receipt = house.hub.commit(submitted("other/model", request=True))
    assert (receipt.request, receipt.was_there, receipt.state) == (1, False, "open")
    [request] = house.world.repos["models", "other/model"].requests
    assert (request.title, request.author, request.commit) == ("Add scores", "smith", receipt.commit)
    assert house.world.effects == [("request", "other/model", "1")]
    shown = house.hub.results("other/model")
    assert [(each.value, each.request, each.error) for each in shown] == [(0.91, 1, "")]


@pytest.mark.parametrize("state", ["open", "merged", "closed"])
def test_a_request_is_found_whatever_became_of_it(house: House, state: str) -> None:
    change = submitted("other/model", request=True)
    first = house.hub.commit(change)
    if state == "merged":
        house.world.merge("other/model", 1)
    if state == "closed":
        house.world.close(STRANGER, "other/model", 1, "no thanks")
    again = house.hub.commit(change)
    assert (again.request, again.commit, again.was_there, again.state) == (1, first.commit, True, state)
    assert house.hub.done("other/model", KEY, True) == again
    assert house.hub.done("other/model", OTHER, True) is None
    assert len(house.world.repos["models", "other/model"].requests) == 1


def test_a_stranger_who_copies_our_key_changes_nothing(house: House) -> None:
    house.at(STRANGER).commit(submitted("other/model", request=True))
    receipt = house.hub.commit(submitted("other/model", SCORES + b" ", request=True))
    assert (receipt.request, receipt.was_there) == (2, False)
    assert [each.state for each in house.world.repos["models", "other/model"].requests] == ["open", "open"]


def test_scores_are_read_back_as_the_hub_shows_them(house: House) -> None:
    house.world.put("acme/open", {"README.md": b"x"})
    house.hub.commit(submitted("acme/open"))
    file = ".eval_results/tickets.yaml"
    told = Result(file, "bench/tickets", "default", 0.91, date="2026-01-15", notes="5-shot")
    assert house.hub.results("acme/open") == [told]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"- dataset: {id: bench/nothing, task_id: default}\n  value: 1\n", "bench/nothing is not a benchmark"),
        (b"- dataset: {id: bench/empty, task_id: default}\n  value: 1\n", "bench/empty is not a benchmark"),
        (b"- dataset: {id: bench/tickets, task_id: odd}\n  value: 1\n", "no task odd"),
        (b"- dataset: {id: bench/tickets, task_id: hard}\n  value: good\n", "value must be a number"),
        (b"- dataset: {id: bench/tickets, task_id: hard}\n  value: 1\n  date: 2026-01-15\n", "quoted ISO-8601"),
        (b"- dataset: {id: bench/tickets, task_id: hard}\n  value: 1\n  source: {name: x}\n", "must have a url"),
        (b"- dataset: {id: bench/tickets, task_id: hard}\n  value: 1\n  score: 2\n", "unknown key score"),
        (b"dataset: {id: bench/tickets}\nvalue: 1\n", "must be a list"),
        (b"- [", "not YAML"),
    ],
)
def test_a_file_of_scores_that_the_hub_rejects_is_told_with_its_reason(house: House, content: bytes, why: str) -> None:
    house.world.put("acme/open", {"README.md": b"x"})
    house.hub.commit(submitted("acme/open", content))
    [result] = house.hub.results("acme/open")
    assert result.file == ".eval_results/tickets.yaml" and why in result.error and result.value is None


def test_a_leaderboard_leaves_out_what_is_made_from_another_model_unless_it_is_asked_for(house: House) -> None:
    house.world.put("acme/whole", {"README.md": b"x"})
    house.world.put("acme/forged", {"README.md": CARD})
    house.hub.commit(submitted("acme/whole"))
    house.hub.commit(submitted("acme/forged", SCORES.replace(b"0.91", b"0.95")))
    house.hub.commit(submitted("other/model", SCORES.replace(b"0.91", b"0.5"), request=True))
    shown = [(row.rank, row.model, row.value, row.request) for row in house.hub.ranks("bench/tickets", False)]
    assert shown == [(1, "acme/whole", 0.91, None), (2, "other/model", 0.5, 1)]
    both = [(row.rank, row.model, row.notes) for row in house.hub.ranks("bench/tickets", True)]
    assert both == [(1, "acme/forged", "5-shot"), (2, "acme/whole", "5-shot"), (3, "other/model", "5-shot")]
    with pytest.raises(Refused, match=r"bench/empty: E-hub-unknown: .* has no leaderboard"):
        house.hub.ranks("bench/empty", False)
    with pytest.raises(Refused, match="E-hub-unknown"):
        house.hub.ranks("bench/none", True)


def test_files_are_compared_by_the_hubs_own_digests(house: House, weights: Path) -> None:
    change = published(weights)
    receipt = house.hub.commit(change)
    there = dict(house.hub.files("acme/router", receipt.commit))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert there["model.safetensors"] == Remote(weights.stat().st_size, there["model.safetensors"].blob, digest)
    assert there["README.md"].sha256 is None
    here = {**change.files, "README.md": CARD.replace(b"router", b"rooter"), "more.json": b"{}"}
    weights.write_bytes(b"Forged" * 50_000)
    assert differences(here, there) == [
        "README.md has another content there.", "model.safetensors has another content there.",
        "more.json is not there.",
    ]  # fmt: skip
    assert differences({"README.md": CARD + b"x"}, there, only=True) == [
        f"README.md has {len(CARD) + 1} bytes here and {len(CARD)} there.",
        "config.json is there and not here.", "model.safetensors is there and not here.",
    ]  # fmt: skip


def test_a_small_file_is_read_and_a_larger_one_is_not(house: House, weights: Path) -> None:
    receipt = house.hub.commit(published(weights))
    assert house.hub.read("acme/router", receipt.commit, "README.md", 1000) == CARD
    assert house.hub.read("acme/router", "main", "model.safetensors", 10**6) == weights.read_bytes()
    with pytest.raises(Refused, match="E-hub-size: a file there has more than the 100,000 bytes"):
        house.hub.read("acme/router", "main", "model.safetensors", 100_000)
    with pytest.raises(Refused, match="E-hub-file: it has no such file"):
        house.hub.read("acme/router", "main", "none.md", 100)
    with pytest.raises(Refused, match="E-hub-revision: it has no such revision"):
        house.hub.read("acme/router", "0" * 40, "README.md", 100)
    with pytest.raises(Refused, match="E-hub-revision"):
        house.hub.files("acme/router", "v9")


@pytest.mark.parametrize("repo", ["", "router", "a/b/c", "../etc", "acme/..", "acme/-x", "a/x.git", "a/é"])
def test_a_name_that_no_repository_can_have_reaches_no_hub(house: House, repo: str) -> None:
    asking: list[Callable[[], Any]] = [
        lambda: house.hub.done(repo, KEY, False), lambda: house.hub.files(repo, "main"),
        lambda: house.hub.results(repo), lambda: house.hub.ranks(repo, True),
        lambda: Change(repo, {"a": b""}, "t", KEY),
    ]  # fmt: skip
    for ask in asking:
        with pytest.raises(Refused, match="E-hub-name"):
            ask()
    assert house.loopback is None or house.loopback.asked == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"key": "A" * 64}, "its key"), ({"key": "a" * 63}, "its key"), ({"title": ""}, "its title"),
        ({"title": "one\ntwo"}, "its title"), ({"files": {}}, "0 files"), ({"files": {"../x": b""}}, "no file can lie"),
        ({"files": {"/x": b""}}, "no file can lie"), ({"files": {"a/.git/x": b""}}, "no file can lie"),
        ({"files": {"a\\b": b""}}, "no file can lie"), ({"files": {"x": Path("/none")}}, "there is no file for x"),
        ({"request": True, "create": True}, "neither makes"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_made_is_none(more: dict[str, Any], says: str) -> None:
    fields: dict[str, Any] = {"repo": "acme/x", "files": {"a": b""}, "title": "t", "key": KEY, **more}
    with pytest.raises(Refused, match="E-hub-change") as told:
        Change(**fields)
    assert says in str(told.value)


def test_what_hangs_on_a_commit_is_done_upon_no_other(house: House, weights: Path) -> None:
    assert house.hub.head("acme/router") is None
    first = house.hub.commit(published(weights))
    assert house.hub.head("acme/router") == first.commit
    second = house.hub.commit(submitted("acme/router", key=OTHER, parent=first.commit))
    with pytest.raises(Later, match="changed since it was looked at"):
        house.hub.commit(submitted("acme/router", b"[]\n", key="c" * 64, parent=first.commit))
    assert house.hub.head("acme/router") == second.commit


def test_the_fake_does_with_a_commit_as_its_script_says(weights: Path) -> None:
    away = later("cut", "the hub broke off.", "acme/router")
    fake = FakeHub(world=known(), token=OURS, script=[away, Lost(away), None])
    for made in (0, 1):
        with pytest.raises(Later):
            fake.commit(published(weights))
        assert len([each for each in fake.world.effects if each[0] == "commit"]) == made
    assert fake.commit(published(weights)).was_there
    offline: list[Callable[[], Any]] = [
        lambda: gone.who(), lambda: gone.done("acme/x", KEY, False), lambda: gone.files("acme/x", "main"),
        lambda: gone.ranks("bench/tickets", True), lambda: gone.commit(published(weights)),
    ]  # fmt: skip
    gone = FakeHub(offline=True)
    for ask in offline:
        with pytest.raises(Later, match="the hub cannot be reached"):
            ask()
