"""What a step needs of a node, and what a node has: slots of cpus, gpus, gpu memory and memory."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Needs:
    """What one attempt claims while it runs. `gpu_memory` is per GPU; sizes are bytes."""

    cpus: int = 1
    gpus: int = 0
    gpu_memory: int = 0
    memory: int = 512 * MIB


@dataclass(frozen=True, slots=True)
class Slots:
    """What a node offers, or what is left of it. `gpu_memory` is what each GPU has."""

    cpus: int
    gpus: int
    gpu_memory: int
    memory: int

    def fits(self, needs: Needs) -> bool:
        """Whether these needs can be claimed from what is here."""
        return (
            needs.cpus <= self.cpus
            and needs.gpus <= self.gpus
            and needs.memory <= self.memory
            and (needs.gpus == 0 or needs.gpu_memory <= self.gpu_memory)
        )

    def less(self, needs: Needs) -> "Slots":
        """What is left once these needs are claimed. A claimed GPU is claimed whole."""
        return Slots(self.cpus - needs.cpus, self.gpus - needs.gpus, self.gpu_memory, self.memory - needs.memory)
