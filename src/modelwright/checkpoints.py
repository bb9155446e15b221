"""Pretrained models for text: which are at hand, and which suits a problem. No network, and nothing heavy imported.

A checkpoint is a folder as `transformers` writes it: `config.json`, weights, a tokenizer. The user names one, or it
lies in the Hugging Face cache, where only those of the table below are looked at: somebody has to know what they are
good for.
"""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .errors import SettingsError

if TYPE_CHECKING:
    from .records.problem import Problem

Device = Literal["cuda", "mps", "cpu"]

WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
SPEED: dict[Device, float] = {"cuda": 3e13, "mps": 1.5e12, "cpu": 2.5e10}  # operations a second: device, or one thread
SHARE = 0.35  # of the budget that one fold may take
EPOCHS = 3
PER_TOKEN = 6  # operations for each weight and token of training: forward, and twice that backward
CHARACTERS = 4.5  # of a token, about


@dataclass(frozen=True)
class Known:
    """A public checkpoint, as its authors describe it."""

    name: str  # on the Hugging Face hub
    millions: float  # of weights, without the table of words
    rank: int  # how well it does once fine-tuned, where it fits; higher is better
    domain: str = "general"
    languages: tuple[str, ...] = ("en",)  # "many" for about a hundred
    because: str = ""


KNOWN = (
    Known("microsoft/deberta-v3-large", 304, 10, because="the strongest encoder of English texts for its size"),
    Known("microsoft/deberta-v3-base", 86, 8, because="strong on sentences and pairs, still quick to fine-tune"),
    Known("microsoft/deberta-v3-small", 44, 6, because="half of the base model's layers, most of its quality"),
    Known("microsoft/deberta-v3-xsmall", 22, 5, because="small, and better than others of its size"),
    Known("answerdotai/ModernBERT-large", 340, 9, because="reads 8,192 tokens"),
    Known("answerdotai/ModernBERT-base", 110, 7, because="reads 8,192 tokens, quick on long texts"),
    Known("google/electra-large-discriminator", 303, 9, because="trained to tell replaced words"),
    Known("google/electra-base-discriminator", 86, 7, because="trained to tell replaced words"),
    Known("google/electra-small-discriminator", 10, 3, because="very small"),
    Known("FacebookAI/roberta-large", 303, 8, because="large, well understood"),
    Known("FacebookAI/roberta-base", 86, 6, because="well understood"),
    Known("sentence-transformers/all-mpnet-base-v2", 86, 6, because="made for likeness of sentences"),
    Known("sentence-transformers/all-MiniLM-L12-v2", 21, 4, because="made for likeness of sentences, small"),
    Known("sentence-transformers/all-MiniLM-L6-v2", 11, 3, because="made for likeness of sentences, very small"),
    Known("microsoft/mdeberta-v3-base", 86, 7, languages=("many",), because="strong in about a hundred languages"),
    Known("FacebookAI/xlm-roberta-large", 303, 8, languages=("many",), because="large, in a hundred languages"),
    Known("FacebookAI/xlm-roberta-base", 86, 6, languages=("many",), because="a hundred languages"),
    Known(
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        21,
        4,
        languages=("many",),
        because="likeness of sentences in fifty languages",
    ),
    Known("anferico/bert-for-patents", 303, 8, "patents", because="trained on patents"),
    Known(
        "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
        86,
        6,
        "biomedicine",
        because="trained on abstracts of medicine",
    ),
    Known("allenai/scibert_scivocab_uncased", 86, 5, "science", because="trained on papers"),
    Known("nlpaueb/legal-bert-base-uncased", 86, 5, "law", because="trained on contracts and judgements"),
    Known("ProsusAI/finbert", 86, 5, "finance", because="trained on news of finance"),
    Known("microsoft/codebert-base", 86, 5, "code", because="trained on programs and their comments"),
)
DOMAINS = {
    "patents": ("patent", "invention", "cpc code"),
    "biomedicine": ("clinical", "medical", "biomedical", "patient", "pubmed", "disease"),
    "science": ("scientific paper", "arxiv", "citation", "academic"),
    "law": ("legal", "court", "contract clause", "judgement"),
    "finance": ("financial news", "earnings", "stock"),
    "code": ("source code", "python function", "github", "programming language"),
}
AT_HOME = 2  # ranks that a model of the right domain is better by


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model on this machine."""

    name: str
    folder: str
    millions: float  # of weights, without the table of words
    because: str  # why it was taken, in words


@dataclass(frozen=True)
class Task:
    """What the choice depends on."""

    description: str
    characters: float  # of all texts of a row
    rows: int
    english: bool
    budget: float | None  # seconds
    device: Device
    threads: int


def named(problem: "Problem") -> list[str]:
    """The folders of the checkpoints that a run may use, the best first."""
    told: Any = problem.options.get("checkpoints") or ()
    return [str(folder) for folder in told]


def weights(folder: str) -> float:
    """How many weights a checkpoint has, without the table of words; those of a base model where it is not there."""
    try:
        return 1e6 * size(Path(folder))
    except (OSError, ValueError):
        return 86e6


def speed(threads: int) -> float:
    """Operations a second of this machine's device, about; of a CPU with so many threads."""
    where = device()
    return SPEED[where] * (threads if where == "cpu" else 1)


