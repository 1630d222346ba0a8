"""The benchmarks that are known without being listed: the map that comes with Sentinel, kept as a file of data."""

from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from sentinel.domain.benchmark import Benchmark
from sentinel.recipe.config import BenchmarkForm, HubForm


@cache
def bundled() -> tuple[Benchmark, ...]:
    """Tasks as lm-eval comes with them."""
    text = files("sentinel.recipe").joinpath("benchmarks.yaml").read_text(encoding="utf-8")
    listed = YAML(typ="safe").load(text)
    return tuple(_benchmark(BenchmarkForm.model_validate(each), is_bundled=True) for each in listed)


def benchmarks(hub: HubForm | None) -> tuple[Benchmark, ...]:
    """All that may be submitted to: what sentinel.yaml lists stands before what is known."""
    own = tuple(_benchmark(each, is_bundled=False) for each in (hub.benchmarks if hub is not None else ()))
    names = {each.of for each in own}
    return (*own, *(each for each in bundled() if each.of not in names))


def _benchmark(form: BenchmarkForm, *, is_bundled: bool) -> Benchmark:
    return Benchmark(
        form.of, form.metric, form.dataset, form.task, form.scale, form.filter, form.shots, form.documents, is_bundled
    )
