"""What a bundle says of itself (`bundle.json`), and the checks of its files: shared by who writes and who reads it."""

import hashlib
import platform
import warnings
from importlib import metadata
from pathlib import Path

from pydantic import ValidationError

from ..errors import RunError
from ..records.answer import Mixing
from ..records.base import Record
from ..records.experiment import Rule
from ..records.problem import Problem
from ..records.profile import Schema

FORMAT = 3  # since 2 members may be stacked on others, since 3 they may be code that somebody wrote
READABLE = (1, 2, FORMAT)
LIBRARIES = (
    "modelwright", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "catboost", "xgboost-cpu", "torch", "tabm",
    "rtdl-num-embeddings", "transformers", "tokenizers", "joblib",
)  # fmt: skip


class Member(Record):
    """One model of the blend."""

    file: str  # relative to the bundle
    weight: float  # 0: it is there only because another one is stacked on it
    sha256: str
    recipe: str = ""
    experiment: int = 0  # whose model it is; columns made of its predictions are named after it
    script: str = ""  # of code that somebody wrote: its source, relative to the bundle
    script_sha256: str = ""
    stack: tuple[str, ...] = ()  # files of the members whose predictions are columns for this one


class Table(Record):
    """Another table that rows find theirs in."""

    name: str  # of its relation
    file: str  # relative to the bundle
    sha256: str


class Contents(Record):
    """What `bundle.json` holds."""

    format: int = FORMAT
    problem: Problem
    columns: Schema
    mixing: Mixing = Mixing()
    rule: Rule
    metric: str
    members: tuple[Member, ...]
    tables: tuple[Table, ...] = ()
    versions: dict[str, str]


class _Head(Record):
    """The part of `bundle.json` that every format has."""

    model_config = {"extra": "ignore"}

    format: int


def read(file: Path) -> Contents:
    """What a `bundle.json` holds. Raises RunError when it is damaged, or of a format that this version cannot read."""
    try:
        head = _Head.model_validate_json(file.read_text())
        if head.format not in READABLE:
            raise RunError(
                f"{file} has bundle format {head.format}, this version reads format {FORMAT}: "
                "open it with the version of modelwright that wrote it."
            )
        return Contents.model_validate_json(file.read_text())
    except (ValidationError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{file} is not a bundle's table of contents ({reason}): copy the bundle again.") from error


def checked(root: Path, name: str, sha256: str) -> Path:
    """A file of a bundle. Raises RunError when it is not inside, not there, or not as it was written."""
    file = (root / name).resolve()
    what = "model" if name.startswith("members/") else "table"
    if not file.is_relative_to(root.resolve()):
        raise RunError(f"{root} names a {what} outside itself ({name}): do not use this bundle.")
    if not file.exists():
        raise RunError(f"{root} lacks its {what} {name}: copy the bundle again, whole.")
    if checksum(file) != sha256:
        raise RunError(f"{file} is damaged or was changed (its checksum differs): copy the bundle again.")
    return file


def checksum(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Those of Python and of the libraries that models are made of, as installed here."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # not installed, so no model can need it
    return found


def compare_versions(fitted: dict[str, str], root: Path) -> None:
    """Warn of libraries whose versions are too far from those the models were fitted with."""
    here = versions()
    for name, version in fitted.items():
        if _series(name, version) != _series(name, here.get(name, "none")):
            warnings.warn(
                f"{root} was made with {name} {version} and is read with {here.get(name, 'none')}: "
                "compare a few predictions before you rely on it.",
                RuntimeWarning,
                stacklevel=3,
            )


def _series(name: str, version: str) -> list[str]:
    """The part of a version within which models are expected to keep working."""
    parts = version.split(".")
    return parts[: 2 if name == "python" or parts[0] == "0" else 1]
