"""Average precision of boxes, against values worked out by hand."""

import numpy as np
import pytest

from modelwright.metrics.boxes import box_hits, mask_hits, matched, mean_average_precision, overlaps, precision_recall
from modelwright.metrics.catalogue import bound, get

A, B, C = [0, 0, 10, 10], [20, 20, 30, 30], [40, 40, 50, 50]
FAR = [70, 70, 80, 80]


def truth(*boxes):
    return np.array(boxes, dtype=float).reshape(-1, 4)


def said(*boxes):
    """Boxes with confidence first."""
    return np.array(boxes, dtype=float).reshape(-1, 5)


def average_precision(known, output, iou):
    """Of one class, whose boxes are given picture by picture."""
    found = [matched(t, o, [iou]) for t, o in zip(known, output, strict=True)]
    return precision_recall(found).average[0]


def test_overlap_is_what_is_shared_of_what_either_covers():
    boxes = np.array([A, [5, 0, 15, 10], B, [2, 2, 4, 4]], dtype=float)
    assert overlaps(boxes[:1], boxes)[0].tolist() == pytest.approx([1, 50 / 150, 0, 4 / 100])


def test_all_found_and_nothing_else_is_one():
    assert average_precision([truth(A, B)], [said([0.9, *A], [0.8, *B])], 0.5) == 1.0


def test_nothing_found_is_zero_and_nothing_to_find_is_undefined():
    assert average_precision([truth(A)], [said()], 0.5) == 0.0
    assert np.isnan(average_precision([truth()], [said([0.9, *A])], 0.5))


def test_a_false_alarm_between_two_hits_costs_by_hand():
    # right, wrong, right of 3 true boxes: precision 1, 1/2, 2/3; recall 1/3, 1/3, 2/3
    found = said([0.9, *A], [0.8, *FAR], [0.7, *B])
    assert average_precision([truth(A, B, C)], [found], 0.5) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)


def test_precision_is_made_to_fall_with_recall():
    # wrong, right, right: precision 0, 1/2, 2/3, of which the envelope at both recalls is 2/3
    found = said([0.9, *FAR], [0.8, *A], [0.7, *B])
    assert average_precision([truth(A, B)], [found], 0.5) == pytest.approx(2 / 3)


def test_a_box_is_found_once_and_the_second_time_is_wrong():
    found = said([0.9, *A], [0.8, *A], [0.7, *B])
    assert average_precision([truth(A, B)], [found], 0.5) == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)


def test_a_second_box_takes_the_next_best_that_is_free():
    near = [4, 0, 14, 10]  # overlaps A by 60/140, and a true box two pixels further by more
    true = truth(A, [2, 0, 12, 10])
    found = said([0.9, *near], [0.8, *near])
    assert average_precision([true], [found], 0.4) == 1.0


def test_confidence_orders_boxes_of_all_pictures_together():
    found = [said([0.5, *A]), said([0.9, *FAR])]
    assert average_precision([truth(A), truth()], found, 0.5) == 0.5


def test_just_half_is_enough_and_less_is_not():
    half = [0, 0, 10, 5]
    assert average_precision([truth(A)], [said([0.9, *half])], 0.5) == 1.0
    assert average_precision([truth(A)], [said([0.9, *half])], 0.51) == 0.0


def test_the_mean_is_over_the_classes_that_occur():
    known = [np.array([[0, *A], [2, *B]], dtype=float)]
    found = [np.array([[0, 0.9, *A], [1, 0.9, *C], [2, 0.9, *FAR]], dtype=float)]
    assert mean_average_precision(known, found) == 0.5


def test_thresholds_may_be_told_and_averaged():
    known, half = [np.array([[0, *A]], dtype=float)], [np.array([[0, 0.9, 0, 0, 10, 7.4]], dtype=float)]
    assert bound(get("map50"), {"iou": 0.75})(known, half) == 0.0
    assert get("map50-95").call(known, half) == pytest.approx(5 / 10)  # 0.5, 0.55 ... 0.7


def test_another_number_of_pictures_is_refused():
    with pytest.raises(ValueError, match="2 pictures"):
        mean_average_precision([np.empty((0, 5))] * 2, [np.empty((0, 6))])


@pytest.mark.parametrize("written", ["mAP@0.5", "mAP50", "Pascal VOC mAP"])
def test_it_is_found_as_people_write_it(written):
    assert get(written).name == "map50"


def test_masks_of_classes_are_averaged_over_the_classes_that_occur():
    known = [np.array([[0, 0, 1, -1]]), np.array([[1, 1, 0, 3]])]
    found = [np.array([[0, 1, 1, 2]]), np.array([[1, 1, 0, 0]])]
    # class 0: 2 shared of 4; 1: 3 of 4; 3: 0 of 1; the pixel of -1 does not count, so class 2 does not occur
    assert get("iou-classes").call(known, found) == pytest.approx((2 / 4 + 3 / 4 + 0) / 3)


def test_hits_are_held_against_all_that_is_true_or_said():
    known = [np.array([[0, *A], [0, *B]], dtype=float), np.empty((0, 5)), np.empty((0, 5))]
    found = [np.array([[0, 0.9, *A], [0, 0.2, *FAR]], dtype=float), np.empty((0, 6)), np.array([[0, 0.5, *A]])]
    assert box_hits(known, found, 0.5) == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert box_hits(known, found) == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert box_hits.at(known, found, np.array([0.0, 0.3, 0.6, 1.0]), 0.5) == pytest.approx(
        [(1 / 3 + 1 + 0) / 3, (1 / 2 + 1 + 0) / 3, (1 / 2 + 1 + 1) / 3, (0 + 1 + 1) / 3]
    )


def test_a_box_of_another_class_is_no_hit():
    known, found = [np.array([[0, *A]], dtype=float)], [np.array([[1, 0.9, *A]], dtype=float)]
    assert box_hits(known, found, 0.5) == 0.0


def test_a_mask_is_a_hit_at_the_overlaps_that_it_exceeds():
    counts = np.array([[[90, 0], [3, 7]], [[90, 5], [5, 0]], [[100, 0], [0, 0]], [[0, 0], [0, 100]]])
    assert mask_hits(counts).tolist() == pytest.approx([0.4, 0.0, 1.0, 1.0])  # 0.7 exceeds 0.5, 0.55, 0.6 and 0.65
    assert mask_hits(counts, [0.65, 0.8]).tolist() == [0.5, 0.0, 1.0, 1.0]


def test_classes_that_are_not_asked_for_are_left_out_of_the_mean():
    known, said = [np.array([[0, 1, 2, 2]])], [np.array([[0, 1, 2, 1]])]
    assert get("iou-classes").call(known, said) == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert bound(get("iou-classes"), {"without": [2]})(known, said) == pytest.approx((1 + 1 / 2) / 2)
