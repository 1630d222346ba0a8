"""An endpoint is asked, and the report says which it was and what it claimed to be. The server is our own."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Dataset, EvalReport
from sentinel.data.dataset import write_dataset
from sentinel.data.report import DOCUMENTS, REPORT
from sentinel.domain.refusal import Refused
from sentinel.outside.completions import Completions
from sentinel.step.evaluate_endpoint import evaluate_endpoint


def attempt(folder: Path, secrets: dict[str, str] | None = None, line: Any = None) -> At:
    folder.mkdir(parents=True, exist_ok=True)
    told = AttemptIn(
        "a1", "r1", "scores", "evaluate-endpoint", {}, {}, str(folder), str(folder),
        reads={"line": line or {"name": "router"}}, secrets=tuple(secrets or ()),
    )  # fmt: skip
    return At(told, folder, credential=(secrets or {}).__getitem__)


SECRET = "s3cret"
RIGHT = {"printer": "hardware", "invoice": "billing", "invoice late": "billing overdue", "parcel": "delivery"}


@dataclass
class Fake:
    """A server that knows the right answers, and what it was asked."""

    url: str = ""
    claims: str = "acme/router-7b"
    statuses: list[int] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    garbage: bool = False

    def answer(self, body: Any) -> Any:
        prompt = body["prompt"]
        word, _, answer = prompt.removeprefix("my ").partition("\nAnswer:")
        right = RIGHT[word]
        if not body.get("echo"):
            return {"text": f" {right}\nand more"}
        chance = -0.1 if answer.strip() == right else -3.0
        cut = prompt.index("\nAnswer:") + len("\nAnswer:")
        logs = {"text_offset": [0, cut], "token_logprobs": [None, chance], "tokens": ["…", answer]}
        return {"text": prompt, "logprobs": logs}


@pytest.fixture
def fake() -> Iterator[Fake]:
    held = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            held.asked.append(body)
            held.keys.append(self.headers["Authorization"])
            status = held.statuses.pop(0) if held.statuses else 200
            told: Any = {"model": held.claims, "choices": [held.answer(body)]}
            data = b"<html>" if held.garbage else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def canary(tmp_path: Path) -> Dataset:
    rows = pl.DataFrame({"text": [f"my {word}" for word in RIGHT], "label": list(RIGHT.values())})
    write_dataset(tmp_path / "set", rows, b"s", 0.2, label="label")
    (tmp_path / "set" / "set.json").write_text('{"set": "canary"}')
    return Dataset("", tmp_path / "set")


def asked(folder: Path, canary: Dataset, url: str, **more: Any) -> EvalReport:
    at = attempt(folder, {"endpoint-key": "s3cret"})
    return evaluate_endpoint(at, [canary], url=url, serves="router", **more)


@pytest.mark.parametrize("by", ["generated", "echoed"])
def test_labels_are_what_it_says_or_finds_likeliest(tmp_path: Path, canary: Dataset, fake: Fake, by: str) -> None:
    report = asked(tmp_path / "a", canary, fake.url, by=by, key="credential:endpoint-key")
    rows = pl.read_parquet(report.path / DOCUMENTS)
    assert rows["answer"].to_list() == list(RIGHT.values()) and (rows["value"] == 1).all()
    told = json.loads((report.path / REPORT).read_text())
    assert told["settings"] == {"endpoint": fake.url, "serves": "router", "claims": "acme/router-7b", "by": by}
    assert len(told["model"]) == 64
    assert set(fake.keys) == {"Bearer s3cret"} and len(fake.asked) == (4 if by == "generated" else 16)
    assert b"s3cret" not in b"".join(file.read_bytes() for file in (tmp_path / "a").rglob("*") if file.is_file())


def test_part_of_a_word_is_no_label(tmp_path: Path, canary: Dataset, fake: Fake) -> None:
    """Asked whether it is billing, it said "billings"; "not sure" is no "no" either."""
    said = {"printer": "hardware_old", "invoice": "billings", "invoice late": "billing-overdue", "parcel": "delivery."}
    fake.answer = lambda body: {"text": said[body["prompt"].removeprefix("my ").partition("\n")[0]]}  # type: ignore[method-assign]
    rows = pl.read_parquet(asked(tmp_path / "a", canary, fake.url).path / DOCUMENTS)
    assert rows["answer"].to_list() == ["hardware_old", "billings", "billing-overdue", "delivery"]
    assert rows["value"].to_list() == [0.0, 0.0, 0.0, 1.0]


def test_an_answer_that_goes_on_from_another_can_be_the_likeliest_echo(
    tmp_path: Path, canary: Dataset, fake: Fake
) -> None:
    """`billing` begins `billing overdue`, and no answer is likelier than what it begins with."""

    def answer(body: Any) -> Any:
        word, _, said = body["prompt"].removeprefix("my ").partition("\nAnswer:")
        start = len(body["prompt"]) - len(said)
        first, *more = said.split()
        logs = [None, -0.1 if RIGHT[word].startswith(first) else -3.0]
        logs += [-0.2 if RIGHT[word].endswith(each) else -4.0 for each in more]
        offsets = [0, start] + ([start + 1 + len(first)] if more else [])
        return {"text": body["prompt"], "logprobs": {"text_offset": offsets, "token_logprobs": logs}}

    fake.answer = answer  # type: ignore[method-assign]
    report = asked(tmp_path / "a", canary, fake.url, by="echoed")
    assert pl.read_parquet(report.path / DOCUMENTS)["answer"].to_list() == list(RIGHT.values())


def test_one_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    tmp_path: Path, canary: Dataset, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    line = Completions(fake.url, sleep=slept.append)
    fake.statuses = [503, 429]
    assert line.ask({"prompt": "my parcel\nAnswer:"})["choices"][0]["text"].startswith(" delivery")
    assert slept == [1.0, 2.0] and len(fake.asked) == 3
    fake.statuses = [401]
    with pytest.raises(Refused, match=r"E-endpoint: it refused the request \(HTTP 401\)"):
        line.ask({"prompt": "my parcel\nAnswer:"})
    fake.statuses = [500] * 4
    with pytest.raises(Refused, match=r"no answer in 4 tries \(HTTP 500\)"):
        line.ask({"prompt": "my parcel\nAnswer:"})


def test_one_that_becomes_another_model_meanwhile_is_refused(tmp_path: Path, canary: Dataset, fake: Fake) -> None:
    true, seen = fake.answer, []

    def turns(body: Any) -> Any:
        seen.append(1)
        fake.claims = "acme/router-7b" if len(seen) < 3 else "acme/other"
        return true(body)

    fake.answer = turns  # type: ignore[method-assign]
    with pytest.raises(Refused, match=r"it answered as 'acme/router-7b', then as 'acme/other'"):
        asked(tmp_path / "a", canary, fake.url)


def test_what_is_no_endpoint_is_refused(tmp_path: Path, canary: Dataset, fake: Fake) -> None:
    for url, says in {
        "ftp://host/v1": "no address of an endpoint",
        f"http://user:{SECRET}" "@127.0.0.1/v1": "no address of an endpoint",
        "http://192.0.2.1/v1": "not encrypted, and leads to another machine",
    }.items():  # fmt: skip
        with pytest.raises(Refused, match=says) as refused:
            asked(tmp_path / "a", canary, url)
        assert SECRET not in str(refused.value)
    fake.garbage = True
    with pytest.raises(Refused, match="its answer is no completion"):
        asked(tmp_path / "b", canary, fake.url)


def test_an_endpoint_that_echoes_no_probabilities_cannot_be_asked_by_them(
    tmp_path: Path, canary: Dataset, fake: Fake
) -> None:
    fake.answer = lambda body: {"text": body["prompt"]}  # type: ignore[method-assign]
    with pytest.raises(Refused, match="echoes no probabilities"):
        asked(tmp_path / "a", canary, fake.url, by="echoed")


def test_only_labels_are_asked_of_an_endpoint(tmp_path: Path, fake: Fake) -> None:
    write_dataset(tmp_path / "set", pl.DataFrame({"text": ["a", "b"]}), b"s", 0.2)
    (tmp_path / "set" / "set.json").write_text('{"set": "texts"}')
    with pytest.raises(Refused, match="asked for labels, and `texts` has none"):
        asked(tmp_path / "a", Dataset("", tmp_path / "set"), fake.url)
    assert fake.asked == []
