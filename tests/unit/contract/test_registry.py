"""The registry is what the installed distributions say, and says so where they do not agree."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from sentinel.contract import registry
from sentinel.contract.at import At
from sentinel.contract.kinds import Model
from sentinel.contract.registry import Registry, load, step
from sentinel.domain.refusal import Refused


def crawl(name: str = "crawl") -> Callable[..., Model]:
    @step(name)
    def crawled(at: At) -> Model:
        """Crawl."""
        raise AssertionError

    return crawled


class Distribution:
    name = "acme-steps"


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a module of a third party with these members, and an entry point that names it."""

    def plugged(value: str = "acme_steps", name: str = "crawl", **members: object) -> None:
        module = ModuleType("acme_steps")
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, "acme_steps", module)
        own = registry.entry_points

        def entries(group: str) -> list[EntryPoint]:
            found = list(own(group=group))
            if group == "sentinel.steps":
                entry = EntryPoint(name, value, group)
                vars(entry)["dist"] = Distribution
                found.append(entry)
            return found

        monkeypatch.setattr(registry, "entry_points", entries)

    return plugged


def test_our_own_steps_checks_and_triggers_are_registered_as_a_third_partys_would_be() -> None:
    found = load()
    assert {"program", "recipe", "notify", "import", "promote", "rollback", "gate"} <= set(found.steps)
    assert {"checksum", "trace"} <= set(found.checks)
    assert {"cron", "manual"} <= set(found.triggers)
    assert {each.owner for each in found.steps.values()} == {"sentinel"}


def test_loading_the_registry_imports_nothing_heavy() -> None:
    code = "import sys; from sentinel.contract.registry import load; load(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "polars", "numpy", "transformers"} & set(told)


@pytest.mark.parametrize("value", ["acme_steps", "acme_steps:crawl"])
def test_a_third_partys_step_is_found_by_module_or_by_function(plug: Callable[..., None], value: str) -> None:
    plug(value, crawl=crawl())
    assert load().steps["crawl"].owner == "acme-steps"


def test_a_name_that_two_claim_is_refused_naming_both(plug: Callable[..., None]) -> None:
    plug("acme_steps:notify", "notify", notify=crawl("notify"))
    with pytest.raises(Refused, match="`notify` of acme-steps is already registered by sentinel"):
        load()


def test_a_distribution_that_does_not_load_is_refused_by_name(plug: Callable[..., None]) -> None:
    plug("acme_gone:crawl")
    with pytest.raises(Refused, match="`crawl` of acme-steps cannot be loaded from acme_gone:crawl: Module"):
        load()


def test_an_entry_point_and_a_decorator_that_disagree_are_refused(plug: Callable[..., None]) -> None:
    plug(crawl=crawl("crawler"))
    with pytest.raises(Refused, match="registers no step called `crawl`"):
        load()


def test_an_installation_older_than_the_code_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    own = registry.entry_points
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [each for each in own(group=group) if each.name != "notify"]
    )
    with pytest.raises(
        Refused, match=r"`notify` are not registered: the installation is older than the code\. Run `pip"
    ):
        load()


def test_an_installation_without_any_entry_points_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    with pytest.raises(Refused, match="E-registry"):
        load()


def test_a_function_that_is_not_decorated_registers_nothing() -> None:
    with pytest.raises(TypeError, match="is not decorated"):
        Registry.of([len])


def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="already registered"):
        Registry.of([crawl(), crawl()])
