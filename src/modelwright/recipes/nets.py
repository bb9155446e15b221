"""Networks for tables, as modules of torch: TabM, and a network of two branches.

TabM (Gorishniy et al., "TabM: Advancing tabular deep learning with parameter-efficient ensembling", ICLR 2025) trains
several networks that share most of their weights. The network of two branches reads codes (levels, characters) in one
and numbers in the other, and joins them in a few wide layers. Both embed codes, and numbers that take many values
(Gorishniy et al., "On embeddings for numerical features in tabular deep learning", NeurIPS 2022).
"""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import rtdl_num_embeddings as embeddings
import tabm
import torch
from torch import nn

if TYPE_CHECKING:
    from ..interfaces import Array

CELLS = 3_000_000  # of a table of embeddings, at most
FREQUENCIES = 16  # of a periodic embedding


class Inputs(nn.Module):  # type: ignore[misc]
    """Numbers as they are and embedded, and codes embedded.

    Args:
        width: columns of numbers.
        sizes: number of codes of each column of codes.
        embed: positions of the numbers that are embedded.
        edges: for each of these the edges of its pieces, for an embedding of straight pieces; None: a periodic one.
        size: numbers into which each is embedded.
        scale: spread of the frequencies of a periodic embedding.
    """

    def __init__(
        self,
        width: int,
        sizes: list[int],
        embed: list[int],
        edges: "list[Array] | None",
        size: int,
        scale: float,
    ) -> None:
        super().__init__()
        self.register_buffer("embed", torch.tensor(embed, dtype=torch.int64), persistent=False)
        self.numbers: Any = None
        if embed and edges is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it calls torch by an old name
                self.numbers = embeddings.PiecewiseLinearEmbeddings(
                    [torch.tensor(e, dtype=torch.float32) for e in edges], size, activation=False, version="B"
                )
        elif embed:
            self.numbers = embeddings.PeriodicEmbeddings(
                len(embed), size, n_frequencies=FREQUENCIES, frequency_init_scale=scale, lite=False
            )
        dims = [code_size(n) for n in sizes]
        self.groups = sorted(set(dims))
        self.tables = nn.ModuleList()
        for dim in self.groups:
            members = [k for k, d in enumerate(dims) if d == dim]
            starts = np.cumsum([0, *(sizes[k] for k in members)])
            self.register_buffer(f"members_{dim}", torch.tensor(members, dtype=torch.int64), persistent=False)
            self.register_buffer(f"starts_{dim}", torch.tensor(starts[:-1], dtype=torch.int64), persistent=False)
            table = nn.Embedding(int(starts[-1]), dim)
            nn.init.normal_(table.weight, std=dim**-0.5)
            with torch.no_grad():
                for start in starts[:-1]:
                    table.weight[int(start) : int(start) + 2] = 0  # what was never seen says nothing
            self.tables.append(table)
        self.number_chunks = [1] * width + [size] * len(embed)
        self.code_chunks = [dim for dim in self.groups for d in dims if d == dim]

    def forward(self, numbers: Any, codes: Any) -> tuple[Any, Any]:
        """(rows, sum of number_chunks) and (rows, sum of code_chunks)."""
        found = [numbers]
        if self.numbers is not None:
            found.append(self.numbers(numbers[:, self.embed]).flatten(1))
        read = [
            table(codes[:, getattr(self, f"members_{dim}")] + getattr(self, f"starts_{dim}")).flatten(1)
            for dim, table in zip(self.groups, self.tables, strict=True)
        ]
        return torch.cat(found, dim=1), torch.cat(read, dim=1) if read else numbers[:, :0]


class Ensemble(nn.Module):  # type: ignore[misc]
    """TabM: `members` networks at once; answers (rows, members, outputs)."""

    def __init__(self, inputs: Inputs, members: int, width: int, depth: int, dropout: float, outputs: int) -> None:
        super().__init__()
        self.inputs = inputs
        chunks = [*inputs.number_chunks, *inputs.code_chunks]
        self.view = tabm.EnsembleView(k=members)
        self.backbone = tabm.make_tabm_backbone(
            d_in=sum(chunks),
            n_blocks=depth,
            d_block=width,
            dropout=dropout,
            k=members,
            start_scaling_init="normal" if inputs.numbers is not None else "random-signs",
            start_scaling_init_chunks=chunks,
        )
        self.output = tabm.LinearEnsemble(width, outputs, k=members)

    def forward(self, numbers: Any, codes: Any) -> Any:
        """Answers of all members."""
        return self.output(self.backbone(self.view(torch.cat(self.inputs(numbers, codes), dim=1))))


class TwoBranches(nn.Module):  # type: ignore[misc]
    """Codes in one branch, numbers in the other, joined by `depth` layers; answers (rows, 1, outputs)."""

    def __init__(self, inputs: Inputs, width: int, depth: int, dropout: float, norm: bool, outputs: int) -> None:
        super().__init__()
        self.inputs = inputs
        numbers, codes = sum(inputs.number_chunks), sum(inputs.code_chunks)
        self.numbers = _layer(numbers, width, norm, 0.0) if numbers else None
        self.codes = _layer(codes, max(32, width // 2), norm, dropout) if codes else None
        joined = width * bool(numbers) + max(32, width // 2) * bool(codes)
        self.joined = nn.Sequential(
            *(_layer(joined if k == 0 else width, width, norm, dropout) for k in range(depth)),
        )
        self.output = nn.Linear(width, outputs)

    def forward(self, numbers: Any, codes: Any) -> Any:
        """Answers of the one network."""
        read_numbers, read_codes = self.inputs(numbers, codes)
        found = [
            branch(read)
            for branch, read in ((self.numbers, read_numbers), (self.codes, read_codes))
            if branch is not None
        ]
        return self.output(self.joined(torch.cat(found, dim=1)))[:, None]


def _layer(inputs: int, outputs: int, norm: bool, dropout: float) -> Any:
    """A linear layer, perhaps normed over the batch, then SiLU: as smooth as Mish, at a fifth of its time."""
    steps: list[Any] = [nn.Linear(inputs, outputs)]
    nn.init.kaiming_normal_(steps[0].weight, nonlinearity="relu")
    nn.init.zeros_(steps[0].bias)
    if norm:
        steps.append(nn.BatchNorm1d(outputs))
    steps.append(nn.SiLU())
    if dropout > 0:
        steps.append(nn.Dropout(dropout))
    return nn.Sequential(*steps)


def code_size(levels: int) -> int:
    """Numbers into which a code of so many levels is embedded."""
    fitting = max(1, CELLS // max(1, levels))
    return int(min(2 if levels <= 4 else 4 if levels <= 10 else 8 if levels <= 60 else 16, fitting))


def make(plan: dict[str, Any]) -> Any:
    """The module of a plan: `style` with the arguments of its class, and under `inputs` those of Inputs."""
    rest = {name: value for name, value in plan.items() if name not in ("style", "inputs")}
    style: Any = {"tabm": Ensemble, "network": TwoBranches}[plan["style"]]
    return style(Inputs(**plan["inputs"]), **rest)
