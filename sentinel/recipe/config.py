"""The form of sentinel.yaml: lines, nodes, programs and the ways out."""

import re
import zoneinfo
from collections.abc import Collection
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from sentinel.contract.scalars import Credential, Duration, Flag, Metric, Share, Size, Text, Whole
from sentinel.contract.words import quoted
from sentinel.domain.looks import ENOUGH
from sentinel.domain.names import is_owner, is_repository, nearest
from sentinel.domain.needs import Slots
from sentinel.domain.quantity import DAY, HOUR, MINUTE
from sentinel.domain.text import plain
from sentinel.recipe.form import BY_SHAPE, IS_LIST, IS_MAPPING, IS_TEXT, AnyName, Form, PortName
from sentinel.recipe.mistakes import Mistake

NOTICES = (
    "done", "rejected", "inconclusive", "frozen", "nothing-trained", "failed", "cancelled", "waiting", "stalled",
    "silent", "promoted", "rolled-back", "broken-file", "maybe-sent",
)  # fmt: skip


def _zone(value: Any) -> Any:
    if isinstance(value, str):
        try:
            zoneinfo.ZoneInfo(value)
        except (ValueError, KeyError, OSError) as error:
            near = nearest(value, [zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC"])
            todo = f"Did you mean `{near}`?" if near is not None else "Write one like Europe/Berlin."
            raise Mistake("E-zone", f"{quoted(value)} is no time zone.", todo) from error
    return value


def _inside(value: Any) -> Any:
    """A path that stays in the workspace."""
    if isinstance(value, str) and (value.startswith(("/", "~")) or ".." in value.split("/") or "\\" in value):
        raise Mistake("E-path", f"{quoted(value)} leads out of the workspace.", "Name a file below sentinel.yaml.")
    return value


def _sha256(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch("[0-9a-f]{64}", value):
        raise Mistake("E-value", f"{quoted(value)} is no sha256.", "Write what `sha256sum FILE` prints.")
    return value


def _address(value: Any) -> Any:
    if isinstance(value, str):
        found = re.fullmatch(r"([A-Za-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\]):([0-9]{1,5})", value)
        if found is None or not 0 < int(found[2]) < 65536:
            raise ValueError("an address is written like 127.0.0.1:9464")
    return value


def _owner(value: Any) -> Any:
    if isinstance(value, str) and not is_owner(value):
        raise Mistake("E-value", f"{quoted(value)} is no name on the hub.", "Write it as the hub does, like `acme`.")
    return value


def _repository(value: Any) -> Any:
    if isinstance(value, str) and not is_repository(value):
        raise Mistake("E-value", f"{quoted(value)} is no repository on the hub.", "Write OWNER/NAME.")
    return value


def _word(value: Any) -> Any:
    if isinstance(value, str) and not (0 < len(value) <= _LONGEST_WORD and plain(value).strip() == value):
        raise ValueError(f"it is one line of {_LONGEST_WORD} letters at most")
    return value


def _argv(value: Any) -> Any:
    if isinstance(value, str):
        raise Mistake(
            "E-argv", "A program is a list of words, and text is given.", "Write `[/path/to/program, --option]`."
        )
    return value


def _by_key(*keys: str) -> Discriminator:
    """Which arm of a union a mapping or its form means, told by the key that it has; the first where it has none."""

    def told(value: Any) -> str:
        return next((f"~{key}" for key in keys if key in _keys_of(value)), f"~{keys[0]}")

    return Discriminator(told)


def _by_source(*sources: str) -> Discriminator:
    """Which arm of a union is meant, told by what it says under `from`; the first where that is none of them."""

    def told(value: Any) -> str:
        said = value.get("from") if isinstance(value, dict) else getattr(value, "source", None)
        return f"~{said if said in sources else sources[0]}"

    return Discriminator(told)


def _keys_of(value: Any) -> Collection[str]:
    if isinstance(value, Form):
        return {field.alias or name for name, field in type(value).model_fields.items()}
    return value if isinstance(value, dict) else ()


WorkspacePath = Annotated[Text, BeforeValidator(_inside), Field(min_length=1)]
Sha256 = Annotated[Text, BeforeValidator(_sha256)]
Looks = Annotated[Whole, Field(ge=1)]
"""How often gates may judge on the same documents of a set before it counts as worn out."""
_Field = Annotated[Text, Field(min_length=1)]
Fields: TypeAlias = dict[
    PortName,
    Annotated[
        tuple[_Field, ...], BeforeValidator(lambda told: [told] if isinstance(told, str) else told),
        Field(min_length=1, max_length=20),
        WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
    ],
]  # fmt: skip
"""What fields of rows are called here, each with what the source calls it, or those that it is joined of."""
Address = Annotated[str, BeforeValidator(_address)]
Owner = Annotated[Text, BeforeValidator(_owner)]
_LONGEST_WORD = 100
Word = Annotated[Text, BeforeValidator(_word)]
"""What goes into sentences and commits: nothing that ends a line or drives a terminal."""
Repository = Annotated[Text, BeforeValidator(_repository)]


class HubBase(Form):
    """A base model on the hub, at a revision."""

    hub: Text
    revision: Text


class FileBase(Form):
    """A base model in a folder of the workspace."""

    file: WorkspacePath


class UsageData(Form):
    """What was asked of the line, with the labels that came back."""

    source: Literal["usage"] = Field(alias="from")


class ProgramData(Form):
    """Rows that a program of the list writes. `key` names the field that tells rows apart."""

    source: Literal["program"] = Field(alias="from")
    name: AnyName
    key: Text | None = None
    map: Fields = Field(default_factory=dict)
    timeout: Annotated[Duration, Field(gt=0)] = HOUR


class FileData(Form):
    """Rows in a file of the workspace, or in all files of a folder."""

    source: Literal["file"] = Field(alias="from")
    path: WorkspacePath
    key: Text | None = None
    map: Fields = Field(default_factory=dict)


class UrlData(Form):
    """Rows behind an https address."""

    source: Literal["url"] = Field(alias="from")
    url: Text
    digest: Annotated[Text, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    within: Annotated[Duration, Field(gt=0)] = HOUR
    at_most: Annotated[Size, Field(gt=0)] = 50 * 2**30
    private: Flag = False
    key: Text | None = None
    map: Fields = Field(default_factory=dict)


class HubData(Form):
    """Files of a dataset on the hub, at a revision."""

    source: Literal["hub"] = Field(alias="from")
    hub: Text
    revision: Text = "main"
    files: list[Text] = Field(default_factory=list)
    token: Credential | None = None
    at_most: Annotated[Size, Field(gt=0)] = 50 * 2**30
    key: Text | None = None
    map: Fields = Field(default_factory=dict)


class NewLabels(Form):
    """When classes that nobody had seen are taken up."""

    at_most: Annotated[Whole, Field(ge=0)] | None = None
    at_least_rows: Annotated[Whole, Field(ge=1)] | None = None
    at_most_share: Share | None = None


class LabelsForm(Form):
    """How labels come back."""

    settle: Duration = 0
    audit: Share = 0.0
    new: NewLabels = NewLabels()
    independent: Flag = False
    every: Annotated[Duration, Field(ge=MINUTE)] = DAY
    follow: WorkspacePath | None = None
    weekly: Annotated[Whole, Field(ge=0)] = 100
    twice: Share = 0.05


class ContractForm(Form):
    """What a request to the line looks like: the same at gateway, assembly and gate."""

    fields: dict[PortName, Text] = Field(default_factory=dict)
    max_tokens: Annotated[Whole, Field(ge=1)] | None = None


class FileSet(Form):
    """A set kept in the workspace."""

    file: WorkspacePath
    sampled: Flag = False
    repeats: Annotated[Whole, Field(ge=1, le=1000)] = 1
    looks: Looks = ENOUGH


class OutcomeSet(Form):
    """A set of the outcomes that came back lately."""

    source: Literal["outcomes"] = Field(alias="from")
    window: Annotated[Duration, Field(gt=0)]
    sampled: Flag = False
    repeats: Annotated[Whole, Field(ge=1, le=1000)] = 1
    looks: Looks = ENOUGH


class TaskForm(Form):
    """A task file of lm-eval in the workspace and the data files that it names: what each holds, byte for byte."""

    file: WorkspacePath
    sha256: Sha256
    data: dict[WorkspacePath, Sha256] = Field(default_factory=dict)


class ServeForm(Form):
    """A place where the line is served."""

    node: AnyName
    gpu_memory: Size = 0
    gpus: Annotated[Whole, Field(ge=0)] | None = None
    memory: Size = 0


Base: TypeAlias = Annotated[Annotated[HubBase, Tag("~hub")] | Annotated[FileBase, Tag("~file")], _by_key("hub", "file")]
DataForm: TypeAlias = Annotated[
    Annotated[UsageData, Tag("~usage")]
    | Annotated[ProgramData, Tag("~program")]
    | Annotated[FileData, Tag("~file")]
    | Annotated[UrlData, Tag("~url")]
    | Annotated[HubData, Tag("~hub")],
    _by_source("usage", "program", "file", "url", "hub"),
]
SetForm: TypeAlias = Annotated[
    Annotated[FileSet, Tag("~file")] | Annotated[OutcomeSet, Tag("~from")], _by_key("file", "from")
]
Serve: TypeAlias = Annotated[
    Annotated[list[ServeForm], IS_LIST] | Annotated[Literal["external"], IS_TEXT] | Annotated[ServeForm, IS_MAPPING],
    BY_SHAPE,
]


class PromptForm(Form):
    """What stands around a row's text when it is put to the model; `chat` goes by the tokenizer's chat template."""

    before: Text = ""
    after: Text = "\nAnswer:"
    chat: Flag = False


class LineForm(Form):
    """A name under which versions of one model are made and served."""

    task: Text = ""
    prompt: PromptForm = PromptForm()
    salt: Credential | None = None
    metric: Metric | None = None
    base: Base | None = None
    data: list[DataForm] = Field(default_factory=list)
    live: WorkspacePath | None = None
    labels: LabelsForm = LabelsForm()
    contract: ContractForm = ContractForm()
    group: Text | None = None
    licence: Text | None = None
    hold: Share = 0.2
    sets: dict[AnyName, SetForm] = Field(default_factory=dict)
    tasks: dict[AnyName, TaskForm] = Field(default_factory=dict)
    serve: Serve = Field(default_factory=list)


class SlotsForm(Form):
    """What a node can run at once."""

    cpus: Annotated[Whole, Field(ge=1)]
    gpus: Annotated[Whole, Field(ge=0)] = 0
    gpu_memory: Size = 0
    memory: Annotated[Size, Field(gt=0)]


class NodeForm(Form):
    """A machine of the grid."""

    slots: SlotsForm


class ZooForm(Form):
    """How many of the zoo train in one rotation, and how many versions are scored in the shadow at once."""

    budget: Annotated[Whole, Field(ge=0)] = 3
    shadows: Annotated[Whole, Field(ge=0)] | None = None

    @property
    def slots(self) -> int:
        """The slots for shadows: where nothing is said, as many as a rotation a week brings while one matures."""
        return 4 * self.budget if self.shadows is None else self.shadows


class BenchmarkForm(Form):
    """A benchmark's dataset and task on the hub, and which measurement of ours it is."""

    of: Word
    metric: Metric
    dataset: Repository
    task: Word
    scale: Literal["percent", "share"]
    filter: Word | None = None
    shots: Annotated[Whole, Field(ge=0)] | None = None
    documents: Annotated[Whole, Field(ge=1)] | None = None


class HubForm(Form):
    """Whose hub it is, the token for it, and which of our sets and tasks are benchmarks there."""

    owner: Owner
    token: Credential | None = None
    benchmarks: list[BenchmarkForm] = Field(default_factory=list)


class WebhookForm(Form):
    """Notices that go to an address which is itself a secret."""

    webhook: Credential
    on: Annotated[list[Literal[NOTICES]], Field(min_length=1)]  # type: ignore[valid-type]


class CommandForm(Form):
    """Notices that go to a program of the list."""

    command: AnyName
    on: Annotated[list[Literal[NOTICES]], Field(min_length=1)]  # type: ignore[valid-type]


Notify: TypeAlias = Annotated[
    Annotated[WebhookForm, Tag("~webhook")] | Annotated[CommandForm, Tag("~command")], _by_key("webhook", "command")
]


class StoreForm(Form):
    """How long artifacts are kept that nothing needs, and how much room they may take."""

    keep: Duration = 90 * DAY
    budget: Size | None = None


class Config(Form):
    """sentinel.yaml."""

    timezone: Annotated[Text, BeforeValidator(_zone)] = "UTC"
    lines: dict[AnyName, LineForm] = Field(default_factory=dict)
    zoo: ZooForm = ZooForm()
    nodes: dict[AnyName, NodeForm] = Field(default_factory=dict)
    programs: dict[
        AnyName, Annotated[tuple[Text, ...], BeforeValidator(_argv), Field(min_length=1, max_length=100)]
    ] = Field(default_factory=dict)
    hub: HubForm | None = None
    notify: list[Notify] = Field(default_factory=list)
    store: StoreForm = StoreForm()
    metrics: Address | None = None
    operators: list[Text] = Field(default_factory=list)

    def slots(self) -> dict[str, Slots]:
        """What each node offers."""
        return {
            name: Slots(node.slots.cpus, node.slots.gpus, node.slots.gpu_memory, node.slots.memory)
            for name, node in self.nodes.items()
        }
