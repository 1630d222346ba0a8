"""Publishing and submitting: what is prepared, what is refused, and what lies on the hub afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.kinds import Bundle, Model
from sentinel.domain.benchmark import Benchmark
from sentinel.domain.refusal import Refused
from sentinel.outside.hub import Change, Later
from sentinel.outside.hub.fake import FakeHub, Lost
from sentinel.outside.hub.faults import later
from tests.hub.known import OURS, known
from tests.unit.step.hub_world import TICKETS, Desk

REPO = "acme/router"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, FakeHub(world=known(), token=OURS))


def commits(desk: Desk, repo: str = REPO) -> list[str]:
    return [each[2] for each in desk.hub.world.effects if each[:2] == ("commit", repo)]


def text(desk: Desk, path: str, repo: str = REPO) -> str:
    return desk.hub.read(repo, "main", path, 10**6).decode()


# Publishing


def test_a_model_goes_out_whole_with_its_card_private_and_is_read_back(desk: Desk) -> None:
    model = desk.model()
    receipt = desk.send(desk.publish(model), model)
    assert set(desk.hub.files(REPO, "main")) - {".gitattributes"} == {
        "README.md", "card.json", "config.json", "model.safetensors", "sentinel.json", "training.json",
    }  # fmt: skip
    assert receipt["repo"] == REPO and not receipt["was_there"] and receipt["private"]
    assert desk.hub.world.repo(OURS, REPO).private
    assert json.loads(text(desk, "sentinel.json"))["model"] == model.digest
    assert text(desk, "README.md").startswith('---\nlibrary_name: "transformers"\nlicense: "apache-2.0"\n')


def test_the_next_version_takes_the_place_of_the_one_before_and_of_its_scores(desk: Desk) -> None:
    one, two = desk.model("one", **{"model-00001.safetensors": b"x"}), desk.model("two")
    desk.send(desk.publish(one), one)
    desk.send(desk.submit(desk.report(one, regression=91)))
    desk.send(desk.publish(two), two)
    there = set(desk.hub.files(REPO, "main"))
    assert not {name for name in there if name.startswith((".eval_results", "model-"))}
    assert json.loads(text(desk, "sentinel.json"))["model"] == two.digest


def test_a_repository_that_is_not_ours_to_replace_is_left_alone(desk: Desk) -> None:
    desk.hub.world.put(REPO, {"README.md": b"# mine", "notes.txt": b"do not lose this"}, private=True)
    model = desk.model()
    with pytest.raises(Refused, match=r"E-publish-taken: acme/router holds files that Sentinel did not put there"):
        desk.send(desk.publish(model), model)
    assert text(desk, "notes.txt") == "do not lose this"


def test_what_lies_there_is_held_against_what_was_sent(desk: Desk) -> None:
    class Torn(FakeHub):
        """The seeded fault: a hub that loses a file and says that all is well."""

        def commit(self, change: Change, tell: Any = lambda _: None) -> Any:
            less = {path: held for path, held in change.files.items() if path != "config.json"}
            return super().commit(Change(change.repo, less, change.title, change.key, create=True, only=True), tell)

    model = desk.model()
    with pytest.raises(Later, match=r"what lies there is not what was sent: config\.json is not there"):
        desk.send(desk.publish(model), model, Torn(world=desk.hub.world, token=OURS))


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"licence": None}, "E-publish-licence: the card declares no licence"),
        ({"model": "f" * 64}, "E-card-subject: the card is about ffffffffffff"),
    ],
)
def test_a_card_that_will_not_do(desk: Desk, card: dict[str, Any], code: str) -> None:
    model = desk.model()
    with pytest.raises(Refused, match=code):
        desk.publish(model, desk.card(model, **card))


def test_a_base_that_is_not_told_and_files_that_may_hold_code(desk: Desk) -> None:
    imported = desk.keep(Model, {"config.json": b"{}", "model.safetensors": b"w"})
    with pytest.raises(Refused, match="E-publish-base: the card does not say what the model was made from"):
        desk.publish(imported, desk.card(imported, base=None))
    odd = desk.model(**{"modeling.py": b"import os"})
    with pytest.raises(Refused, match=r"E-publish-file: modeling\.py is of a sort that is not published"):
        desk.publish(odd)


def test_a_bundle_is_held_to_its_manifest_and_its_model(desk: Desk) -> None:
    model, other = desk.model(), desk.model("other")
    from sentinel.model.bundle import seal

    folder = desk.root / "bundle"
    folder.mkdir()
    (folder / "model.gguf").write_bytes(b"GGUF")
    seal(folder, {"format": "gguf", "model": model.digest})
    bundle = desk.kept(Bundle.made(folder))
    desk.send(desk.publish(model, bundle=bundle, repo="acme/router-gguf"), bundle)
    assert {"model.gguf", "manifest.json"} <= set(desk.hub.files("acme/router-gguf", "main"))
    assert text(desk, "README.md", "acme/router-gguf").startswith('---\nbase_model_relation: "quantized"\n')
    with pytest.raises(Refused, match="E-bundle-model: the bundle is of"):
        desk.publish(other, bundle=bundle)


def test_who_has_no_hub_is_told_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    from sentinel.step.publish import publish
    from sentinel.step.submit import submit

    model = desk.model()
    assert publish(desk.at("publish", board=None), model, desk.card(model), None, None) is None
    assert submit(desk.at("submit", board=None), desk.report(model, regression=91), None) is None
    assert capsys.readouterr().out.count("nothing is sent: sentinel.yaml names no hub") == 2
    with pytest.raises(Refused, match="E-hub-name: no repository can be called 'router'"):
        desk.publish(model, repo="router")


def test_another_lines_repository_is_not_replaced(desk: Desk) -> None:
    one = desk.model("one")
    desk.send(desk.publish(one), one)
    desk.line = {"name": "tagger"}
    two = desk.model("two")
    with pytest.raises(Refused, match=r"E-publish-taken: acme/router holds what was published for the line router"):
        desk.send(desk.publish(two, repo=REPO), two)
    assert json.loads(text(desk, "sentinel.json"))["model"] == one.digest


def test_what_somebody_puts_there_between_the_look_and_the_commit_is_not_taken_away(desk: Desk) -> None:
    one, two = desk.model("one"), desk.model("two")
    desk.send(desk.publish(one), one)

    class Slow(FakeHub):
        def head(self, repo: str) -> str | None:
            found = super().head(repo)
            self.world.put(REPO, {"notes.txt": b"do not lose this"})
            return found

    with pytest.raises(Later, match="changed since it was looked at"):
        desk.send(desk.publish(two), two, Slow(world=desk.hub.world, token=OURS))
    assert text(desk, "notes.txt") == "do not lose this"


def test_nothing_is_published_to_anothers_repository(desk: Desk) -> None:
    with pytest.raises(Refused, match=r"E-publish-owner: other/router is another's"):
        desk.publish(desk.model(), repo="other/router")


def test_a_repository_that_stays_private_is_told_to_be(desk: Desk) -> None:
    one, two = desk.model("one"), desk.model("two")
    assert desk.send(desk.publish(one), one)["private"] is True
    assert desk.send(desk.publish(two, public=True), two)["private"] is True, (
        "it was made private, and nobody opened it"
    )


def test_a_card_whose_page_does_not_say_what_it_says(desk: Desk) -> None:
    from sentinel.contract.kinds import Card

    model = desk.model()
    told = {"model": model.digest, "licence": "mit", "base": {"hub": "acme/base", "revision": "3f"}}
    for page, why in (
        (b"# no front", "the licence"),
        (b'---\nlicense: "gpl"\n---\n', "the licence"),
        (b'---\nlicense: "mit"\n---\n', "the base"),
        (b"---\n[: bad\n---\n", "the licence"),
    ):
        card = desk.keep(Card, {"card.json": json.dumps(told).encode(), "README.md": page})
        with pytest.raises(Refused, match=f"E-publish-card: the card's page does not declare {why}"):
            desk.publish(model, card)


# Submitting


def test_scores_of_the_model_do_not_stand_beside_packed_weights(desk: Desk) -> None:
    from sentinel.model.bundle import seal

    model, folder = desk.model(), desk.root / "bundle"
    folder.mkdir()
    (folder / "model.gguf").write_bytes(b"GGUF")
    seal(folder, {"format": "gguf", "model": model.digest})
    bundle = desk.kept(Bundle.made(folder))
    desk.send(desk.publish(model, bundle=bundle, repo="acme/packed"), bundle)
    with pytest.raises(Refused, match="E-submit-packed: acme/packed holds packed weights"):
        desk.send(desk.submit(desk.report(model, regression=91), repo="acme/packed"))


def test_two_steps_that_submit_leave_each_others_scores(desk: Desk) -> None:
    model = desk.model()
    desk.send(desk.publish(model), model)
    report = desk.report(model, regression=91, hard=40)
    for name in ("regression", "hard"):
        desk.send(desk.submit(report, only=[name]))
    assert sorted(each.value or 0 for each in desk.hub.results(REPO)) == [0.4, 91.0]


def test_two_sets_that_are_the_same_benchmark_are_a_fault(desk: Desk) -> None:
    desk.benchmarks = (TICKETS, Benchmark("hard", "accuracy", "bench/tickets", "default", "percent"))
    with pytest.raises(Refused, match="`hard` and `regression` are both bench/tickets, default"):
        desk.submit(desk.report(desk.model(), regression=91, hard=40))


@pytest.mark.parametrize(
    "odd", [{"shots": "\x1b[31m5"}, {"shots": True}, {"filter": {"x": 1}}, {"version": "1\n2"}, []]
)
def test_a_report_of_another_form_is_refused_and_nothing_of_it_shown(desk: Desk, odd: Any) -> None:
    report = desk.report(desk.model(), regression=91)
    folder = desk.root / "odd"
    folder.mkdir()
    told = json.loads((report.path / "report.json").read_text())
    told["sets"]["regression"] = {**told["sets"]["regression"], **odd} if odd else odd
    (folder / "report.json").write_text(json.dumps(told))
    (folder / "documents.parquet").write_bytes((report.path / "documents.parquet").read_bytes())
    with pytest.raises(Refused, match="E-report-form: the report does not tell of `regression` as reports do"):
        desk.submit(desk.kept(type(report).made(folder)))


def test_a_board_that_cannot_be_read_leaves_the_others(desk: Desk) -> None:
    from sentinel.step.ranks import reading

    model = desk.model()
    desk.send(desk.publish(model, public=True), model)
    desk.send(desk.submit(desk.report(model, regression=91)))
    desk.hub.world.put("other/large", {"model.safetensors": b"w"})
    asked = [
        {"repo": REPO, "datasets": ["bench/empty", "bench/tickets"], "key": None},
        {"repo": "acme/gone", "datasets": ["bench/tickets"], "key": None},
        {"repo": "other/large", "datasets": ["bench/tickets"], "key": "0" * 64},
    ]
    found = reading(asked, desk.hub)
    assert [(each.repo, each.derived, each.rank, each.of) for each in found.places if each.repo == REPO] == [
        (REPO, False, None, 0), (REPO, True, 1, 1),
    ]  # fmt: skip
    assert [each.about for each in found.unread] == ["bench/empty", "acme/gone"]
    assert all("E-hub-unknown" in each.why and "Correct its name" in each.why for each in found.unread)
    assert [(each.repo, each.private) for each in found.seen] == [(REPO, False), ("other/large", None)]


def test_scores_stand_beside_the_model_in_both_forms(desk: Desk) -> None:
    from huggingface_hub import ModelCard, parse_eval_result_entries
    from ruamel.yaml import YAML

    model = desk.model()
    desk.send(desk.publish(model, public=True), model)
    receipt = desk.send(desk.submit(desk.report(model, regression=91, hard=40, canary=50)))
    files = [name for name in sorted(desk.hub.files(REPO, "main")) if name.startswith(".eval_results/sentinel-bench-")]
    entries = [each for name in files for each in parse_eval_result_entries(YAML(typ="safe").load(text(desk, name)))]
    entries.sort(key=lambda entry: entry.value)
    assert len(files) == 2 and [(each.dataset_id, each.task_id, each.value) for each in entries] == [
        ("bench/tickets", "hard", 0.4), ("bench/tickets", "default", 91.0),
    ]  # fmt: skip
    assert entries[1].notes is not None and "100 documents, 95 % interval 83.6" in entries[1].notes
    assert entries[0].source_url == "https://huggingface.co/acme/router" and entries[0].source_org == "acme"
    card = ModelCard(text(desk, "README.md"), ignore_metadata_errors=False)
    assert {(each.dataset_type, each.metric_value) for each in card.data.eval_results or ()} == {
        ("bench/tickets", 91.0), ("bench/tickets", 0.4),
    }  # fmt: skip
    assert (card.data.license, card.data.base_model) == ("apache-2.0", "acme/base")
    assert receipt["rejected"] == [] and [each.error for each in desk.hub.results(REPO)] == ["", ""]
    assert [each.model for each in desk.hub.ranks("bench/tickets", True)] == [REPO, REPO]
    assert desk.hub.ranks("bench/tickets", False) == []  # it declares its base


def test_what_is_private_is_on_no_board(desk: Desk) -> None:
    model = desk.model()
    desk.send(desk.publish(model), model)
    desk.send(desk.submit(desk.report(model, regression=91)))
    assert [each.error for each in desk.hub.results(REPO)] == [""] and desk.hub.ranks("bench/tickets", True) == []


def test_scores_wait_until_their_model_is_there(desk: Desk) -> None:
    one, two = desk.model("one"), desk.model("two")
    scores = desk.submit(desk.report(two, regression=91))
    with pytest.raises(Later, match="it is not there yet: they wait until that is published"):
        desk.send(scores)
    desk.send(desk.publish(one), one)
    with pytest.raises(
        Later, match=f"E-hub-unpublished|the scores are of {two.digest[:12]}, and it holds {one.digest[:12]}"
    ):
        desk.send(scores)
    desk.send(desk.publish(two), two)
    assert desk.send(scores)["rejected"] == []


def test_what_the_hub_does_not_take_is_on_the_receipt(desk: Desk) -> None:
    desk.benchmarks = (Benchmark("regression", "accuracy", "bench/tickets", "no-such-task", "percent"),)
    model = desk.model()
    desk.send(desk.publish(model), model)
    receipt = desk.send(desk.submit(desk.report(model, regression=91)))
    assert [each["why"] for each in receipt["rejected"]] == ["[0] bench/tickets has no task no-such-task"]


def test_anothers_repository_gets_a_pull_request_where_it_holds_what_was_scored(desk: Desk) -> None:
    theirs = {"README.md": b"# theirs\n", "model.safetensors": b"w" * 2_000_000}
    desk.hub.world.put("other/large", theirs)
    same = desk.keep(Model, {"config.json": b"{}", "model.safetensors": theirs["model.safetensors"]})
    report = desk.report(same, regression=91)
    with pytest.raises(Refused, match="E-submit-model: other/large is another's"):
        desk.submit(report, repo="other/large")
    receipt = desk.send(desk.submit(report, same, repo="other/large"))
    assert receipt["request"] == 1 and receipt["state"] == "open"
    assert "README.md" in desk.hub.files("other/large", "main")
    assert not [name for name in desk.hub.files("other/large", "main") if name.startswith(".eval_results")]
    unlike = desk.model("unlike")
    with pytest.raises(Refused, match="E-submit-other: the weights in other/large are not those that were scored"):
        desk.send(desk.submit(desk.report(unlike, regression=91), unlike, repo="other/large"))


@pytest.mark.parametrize(
    ("benchmark", "settings", "why"),
    [
        (None, {}, "none of `regression` is named as a benchmark"),
        (Benchmark("regression", "f1", "bench/tickets", "default", "share"), {},
         "its metric is f1, and accuracy was measured"),
        (Benchmark("regression", "accuracy", "bench/tickets", "default", "share", "strict"), {},
         "its filter is strict, and none was measured"),
        (Benchmark("regression", "accuracy", "bench/tickets", "default", "share", shots=5), {},
         "it is asked with 5 shots, and none were given"),
        (Benchmark("regression", "accuracy", "bench/tickets", "default", "share", documents=120), {},
         "it has 120 documents, and 100 were asked"),
        (TICKETS, {"limit": 50}, "only the first 50 of its documents were asked"),
        (Benchmark("regression", "accuracy", "bench/tickets", "default", "share", bundled=True), {},
         "none of `regression` is named as a benchmark"),
    ],
)  # fmt: skip
def test_nothing_is_guessed(desk: Desk, benchmark: Benchmark | None, settings: Any, why: str) -> None:
    desk.benchmarks = (benchmark,) if benchmark is not None else ()
    with pytest.raises(Refused, match=f"E-submit-unmapped: .*{why}"):
        desk.submit(desk.report(desk.model(), settings, regression=91))


def test_sets_that_are_named_must_be_there_and_be_benchmarks(desk: Desk) -> None:
    report = desk.report(desk.model(), regression=91, canary=80)
    with pytest.raises(Refused, match="E-submit-unmapped: `canary` is no benchmark"):
        desk.submit(report, only=["canary"])
    with pytest.raises(Refused, match="E-submit-set: the report holds no `other`"):
        desk.submit(report, only=["other"])
    with pytest.raises(Refused, match="E-card-subject: the report is about"):
        desk.submit(report, desk.model("another"))


# Once


def test_a_lost_acknowledgement_sends_nothing_twice(desk: Desk) -> None:
    model = desk.model()
    offline = later("offline", "the hub cannot be reached.", REPO)
    hub = FakeHub(world=desk.hub.world, token=OURS, script=[Lost(offline)])
    submission = desk.publish(model)
    with pytest.raises(Later, match="cannot be reached"):
        desk.send(submission, model, hub)
    assert desk.send(submission, model, hub)["was_there"]
    scores = desk.submit(desk.report(model, regression=91))
    hub.script.append(Lost(offline))
    with pytest.raises(Later, match="cannot be reached"):
        desk.send(scores, hub=hub)
    before = list(desk.hub.world.effects)
    assert desk.send(scores, hub=hub)["was_there"]
    assert desk.hub.world.effects == before


def test_scores_never_come_to_stand_beside_another_model(desk: Desk) -> None:
    """A version that is published between the look and the commit would get the scores of the one before."""
    one, two = desk.model("one"), desk.model("two")
    desk.send(desk.publish(one), one)
    scores, newer = desk.submit(desk.report(one, regression=91)), desk.publish(two)

    class Slow(FakeHub):
        def read(self, *asked: Any) -> bytes:
            held = super().read(*asked)
            if asked[2] == "README.md":
                desk.send(newer, two)
            return held

    with pytest.raises(Later, match="changed since it was looked at"):
        desk.send(scores, hub=Slow(world=desk.hub.world, token=OURS))
    assert not [name for name in desk.hub.files(REPO, "main") if name.startswith(".eval_results")]
