"""Networks for texts, as modules of torch, and the rows that they read.

`Bag` adds up a vector for each gram, weighed by TF-IDF, with a layer above (after Joulin et al., "Bag of tricks for
efficient text classification", 2017). `Convolutions` looks for short runs of words (Kim, "Convolutional neural networks
for sentence classification", 2014). `Recurrent` reads words in order, both ways. All take numbers and codes of other
columns beside the text.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from .nets import Inputs

if TYPE_CHECKING:
    import scipy.sparse

    from ..interfaces import Array

KERNELS = (1, 3, 5)  # words in a run
START = 0.1  # spread of the vectors before training


@dataclass(frozen=True, eq=False)
class BagRows:
    """Grams of each row one after the other, with their weights; where each row starts and ends; other columns."""

    grams: Any
    weights: Any
    starts: Any  # (rows,)
    ends: Any
    numbers: Any
    codes: Any
    target: Any = None

    @classmethod
    def of(cls, matrix: "scipy.sparse.csr_matrix", numbers: "Array", codes: "Array", where: str) -> "BagRows":
        """From a sparse matrix (rows, grams)."""
        bounds = torch.from_numpy(matrix.indptr.astype("int64"))
        indices, data = torch.from_numpy(matrix.indices.astype("int64")), torch.from_numpy(matrix.data)
        tensors = (indices, data, bounds[:-1], bounds[1:], torch.from_numpy(numbers), torch.from_numpy(codes))
        return cls(*(t.to(where) for t in tensors))

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Grams, weights, starts, numbers and codes, of these rows alone."""
        places, starts = _places(self.starts, self.ends)
        return self.grams[places], self.weights[places], starts, self.numbers, self.codes

    @property
    def device(self) -> Any:
        """Where they are."""
        return self.grams.device

    @property
    def at_once(self) -> int:
        """How many can be predicted at once."""
        return 2048

    def __getitem__(self, chosen: Any) -> "BagRows":
        some = (self.starts[chosen], self.ends[chosen], self.numbers[chosen], self.codes[chosen])
        return BagRows(self.grams, self.weights, *some, None if self.target is None else self.target[chosen])

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, eq=False)
class SequenceRows:
    """Words of each row one after the other, as codes; where each row starts and ends; other columns."""

    words: Any
    starts: Any  # (rows,)
    ends: Any
    numbers: Any
    codes: Any
    target: Any = None

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Words (rows, longest) with zeros behind the last, numbers and codes."""
        lengths = self.ends - self.starts
        steps = torch.arange(max(1, int(lengths.max()) if len(lengths) else 1), device=self.device)
        inside = steps < lengths[:, None]
        places = (self.starts[:, None] + steps).clamp(max=max(0, len(self.words) - 1))
        words = self.words[places] if len(self.words) else torch.zeros_like(places)
        return words * inside, self.numbers, self.codes

    @property
    def device(self) -> Any:
        """Where they are."""
        return self.words.device

    @property
    def at_once(self) -> int:
        """How many can be predicted at once."""
        return 128

    def __getitem__(self, chosen: Any) -> "SequenceRows":
        some = (self.starts[chosen], self.ends[chosen], self.numbers[chosen], self.codes[chosen])
        return SequenceRows(self.words, *some, None if self.target is None else self.target[chosen])

    def __len__(self) -> int:
        return len(self.starts)


def _places(starts: Any, ends: Any) -> tuple[Any, Any]:
    """Places of all that lies between starts and ends, row by row, and where each row begins among them."""
    lengths = ends - starts
    firsts = lengths.cumsum(0) - lengths
    total = int(lengths.sum())
    steps = torch.arange(total, device=starts.device)
    return torch.repeat_interleave(starts - firsts, lengths, output_size=total) + steps, firsts


class _Text(nn.Module):  # type: ignore[misc]
    """What follows on the vector of a text: other columns, a layer, the answer."""

    def __init__(self, width: int, inputs: dict[str, Any], hidden: int, dropout: float, outputs: int) -> None:
        super().__init__()
        self.columns = Inputs(**inputs)
        joined = width + sum(self.columns.number_chunks) + sum(self.columns.code_chunks)
        layers: list[Any] = [nn.Dropout(dropout)]
        if hidden:
            layers += [nn.Linear(joined, hidden), nn.ReLU(), nn.Dropout(dropout)]
        self.answer = nn.Sequential(*layers, nn.Linear(hidden or joined, outputs))

    def finish(self, text: Any, numbers: Any, codes: Any) -> Any:
        """Answers (rows, 1, outputs)."""
        return self.answer(torch.cat([text, *self.columns(numbers, codes)], dim=1))[:, None]


class Bag(_Text):
    """A vector for each gram, added up by weight."""

    def __init__(self, grams: int, width: int, linear: bool, forget: float, **rest: Any) -> None:
        super().__init__(width, **rest)
        self.table = nn.EmbeddingBag(max(1, grams), width, mode="sum")
        nn.init.normal_(self.table.weight, std=START)
        self.shift = nn.Parameter(torch.zeros(width))
        self.linear, self.forget = linear, forget

    def forward(self, grams: Any, weights: Any, starts: Any, numbers: Any, codes: Any) -> Any:
        """Answers (rows, 1, outputs)."""
        weights = functional.dropout(weights, self.forget, self.training)
        text = self.table(grams, starts, per_sample_weights=weights) + self.shift
        return self.finish(text if self.linear else text.relu(), numbers, codes)


class Convolutions(_Text):
    """The strongest sign of each of many short runs of words."""

    def __init__(self, words: int, width: int, filters: int, forget: float, **rest: Any) -> None:
        super().__init__(filters * len(KERNELS), **rest)
        self.table = nn.Embedding(words, width, padding_idx=0)
        self.runs = nn.ModuleList(nn.Conv1d(width, filters, k, padding="same") for k in KERNELS)
        self.forget = nn.Dropout1d(forget)

    def forward(self, words: Any, numbers: Any, codes: Any) -> Any:
        """Answers (rows, 1, outputs)."""
        read = self.forget(self.table(words)).transpose(1, 2)
        absent = (words == 0)[:, None]
        signs = [run(read).relu().masked_fill(absent, 0.0).amax(2) for run in self.runs]
        return self.finish(torch.cat(signs, dim=1), numbers, codes)


class Recurrent(_Text):
    """Two gated recurrent units, one for each direction: the mean and the maximum of what they say at each word."""

    def __init__(self, words: int, width: int, filters: int, forget: float, **rest: Any) -> None:
        super().__init__(4 * filters, **rest)
        self.table = nn.Embedding(words, width, padding_idx=0)
        self.reader = nn.GRU(width, filters, batch_first=True, bidirectional=True)
        self.forget = nn.Dropout1d(forget)

    def forward(self, words: Any, numbers: Any, codes: Any) -> Any:
        """Answers (rows, 1, outputs)."""
        lengths = (words > 0).sum(1).clamp(min=1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.forget(self.table(words)), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        said, _ = nn.utils.rnn.pad_packed_sequence(self.reader(packed)[0], batch_first=True)
        beyond = (torch.arange(said.shape[1], device=words.device) >= lengths[:, None])[..., None]
        mean = said.masked_fill(beyond, 0.0).sum(1) / lengths[:, None]
        most = said.masked_fill(beyond, -2.0).amax(1)
        return self.finish(torch.cat([mean, most], dim=1), numbers, codes)


def make(plan: dict[str, Any]) -> Any:
    """The module of a plan: `style` with the arguments of its class."""
    rest = {name: value for name, value in plan.items() if name != "style"}
    styles: dict[str, Any] = {"bag": Bag, "convolutions": Convolutions, "recurrent": Recurrent}
    return styles[plan["style"]](**rest)
