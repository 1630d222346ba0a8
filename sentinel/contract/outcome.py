"""An outcome as it is written: a line of a JSON-lines file, or one of a request through the door."""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sentinel.contract.scalars import Share
from sentinel.domain.moment import parse_moment
from sentinel.domain.outcome import AUDIT, WHYS, Told

_LONGEST = 64 * 1024
Word = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(lambda text: _printable(text))]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it holds signs that cannot be shown")
    return text


def _moment(value: object) -> object:
    return parse_moment(value) if isinstance(value, str) else value


class OutcomeForm(BaseModel):
    """One label of one served answer. Other keys are let be: these files are made by other programs."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    id: Word
    at: Annotated[int, BeforeValidator(_moment), Field(ge=0, lt=2**53)]
    why: Literal[WHYS]  # type: ignore[valid-type]
    right: Annotated[bool, Field(strict=True)] | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    answer: Word | None = None
    label: Word | None = None
    chance: Annotated[Share, Field(gt=0)] | None = None
    version: Word | None = None

    @model_validator(mode="after")
    def _is_judged(self) -> "OutcomeForm":
        if self.right is None and self.score is None and (self.answer is None or self.label is None):
            raise ValueError("it says neither `right`, nor `score`, nor `answer` and `label`")
        if self.right is not None and self.score is not None:
            raise ValueError("it says both `right` and `score`")
        return self

    def told(self, audit: float) -> Told:
        """The outcome; an audit that names no chance had the line's own."""
        chance = self.chance if self.chance is not None else (audit or 1.0) if self.why == AUDIT else None
        right = self.right if self.right is not None else self.answer == self.label
        value = self.score if self.score is not None else float(right)
        return Told(
            self.id, self.at, value, self.score is None, self.why, chance, self.version, self.answer, self.label
        )


def read_outcome(text: str | bytes | object, audit: float) -> Told:
    """The outcome of a line of JSON, or of its value. ValueError says in a sentence what is wrong with it."""
    try:
        if isinstance(text, str | bytes):
            if len(text) > _LONGEST:
                raise ValueError(f"it is longer than {_LONGEST} bytes")
            return OutcomeForm.model_validate(json.loads(text)).told(audit)
        return OutcomeForm.model_validate(text).told(audit)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        says = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"`{where}`: {says}" if where else says) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("it is no JSON") from None
