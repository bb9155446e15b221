"""Kind and name to object: built-ins, entry points, or a dotted path; imported when used, not before.

A package adds its own through entry points in the group `modelwright.recipes`, `modelwright.features` and so on; a
user without a package names `module:attribute`.
"""

import importlib
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from .errors import SettingsError

# name -> module:attribute below this package; the order is that in which a strategist drafts recipes and adds steps
BUILTIN: dict[str, dict[str, str]] = {
    "kinds": {
        "binary": "kinds.classification:Classification",
        "multiclass": "kinds.classification:Classification",
        "multilabel": "kinds.multilabel:Multilabel",
        "ordinal": "kinds.ordinal:Ordinal",
        "regression": "kinds.regression:Regression",
        "forecast": "kinds.regression:Regression",
        "detection": "kinds.detection:Detection",
        "segmentation": "kinds.segmentation:Segmentation",
    },
    "recipes": {
        "dummy": "recipes.dummy:Dummy",
        "linear": "recipes.linear:Linear",
        "sparse-linear": "recipes.crosses:SparseLinear",
        "lightgbm": "recipes.boosting:LightGBM",
        "catboost": "recipes.catboost:CatBoost",
        "tabm": "recipes.neural:TabM",
        "network": "recipes.neural:Network",
        "extra-trees": "recipes.trees:ExtraTrees",
        "neighbours": "recipes.neighbours:Neighbours",
        "kernel": "recipes.kernel:KernelRidge",
        "xgboost": "recipes.xgboost:XGBoost",
        "random-forest": "recipes.trees:RandomForest",
        "tfidf-linear": "recipes.text:TfidfLinear",
        "naive-bayes": "recipes.bayes:NaiveBayes",
        "text-network": "recipes.text_network:TextNetwork",
        "transformer": "recipes.transformer:Transformer",
        "image-patches": "recipes.patches:ImagePatches",
        "image-network": "recipes.image:ImageNetwork",
        "image-tuned": "recipes.image:TunedConvolution",
        "image-transformer": "recipes.image:TunedTransformer",
        "pixels": "recipes.segment:Pixels",
        "unet": "recipes.draw:UNet",
        "segmenter": "recipes.draw:TunedSegmenter",
        "boxes": "recipes.detect:BoxNetwork",
        "boxes-tuned": "recipes.detect:TunedBoxes",
        "script": "recipes.script:Script",
    },
    "features": {
        "aggregates": "features.aggregates:Aggregates",
        "dates": "features.dates:DateParts",
        "composites": "features.composites:CompositeParts",
        "lists": "features.lists:ListItems",
        "places": "features.places:Places",
        "picture-embeddings": "features.picture_embeddings:PictureEmbeddings",
        "picture-statistics": "features.pictures:PictureStatistics",
        "characters": "features.characters:Characters",
        "text-statistics": "features.texts:TextStatistics",
        "text-likeness": "features.likeness:TextLikeness",
        "text-embeddings": "features.embeddings:TextEmbeddings",
        "interactions": "features.interactions:Interactions",
        "target-encode": "features.categories:TargetEncode",
        "frequency": "features.categories:Frequency",
        "category-pairs": "features.pairs:CategoryPairs",
        "near-places": "features.near:NearPlaces",
        "group-counts": "features.groups:GroupCounts",
        "neighbour-means": "features.neighbour_means:NeighbourMeans",
        "missing": "features.missing:MissingPattern",
        "row-statistics": "features.rows:RowStatistics",
        "ranks": "features.ranks:Ranks",
        "clusters": "features.clusters:Clusters",
        "date-gaps": "features.gaps:DateGaps",
        "number-texts": "features.numbers:NumberTexts",
        "integers-as-categories": "features.categories:IntegersAsCategories",
        "text-components": "features.texts:TextComponents",
        "select": "features.select:Select",
        "without": "features.without:Without",
    },
    "strategists": {
        "rules": "strategists.rules:Rules",
        "hybrid": "strategists.hybrid:Hybrid",
        "llm": "strategists.hybrid:ModelOnly",
    },
    "executors": {"local": "executors.local:LocalExecutor"},
}


@lru_cache
def _entry_points(group: str) -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=f"modelwright.{group}")}


def names(group: str) -> list[str]:
    """All names of a group (kinds, recipes, features, strategists, executors), built-ins first."""
    return [*BUILTIN[group], *(n for n in _entry_points(group) if n not in BUILTIN[group])]


def load(group: str, name: str) -> Any:
    """The object of that name, imported now. Recipes and kinds come as instances, the others as classes.

    Raises SettingsError for a name nobody knows, listing those that are known.
    """
    if name in BUILTIN[group]:
        module, attribute = BUILTIN[group][name].split(":")
        found = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
    elif name in _entry_points(group) or ":" in name:
        module, attribute = _entry_points(group).get(name, name).split(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise SettingsError(f"{group[:-1]} {name!r} cannot be imported: {error}.") from error
    else:
        raise SettingsError(f"no {group[:-1]} is called {name!r}: choose one of {', '.join(names(group))}.")
    return found() if group in ("recipes", "kinds") and isinstance(found, type) else found
