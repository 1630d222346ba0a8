"""transformers' Trainer on a plan that is known beforehand: our batches, our loss, our checkpoints, its steps."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from sentinel.contract.training import Train
from sentinel.domain.refusal import refuse
from sentinel.model.batches import Part, packed, padded
from sentinel.model.tokens import Sample
from sentinel.model.train import state
from sentinel.model.train.counted import distilled, summed
from sentinel.model.train.holds import BF16, tensors
from sentinel.model.train.plan import Plan
from sentinel.model.train.watch import Watch

TRAINER_STATE = "trainer_state.json"
Saving = Callable[[], AbstractContextManager[Path]]


@dataclass(frozen=True, slots=True)
class Teacher:
    """A model that is learned from, beside the rows, and how much of what is learned is its."""

    model: Any
    share: float


class Loop(Trainer):  # type: ignore[misc]
    """The steps of one training, on one of its processes."""

    def __init__(
        self, model: Any, samples: Sequence[Sample], plan: Plan, settings: Train, watch: Watch, *, seed: int,
        precision: str, packs: bool, fill: int, place: Path, saving: Saving, rank: int = 0,
        teacher: Teacher | None = None,
    ) -> None:  # fmt: skip
        """Wire it. `place` is a folder that the Trainer wants to have, and where nothing is written."""
        self._samples, self._plan, self._settings, self._watch = samples, plan, settings, watch
        self._half, self._fill, self._saving, self._rank = precision == BF16, fill, saving, rank
        self._lay, self._teacher = packed if packs else padded, teacher
        super().__init__(model=model, args=_arguments(plan, settings, place, seed), callbacks=[_Told(self, watch)])
        self.remove_callback(PrinterCallback)
        self.loss_is_scaled_for_ga = True

    def get_train_dataloader(self) -> Any:
        """The parts of all steps, in their order, as this process takes them."""
        from torch.utils.data import DataLoader

        parts = [(part, step.useful) for step in self._plan.steps for part in step.parts]
        return DataLoader(parts, batch_size=1, shuffle=False, collate_fn=lambda held: self._laid(*held[0]))

    def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
        """The loss of a part, as a share of what its whole step learns."""
        useful = inputs.pop("useful")
        half = nullcontext()
        if self._half:
            import torch

            half = torch.autocast(self.args.device.type, torch.bfloat16)
        with half:
            loss = self._summed(model, inputs) / useful
        self._watch.part(loss.item())
        if not math.isfinite(self._watch.loss):
            raise self._not_finite("loss")
        # processes take the mean of their gradients, where a step is the sum of its rows
        return loss * self.args.world_size

    def _summed(self, model: Any, inputs: dict[str, Any]) -> Any:
        smoothing, teacher = self._settings.label_smoothing, self._teacher
        if teacher is None:
            return summed(model, inputs, smoothing)
        return distilled(model, teacher.model.to(self.args.device), inputs, teacher.share, smoothing)

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        if not math.isfinite(float(norm)):
            raise self._not_finite("gradient")
        return norm

    def _laid(self, part: Part, useful: int) -> dict[str, Any]:
        import torch

        rows = [self._samples[row] for row in part[self._rank]]
        held = self._lay(rows, self._fill)
        self._watch.laid(held["input_ids"].size, sum(len(each.ids) for each in rows))
        return {**tensors(held, "cpu"), "useful": torch.tensor(max(1, useful))}

    def _not_finite(self, what: str) -> Exception:
        step, rate = self.state.global_step + 1, float(self._get_learning_rate())
        return refuse(
            "E-loss-nonfinite", f"the {what} of step {step} is no number, at a learning rate of {rate:.3g}.",
            todo=f"Try `lr: {self._plan.rate / 10:.1g}`, or `precision: fp32`; and see whether the base is sound.",
        )  # fmt: skip

    # What the Trainer would keep and look for in files of its own.

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        if self._rank:
            return
        inside = {"optimizer": self.optimizer.state_dict(), "schedule": self.lr_scheduler.state_dict()}
        with self._saving() as folder:
            state.write(folder, self.model, inside, self._watch.kept, self._watch.diary.to_json())
            self.state.save_to_json(str(folder / TRAINER_STATE))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        state.put_back(self.model, state.weights(Path(resume_from_checkpoint)))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            held = state.inside(Path(checkpoint))
            self.optimizer.load_state_dict(held["optimizer"])
            self.lr_scheduler.load_state_dict(held["schedule"])

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            state.restore_chance(state.inside(Path(checkpoint))["chance"])


class _Told(TrainerCallback):  # type: ignore[misc]
    """Hands each step on to the watch, and its word back to the Trainer."""

    def __init__(self, loop: Loop, watch: Watch) -> None:
        self._loop, self._watch = loop, watch

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """A step begins. Processes that draw differently from chance begin each step from the seed."""
        if args.world_size > 1:
            import torch

            torch.manual_seed(hash((args.seed, state.global_step, args.process_index)))
        return control

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """A step has been taken."""
        word = self._watch.step(state.global_step, self._loop.model)
        control.should_training_stop = control.should_training_stop or word.stop
        control.should_save = word.save
        return control


def _arguments(plan: Plan, settings: Train, place: Path, seed: int) -> Any:
    import torch

    count = len(plan.steps)
    arguments = TrainingArguments(
        output_dir=str(place), max_steps=count, gradient_accumulation_steps=settings.accumulate,
        learning_rate=plan.rate, lr_scheduler_type=settings.schedule.replace("constant", "constant_with_warmup"),
        warmup_steps=round(settings.warmup * count), weight_decay=settings.weight_decay, max_grad_norm=settings.clip,
        seed=seed, data_seed=seed, use_cpu=not torch.cuda.is_available(), report_to="none", disable_tqdm=True,
        logging_strategy="no", save_strategy="no", eval_strategy="no", remove_unused_columns=False,
        dataloader_pin_memory=False, logging_nan_inf_filter=False, use_cache=False,
        ddp_find_unused_parameters=False, log_level="error",
    )  # fmt: skip
    if torch.cuda.is_available():
        arguments._n_gpu = 1  # one process, one GPU: more of them are more processes
    return arguments
