"""Pictures as a pretrained network understands them."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from .. import backbones, checkpoints, pictures
from ..records.problem import Modality
from ..records.profile import Role
from .base import Step, put_together
from .components import axes_of, columns_of
from .pictures import names_pictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

COMPONENTS = 96  # of each picture
AT_ONCE = 32  # pictures
DECODING = 0.006  # seconds for reading one
NEEDS = ("torch", "timm")


class PictureEmbeddings(Step):
    """The main components of what a frozen network of timm makes of each picture, named `picture.e1` and so on.

    The network has seen no label of the task. The paths stay, for other steps.

    Args:
        checkpoint: folder of the pretrained network.
        components: columns for each column of paths.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    def __init__(self, checkpoint: str = "", components: int = COMPONENTS) -> None:
        self.checkpoint = checkpoint
        self.components = components

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None where rows are pictures of which something is to be said as a whole, and a network is at hand."""
        if problem.modality is not Modality.IMAGE or problem.kind in ("segmentation", "detection"):
            return "the rows are no pictures that get one answer"
        if not profile.names(Role.PATH):
            return "no column names pictures"
        if not checkpoints.named(problem):
            return "no pretrained model is at hand: give --checkpoint FOLDER, or --hub"
        return None if all(find_spec(name) for name in NEEDS) else "it needs timm: install modelwright[images]"

    @classmethod
    def given(cls, problem: "Problem", profile: "Profile") -> "Mapping[str, Any]":  # noqa: ARG003
        """Parameters that depend on the problem."""
        return {"checkpoint": checkpoints.named(problem)[0]}

    @classmethod
    def effort_for(cls, profile: "Profile", params: "Params", rows: int) -> float:
        """Seconds for so many rows, and those asked for: each picture is looked at once."""
        folder = str(params.get("checkpoint", ""))
        one = DECODING + 2e9 * backbones.giga(folder) / checkpoints.speed(1)
        return 3.0 + (rows + profile.test_rows) * one

    @classmethod
    def width_for(cls, profile: "Profile", params: "Params") -> int:
        """Columns that it adds: of each column of pictures."""
        return int(params.get("components", COMPONENTS)) * len(profile.names(Role.PATH))  # type: ignore[arg-type]

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn the components of each column of pictures."""
        from ..encoders import rounded
        from ..seeing import pretrained

        self.config_ = backbones.config(self.checkpoint)
        self.side_ = backbones.side(self.checkpoint)
        self._network: Any = pretrained(self.config_, 0, self.checkpoint)
        rounded(self._network)
        self.weights_ = {n: v.numpy().astype(_stored(v)) for n, v in self._network.state_dict().items()}
        self.names_ = [name for name in table.columns if names_pictures(table[name])]
        self._known: dict[str, Array] = {}
        vectors = {name: self._read(table[name], keep=True) for name in self.names_}
        self.axes_ = {name: axes_of(found, self.components) for name, found in vectors.items()}
        return self

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table with the components beside it."""
        added: dict[str, Array] = {}
        for name in self.names_:
            added |= columns_of(f"{name}.e", self._read(table[name]), self.axes_[name])
        return put_together(table, added)

    def _read(self, column: "pd.Series[Any]", *, keep: bool = False) -> "Array":
        """Embeddings (rows, width) of a column; those kept while fitting are not made a second time."""
        paths = [str(path) for path in column]
        if getattr(self, "_network", None) is None:
            self._network, self._known = self._rebuilt(), {}
        new = list(dict.fromkeys(path for path in paths if path not in self._known))
        found = dict(zip(new, self._embed(new), strict=True)) if new else {}
        if keep:
            self._known |= found
        known = {**self._known, **found}
        return np.stack([known[path] for path in paths]) if paths else np.empty((0, 1), dtype=np.float32)

    def _embed(self, paths: list[str]) -> "Array":
        import torch

        from .. import encoders

        where = encoders.where()
        network = self._network.to(where).eval()
        parts = []
        for start in range(0, len(paths), AT_ONCE):
            pixels, _ = pictures.many(paths[start : start + AT_ONCE], (self.side_, self.side_), few=True)
            with torch.inference_mode(), encoders.threads():
                seen = torch.from_numpy(pixels).to(where).permute(0, 3, 1, 2).float().div_(255)
                parts.append(network(seen).float().cpu().numpy())
        return np.concatenate(parts)

    def _rebuilt(self) -> Any:
        import torch

        from ..seeing import pretrained

        network = pretrained(self.config_, 0, "")
        given = {
            n: torch.from_numpy(v.astype(np.float32) if v.dtype.kind == "f" else v) for n, v in self.weights_.items()
        }
        network.load_state_dict(given)
        return network

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_network", "_known")}


def _stored(value: Any) -> Any:
    return np.float16 if value.is_floating_point() else value.numpy().dtype
