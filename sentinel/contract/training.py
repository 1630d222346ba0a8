"""What a recipe may say of a training, and what is done where it says nothing. A step takes it, `model` acts on it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer, ValidationInfo, model_validator

from sentinel.contract.scalars import GUESSED, Apart, Duration, Flag, Number, Params, Share, Whole

FULL, LORA, DORA = "full", "lora", "dora"
Positive = Annotated[Whole, Field(ge=1)]


class EarlyStop(Params):
    """End where the held-out loss has not fallen by `least` at `patience` looks; the best weights are given."""

    patience: Positive = 3
    least: Annotated[Number, Field(ge=0)] = 0.001


class Budget(Params):
    """What a training may take at most. A cap in time that bites is on record as the steps that were taken."""

    steps: Positive | None = None
    tokens: Positive | None = None
    """Tokens that are read, without padding."""
    time: Duration | None = None
    gpu_minutes: Annotated[Number, Field(gt=0)] | None = None


class Train(Params):
    """How a model is trained."""

    method: Literal["full", "lora", "dora"] = "full"
    rank: Positive = 16
    alpha: Annotated[Number, Field(gt=0)] | None = None
    """Twice the rank where it is not given."""
    dropout: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    targets: str | list[str] = "all-linear"
    rslora: Flag = False
    epochs: Annotated[Number, Field(gt=0, le=1000)] = 3.0
    steps: Positive | None = None
    """Steps of the optimiser, instead of epochs."""
    lr: Annotated[Number, Field(gt=0, le=1)] | None = None
    """By the model's width where it is not given: narrow models take larger steps."""
    warmup: Share = 0.05
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    weight_decay: Annotated[Number, Field(ge=0)] = 0.01
    clip: Annotated[Number, Field(gt=0)] = 1.0
    batch: Positive = 16
    """Rows that one step learns from, on all processes together."""
    accumulate: Positive = 1
    """In how many parts a step is done, where one does not fit into memory."""
    max_tokens: Positive | None = None
    """Tokens of a row, and no more than the line's contract says. Where it is not given: what the contract says, else
    what the model can hold, and 1024 at most.
    """
    packing: Flag = True
    bucketing: Flag = True
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    label_smoothing: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    checkpoint_every: Positive | None = None
    """Steps; once a minute where it is not given."""
    held_out: Annotated[Share, Field(lt=0.9)] = 0.05
    """The share of the train side's rows that is kept aside, to see how well the rest is learned."""
    look_every: Positive | None = None
    """Steps between two looks at the held-out rows; a tenth of all where it is not given."""
    early_stop: EarlyStop | None = None
    budget: Budget = Budget()
    processes: Annotated[Positive, Field(le=64)] = 1


class Floors(Params):
    """What a cut leaves at least, as shares of what the model had."""

    layers: Annotated[Share, Field(gt=0)] = 0.6
    width: Annotated[Share, Field(gt=0)] = 0.5
    groups: Annotated[Share, Field(gt=0)] = 0.6


class Prune(Params):
    """How a model is made smaller before it is trained: in cycles, each of which cuts a little and heals.

    The rest of the model learns again what the cut parts knew, from the rows and from the model as it was before.
    """

    parameters: Annotated[Share, Field(gt=0, lt=0.9)] = 0.15
    """The share of the weights that goes."""
    cycles: Annotated[Positive, Field(le=100)] = 3
    what: Annotated[tuple[Literal["depth", "width", "heads"], ...], Field(min_length=1)] = ("depth", "width", "heads")
    """What may be cut: layers, units of the MLPs, groups of attention heads."""
    floors: Floors = Floors()
    slice: Annotated[Share, Field(gt=0, le=0.5)] = 0.0625
    """The share of the MLPs' units that one cut takes."""
    calibration: Positive = 32
    """Rows on which it is measured what matters."""
    heal: Positive = 100
    """Steps of the optimiser after each cycle's cuts."""
    lr: Annotated[Number, Field(gt=0, le=1)] | None = None
    """A third of what a training from nothing takes, where it is not given."""
    distil: Share = 0.5
    """How much of what is learned in healing comes from the model before the cuts, instead of from the rows."""
    tokens: Literal["all", "answers"] = "all"
    """What counts in measuring and healing: all tokens of a row, or its answer alone."""


class Scratch(Params):
    """The sizes of a model that begins with nothing. These take 0.8 million parameters, enough to route tickets."""

    hidden: Positive = 128
    layers: Positive = 3
    heads: Positive = 4
    kv_heads: Positive | None = None
    """As many as heads where it is not given."""
    mlp: Positive | None = None
    """Three times `hidden` where it is not given."""
    context: Positive = 512
    vocabulary: Annotated[Whole, Field(ge=300)] = 2048
    """Tokens at most: 261 are there at first, and the rest is learned from the rows."""

    @model_validator(mode="after")
    def _go_together(self, info: ValidationInfo) -> "Scratch":
        """All that does not go together, in one sentence."""
        faults = []
        if self.hidden % self.heads:
            faults.append(f"`hidden` {self.hidden} is no multiple of `heads` {self.heads}")
        elif self.hidden // self.heads % 2:
            faults.append(
                f"a head would be {self.hidden // self.heads} wide (`hidden` over `heads`), and it must be even"
            )
        if self.heads % (self.kv_heads or self.heads):
            faults.append(f"`heads` {self.heads} is no multiple of `kv_heads` {self.kv_heads}")
        if faults and not (info.context or {}).get(GUESSED):
            raise Apart("; ".join(faults))
        return self


def _said(group: BaseModel | None) -> dict[str, object] | None:
    return group.model_dump(mode="json", exclude_unset=True) if group is not None else None


Said = PlainSerializer(_said)
"""A group of which only what was said is kept, so that the rest stays as it was with whoever it is laid over."""


class Change(Params):
    """What is not as it was with the model that a training goes by. What is not said here stays."""

    scratch: Annotated[Scratch | None, Said] = None
    prune: Annotated[Prune | None, Said] = None
    train: Annotated[Train | None, Said] = None
    unpruned: Flag = False
    """Do not prune, though the parent was."""

    @model_validator(mode="after")
    def _go_together(self, info: ValidationInfo) -> "Change":
        if self.unpruned and self.prune is not None and not (info.context or {}).get(GUESSED):
            raise Apart("`prune` says how, and `unpruned` says not at all")
        return self
