"""Pretrained encoders of text, loaded from a folder: tokens in, vectors out. Needs torch and transformers.

What an encoder made of the texts of a column is kept beside the run (`vectors`), so that another experiment with other
feature steps before it need not read them again. Weights are rounded to half precision as they are loaded, and computed
with in single precision: what is stored with a model is then half as large and still gives the very same numbers.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import vectors

if TYPE_CHECKING:
    from .interfaces import Array

LONGEST = 512  # tokens of a text that are read
TOKENS = 8192  # in a batch, padding included


@dataclass(frozen=True, eq=False)
class Encoder:
    """A model with its tokenizer, and how its tokens become one vector."""

    tokenizer: Any
    model: Any
    pooling: str  # mean or cls
    longest: int


def load(folder: str | Path) -> Encoder:
    """The encoder in a folder, in evaluation mode on the CPU. Nothing is fetched from anywhere.

    Raises OSError for a folder that is broken.
    """
    with offline():
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            model = AutoModel.from_pretrained(str(folder), local_files_only=True, dtype="float32")
        except Exception as error:  # of many kinds, by the file that is broken
            told = " ".join(str(error).split())[:200]
            raise OSError(f"the pretrained model in {folder} cannot be read: {told}") from error
    rounded(model)
    most = getattr(model.config, "max_position_embeddings", None) or LONGEST
    given = tokenizer.model_max_length if tokenizer.model_max_length < 10**6 else LONGEST
    return Encoder(tokenizer, model.eval(), pooling(Path(folder)), int(min(LONGEST, given, most)))


def rebuilt(config: dict[str, Any], weights: "dict[str, Array]") -> Any:
    """A model from its configuration and weights, as `stored` gives them: no folder is needed."""
    import torch

    with offline():
        from transformers import AutoConfig, AutoModel

        kind = config["model_type"]
        model = AutoModel.from_config(
            AutoConfig.for_model(kind, **{k: v for k, v in config.items() if k != "model_type"})
        )
    model.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in weights.items()})
    return model.eval()


def stored(model: Any) -> "tuple[dict[str, Any], dict[str, Array]]":
    """Configuration and weights of a model whose weights are rounded to half precision."""
    weights = {name: value.detach().cpu().half().numpy() for name, value in model.state_dict().items()}
    return json.loads(model.config.to_json_string(use_diff=False)), weights


def rounded(model: Any) -> None:
    """Round all weights to what half precision can hold; they stay in single precision."""
    import torch

    with torch.no_grad():
        for value in (*model.parameters(), *model.buffers()):
            if value.is_floating_point():
                value.copy_(value.half().float())


def pooling(folder: Path) -> str:
    """How the makers of a sentence encoder pool its tokens; the mean where they say nothing."""
    try:
        told = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "mean"
    return "cls" if told.get("pooling_mode_cls_token") else "mean"


def embed(encoder: Encoder, texts: Sequence[str], where: str = "cpu") -> "Array":
    """Vectors of length one (texts, width) float32; each distinct text is read once, the short ones together."""
    import torch

    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    places = {text: k for k, text in enumerate(distinct)}
    width = encoder.model.config.hidden_size
    found = np.zeros((len(distinct), width), dtype=np.float32)
    model = encoder.model.to(where)
    start = 0
    for batch in _batches(encoder, distinct):
        with torch.inference_mode(), threads():
            hidden = model(**{name: value.to(where) for name, value in batch.items()}).last_hidden_state
            pooled = pool(hidden, batch["attention_mask"].to(where), encoder.pooling)
            found[start : start + len(hidden)] = torch.nn.functional.normalize(pooled, dim=1).float().cpu().numpy()
        start += len(hidden)
    return found[[places[text] for text in texts]]


def embed_once(encoder: Encoder, texts: Sequence[str], where: str = "cpu") -> "Array":
    """As `embed`, or as another experiment of this run got them of the same weights and texts."""
    return vectors.once(lambda: _key(encoder, texts), lambda: embed(encoder, texts, where))


def _key(encoder: Encoder, texts: Sequence[str]) -> str:
    """What the vectors depend on: the weights, how tokens are pooled and how many are read, and the texts in order."""
    made = hashlib.sha256(f"{encoder.pooling} {encoder.longest} {encoder.model.config.to_json_string()}".encode())
    for value in encoder.model.state_dict().values():
        made.update(value.detach().cpu().numpy().tobytes())
    for text in texts:
        told = text.encode("utf-8", "surrogatepass")
        made.update(len(told).to_bytes(8, "big") + told)
    return made.hexdigest()


def where() -> str:
    """The device that torch would compute on here: cuda, mps or cpu."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def threads() -> Iterator[None]:
    """As many threads of torch as OMP_NUM_THREADS allows; put back afterwards."""
    import torch

    before, allowed = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS", "")
    if allowed.isdigit() and int(allowed) != before:
        torch.set_num_threads(max(1, int(allowed)))
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def _batches(encoder: Encoder, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Texts as tokens, so many at a time that a batch has about TOKENS of them."""
    start = 0
    while start < len(texts):
        most = max(len(text) for text in texts[start : start + 8]) // 3 + 8
        count = max(1, min(256, TOKENS // min(encoder.longest, most)))
        some = list(texts[start : start + count])
        start += count
        yield encoder.tokenizer(some, padding=True, truncation=True, max_length=encoder.longest, return_tensors="pt")


def pool(hidden: Any, mask: Any, how: str) -> Any:
    """One vector for each text (rows, width) of those of its tokens (rows, tokens, width)."""
    if how == "cls":
        return hidden[:, 0]
    weights = mask[..., None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-6)


@contextmanager
def offline() -> Iterator[None]:
    """No call to the network while a model is loaded, and no chatter."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TRANSFORMERS_VERBOSITY", "HF_HUB_DISABLE_PROGRESS_BARS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict(zip(names, ("1", "1", "error", "1"), strict=True)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries about each other
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