def device() -> Device:
    """What torch would most likely compute on, told without importing it."""
    if Path("/dev/nvidia0").exists() or Path("/dev/nvidiactl").exists():
        return "cuda"
    return "mps" if platform.system() == "Darwin" and platform.machine() == "arm64" else "cpu"


def given(folders: Sequence[str]) -> list[Checkpoint]:
    """The checkpoints that the user named, in that order. Raises SettingsError for a folder that holds none."""
    found = []
    for name in folders:
        folder = Path(name).expanduser().absolute()
        lacking = missing(folder)
        if lacking:
            raise SettingsError(f"--checkpoint {name} is not the folder of a pretrained model: {lacking}.")
        found.append(Checkpoint(folder.name, str(folder), size(folder), "named by --checkpoint"))
    return found


def missing(folder: Path) -> str:
    """What a folder lacks to be a checkpoint, in words; "" for nothing."""
    if not folder.is_dir():
        return "there is no such folder"
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "it has no config.json"
    except (OSError, ValueError) as error:
        return f"its config.json cannot be read ({error})"
    if not isinstance(config, dict) or not {"model_type", "architecture"} & set(config):
        return "its config.json names no model_type (of texts) and no architecture (of pictures)"
    if not any((folder / name).exists() for name in WEIGHTS):
        return f"it has no weights ({', '.join(WEIGHTS[:1] + WEIGHTS[2:3])})"
    return ""


def size(folder: Path) -> float:
    """Millions of weights without the table of words, from a config.json, about."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    width = float(config.get("hidden_size") or config.get("dim") or config.get("d_model") or 768)
    layers = float(config.get("num_hidden_layers") or config.get("n_layers") or 12)
    inner = float(config.get("intermediate_size") or config.get("hidden_dim") or 4 * width)
    return layers * (4 * width**2 + 2 * width * inner) / 1e6


def cached() -> list[tuple[Known, Path]]:
    """Known checkpoints in the Hugging Face cache of this user, whole ones only."""
    found = [(known, cached_folder(known.name)) for known in KNOWN]
    return [(known, folder) for known, folder in found if folder is not None]


def cached_folder(name: str) -> Path | None:
    """Where the cache holds a model of the hub, whole; None where it does not."""
    snapshots = cache_folder() / f"models--{name.replace('/', '--')}" / "snapshots"
    if not snapshots.is_dir():
        return None
    whole = [folder for folder in sorted(snapshots.iterdir()) if not missing(folder)]
    return whole[-1] if whole else None


def cache_folder() -> Path:
    """Where the Hugging Face hub keeps what was downloaded, as its documentation says."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(cache).expanduser()
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    return Path(home).expanduser() / "hub"


def fitting(task: Task) -> list[tuple[Known, str]]:
    """The checkpoints that suit a task, the best first, each with the reason in words."""
    domains = {name for name, words in DOMAINS.items() if any(word in task.description.lower() for word in words)}
    tokens = task.rows * (task.characters / CHARACTERS + 3)
    speed = SPEED[task.device] * (task.threads if task.device == "cpu" else 1)
    allowed = (task.budget or 3600.0) * SHARE
    found = []
    for known in KNOWN:
        if known.domain != "general" and known.domain not in domains:
            continue
        if not task.english and "many" not in known.languages:
            continue
        seconds = EPOCHS * tokens * PER_TOKEN * known.millions * 1e6 / speed
        if seconds > allowed:
            continue
        home = known.domain in domains
        where = "a GPU" if task.device != "cpu" else f"{task.threads} thread{'s' * (task.threads > 1)}"
        reason = f"{known.because}; {known.millions:g} million weights, about {seconds:.0f} s for a fold on {where}"
        found.append((known.rank + AT_HOME * home, known, reason))
    return [(known, reason) for _, known, reason in sorted(found, key=lambda item: (-item[0], item[1].millions))]


def at_hand(task: Task) -> list[Checkpoint]:
    """What the cache holds that suits the task, the best first."""
    folders = {known.name: folder for known, folder in cached()}
    return [
        Checkpoint(known.name, str(folders[known.name]), known.millions, reason)
        for known, reason in fitting(task)
        if known.name in folders
    ]


def download(name: str) -> Path:
    """Fetch a checkpoint from the Hugging Face hub into its cache: the only call to the network, made with --hub.

    Raises SettingsError where the hub cannot be reached or does not have it, or where `modelwright[text]` is missing.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise SettingsError("--hub needs huggingface_hub: install modelwright[text].") from error
    try:
        wanted = ["*.json", "*.txt", "*.model", "*.safetensors"]
        return Path(snapshot_download(name, allow_patterns=wanted))
    except Exception as error:  # whatever a network may do, in the client's many words
        told = " ".join(str(error).split())[:200]
        raise SettingsError(f"{name} could not be had from the hub ({type(error).__name__}: {told}).") from error
