"""What we publish and submit, as the hub's own client reads it back: its card, its entries, its leaderboard."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from sentinel.outside.hub import Change, RealHub
from tests.hub.known import OURS, known
from tests.hub.server import LoopbackHub

hf = pytest.importorskip("huggingface_hub")
KEY = "a" * 64
CARD = b"---\nlicense: apache-2.0\nbase_model: acme/base\npipeline_tag: text-classification\n---\n# a router\n"
SCORES = (
    b"- dataset: {id: bench/tickets, task_id: default}\n  value: 0.91\n  date: \"2026-01-15T10:30:00Z\"\n"
    b"  source: {url: https://sentinel.example/run/1, name: Sentinel}\n  notes: 5-shot\n"
)  # fmt: skip


@pytest.fixture
def loopback() -> Iterator[LoopbackHub]:
    hub = LoopbackHub(known())
    way = RealHub(OURS, hub.url, patience=5, pauses=())
    way.commit(Change("acme/router", {"README.md": CARD, ".eval_results/t.yaml": SCORES}, "Publish", KEY, create=True,
                      private=False))  # fmt: skip
    yield hub
    hub.close()


@pytest.fixture
def api(loopback: LoopbackHub) -> Any:
    return hf.HfApi(loopback.url, OURS)


def test_the_clients_card_classes_read_what_was_published(loopback: LoopbackHub) -> None:
    page = RealHub(OURS, loopback.url).read("acme/router", "main", "README.md", 10_000).decode()
    data = hf.ModelCard(page).data
    assert (data.license, data.base_model, data.pipeline_tag) == ("apache-2.0", "acme/base", "text-classification")


def test_the_clients_entries_are_the_scores_that_were_submitted(api: Any) -> None:
    [entry] = api.model_info("acme/router", expand=["evalResults"]).eval_results
    assert entry == hf.EvalResultEntry(
        "bench/tickets", "default", 0.91, date="2026-01-15T10:30:00Z", source_url="https://sentinel.example/run/1",
        source_name="Sentinel", notes="5-shot",
    )  # fmt: skip
    from ruamel.yaml import YAML

    assert hf.eval_result_entries_to_yaml([entry]) == YAML(typ="safe").load(SCORES)
    assert hf.parse_eval_result_entries(YAML(typ="safe").load(SCORES)) == [entry]


def test_the_client_keeps_silent_about_a_file_that_the_hub_rejected_and_we_do_not(
    loopback: LoopbackHub, api: Any
) -> None:
    loopback.world.put("acme/router", {".eval_results/t.yaml": SCORES, ".eval_results/odd.yaml": b"x: 1"})
    assert len(api.model_info("acme/router", expand=["evalResults"]).eval_results) == 1
    told = RealHub(OURS, loopback.url).results("acme/router")
    assert [(each.file, each.error) for each in told] == [
        (".eval_results/odd.yaml", "must be a list of results"), (".eval_results/t.yaml", ""),
    ]  # fmt: skip


def test_the_client_finds_the_benchmark_and_ranks_on_it_what_declares_a_base_only_when_asked(api: Any) -> None:
    assert [each.id for each in api.list_datasets(benchmark=True)] == ["bench/tickets"]
    assert api.get_dataset_leaderboard("bench/tickets") == []
    [row] = api.get_dataset_leaderboard("bench/tickets", base_model_only=False)
    assert (row.rank, row.model_id, row.value, row.pull_request) == (1, "acme/router", 0.91, None)


def test_the_clients_own_upload_and_pull_request_work_on_the_loopback_too(loopback: LoopbackHub, api: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        info = api.create_commit("other/model", [hf.CommitOperationAdd("README.md", b"---\nlicense: mit\n---\n# y")],
                                 commit_message="t", create_pr=True)  # fmt: skip
    assert (info.pr_num, info.pr_revision) == (1, "refs/pr/1")
    assert [each.num for each in api.get_repo_discussions("other/model")] == [1]
    assert api.list_repo_refs("other/model").branches
    assert api.hf_hub_download("other/model", "README.md", revision="refs/pr/1", dry_run=True).filename == "README.md"
    with pytest.raises(hf.errors.HfHubHTTPError):
        api.merge_pull_request("other/model", 1)
    hf.HfApi(loopback.url, "t0p-secret-other").merge_pull_request("other/model", 1)
    assert api.get_discussion_details("other/model", 1).status == "merged"
