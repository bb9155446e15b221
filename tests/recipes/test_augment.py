import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra images is not installed")
import torch

from modelwright.recipes import augment
from modelwright.recipes.augment import Policy


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(rows=8, side=16):
    return torch.rand((rows, 3, side, side), generator=dice(1))


NOTHING = Policy(flip="none", shift=0.0, erase=0.0)


def test_a_policy_of_nothing_changes_nothing():
    some = pictures()
    assert torch.equal(augment.augmented(some, NOTHING, dice()), some)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(flip="all", shift=0.2, erase=0.0),
        Policy(flip="sides", shift=0.1, zoom=0.3, rotate=20.0, erase=0.0),
        Policy(flip="none", shift=0.25, erase=0.0),
    ],
)
def test_a_map_moves_with_its_picture(policy):
    some = torch.zeros((6, 1, 24, 24))
    some[:, :, 4:12, 6:18] = 1.0
    changed, maps = augment.augmented(some, policy, dice(3), some[:, 0].long())
    inside = maps >= 0
    assert ((changed[:, 0] > 0.5).long() == maps)[inside].float().mean() > 0.97
    assert set(np.unique(maps.numpy())) <= {-1, 0, 1}


def test_what_comes_from_outside_counts_for_nothing():
    some = torch.ones((4, 1, 16, 16))
    _, maps = augment.augmented(some, Policy(flip="none", shift=0.5), dice(), some[:, 0].long())
    assert (maps == -1).any()


def test_the_same_dice_change_alike():
    policy = Policy(flip="all", shift=0.1, zoom=0.2, rotate=10.0, colour=0.3, mix="cutmix")
    first, second = (augment.augmented(pictures(), policy, dice(5)) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("how", ["mixup", "cutmix"])
def test_a_mixed_picture_has_the_share_of_each_that_is_told(how):
    some = torch.zeros((2, 1, 20, 20))
    some[1] = 1.0
    seen = []
    for seed in range(40):
        changed, others, share = augment.mixed(some, how, dice(seed))
        if others is None:
            assert share == 1.0
            continue
        for row in range(2):
            wanted = share * row + (1 - share) * int(others[row])
            seen.append(abs(float(changed[row].mean()) - wanted))
    assert len(seen) > 10
    assert max(seen) < 1e-5


def test_maps_of_turned_pictures_are_turned_back():
    some = pictures()
    for flip, looks in (("none", 1), ("sides", 2), ("all", 4)):
        turned = augment.turned(some, flip)
        assert len(turned) == looks
        assert all(torch.equal(back, some) for back in augment.undone(turned))


def test_a_square_is_blanked_to_the_mean():
    some = pictures(rows=3)
    changed = augment.augmented(some, Policy(flip="none", shift=0.0, erase=0.5), dice(2))
    assert 0 < (changed != some).float().mean() <= 0.3
