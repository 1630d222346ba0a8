"""What a step claims, and what is left of a node."""

from sentinel.domain.needs import MIB, Needs, Slots

NODE = Slots(cpus=8, gpus=2, gpu_memory=40 * MIB, memory=4096 * MIB)


def test_needs_up_to_all_of_a_node_fit() -> None:
    assert NODE.fits(Needs(cpus=8, gpus=2, gpu_memory=40 * MIB, memory=4096 * MIB))


def test_needs_that_a_node_lacks_in_anything_do_not_fit() -> None:
    needs = Needs(cpus=9, gpus=3, gpu_memory=41, memory=4096 * MIB)
    assert not Slots(8, 2, 40, 4096 * MIB).fits(needs)


def test_gpu_memory_counts_only_for_what_uses_a_gpu() -> None:
    assert Slots(1, 0, 0, 512 * MIB).fits(Needs(gpu_memory=100))


def test_a_claimed_gpu_is_claimed_whole_and_the_others_keep_their_memory() -> None:
    left = NODE.less(Needs(cpus=1, gpus=1, gpu_memory=1, memory=MIB))
    assert left == Slots(7, 1, 40 * MIB, 4095 * MIB)
    assert left.fits(Needs(gpus=1, gpu_memory=40 * MIB))
    assert not left.fits(Needs(gpus=2))
