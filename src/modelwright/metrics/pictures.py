"""Metrics of what is found in pictures: masks of one class or several, and boxes."""

from ..interfaces import Metric
from ..kinds.confusion import ClassMaskScore
from . import boxes, counts
from .entry import masks

PICTURES = (
    # masks
    masks(
        "dice-global", counts.dice, "One Dice coefficient over the pixels of all images together.",
        "global dice", "dice", "global dice coefficient", "dice coefficient", "dice score", "global dice score",
        "f1 over pixels", "pixel f1", "dice over all pixels",
        each=False,
    ),
    masks(
        "dice-mean", counts.dice, "The Dice coefficient of each image, averaged; 1 where both masks are empty.",
        "mean dice", "average dice", "mean dice coefficient", "dice per image", "average dice coefficient",
        "mean dice score",
        each=True,
    ),
    masks(
        "iou", counts.iou, "Intersection over union of the pixels of all images together.",
        "intersection over union", "global iou", "iou-global", "jaccard index", "iou score",
        each=False,
    ),
    masks(
        "iou-mean", counts.iou, "Intersection over union of each image, averaged; 1 where both masks are empty.",
        "mean iou", "miou", "mean intersection over union", "average iou", "average intersection over union",
        each=True,
    ),
    masks(
        "pixel-accuracy", counts.accuracy, "Share of all pixels with the right label.",
        "pixel-wise accuracy", "pixelwise accuracy", "share of correct pixels",
        each=False,
    ),
    masks(
        "mask-hits", boxes.mask_hits,
        "Share of the overlaps `iou` (0.5, 0.55 ... 0.95) that an image exceeds; 1 where both are empty.",
        "mean precision at iou thresholds", "iou at thresholds",
        each=True,
    ),
    Metric(
        "iou-classes", ClassMaskScore(counts.iou), True, "masks", "Intersection over union of each class, averaged.",
        aliases=(
            "class iou", "mean iou over classes", "mean iou over the classes", "iou per class", "class-wise iou",
            "mean class iou", "mean intersection over union over classes", "iou averaged over the classes",
        ),
    ),
    Metric(
        "dice-classes", ClassMaskScore(counts.dice), True, "masks", "Dice coefficient of each class, averaged.",
        aliases=("class dice", "mean dice over classes", "dice per class", "class-wise dice", "mean class dice"),
    ),
    # boxes
    Metric(
        "map50", boxes.mean_average_precision, True, "boxes",
        "Mean over the classes of the average precision of boxes that overlap by `iou` (0.5) or more.",
        aliases=(
            "map@50", "map@0.5", "map 50", "map at 50", "ap50", "map@.5", "mean average precision at 0.5",
            "mean average precision at iou 0.5", "map at iou 0.5", "pascal voc map", "voc map", "map iou 0.5",
        ),
    ),
    Metric(
        "map50-95", boxes.mean_average_precision_coco, True, "boxes",
        "The same, averaged over the overlaps 0.5, 0.55 ... 0.95.",
        aliases=(
            "map@50-95", "map@0.5:0.95", "map@[0.5:0.95]", "coco map", "map50:95", "map 0.5:0.95", "map@.5:.95",
            "mean average precision at 0.5:0.95", "map@[.5:.95]",
        ),
    ),
    Metric(
        "box-hits", boxes.box_hits, True, "boxes",
        "Hits over hits, false alarms and misses of an image at the overlaps `iou` (0.5, 0.55 ... 0.95).",
        additive=True,
        aliases=("boxes tp over tp fp fn", "mean box precision at iou thresholds"),
    ),
)  # fmt: skip
