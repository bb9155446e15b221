"""Keeps the documents true to the code: `python docs/sync.py` writes, `python docs/sync.py --check` only looks.

A block in a document is named by a comment before its fence and written anew from what it names:

    <!-- code: src/modelwright/search/loop.py -->   the part of the file between `# [story]` and `# [/story]`
    <!-- tree -->                                   the files of the package, with the first sentence of each
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "modelwright"
WIDTH = 90  # of a comment in the tree
BLOCK = re.compile(r"(?P<mark><!-- (?P<what>code: \S+|tree) -->\n+```\w*\n)(?P<body>.*?)(?P<end>```\n)", re.DOTALL)


def documents() -> list[Path]:
    """The documents that may hold blocks."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def synced(text: str) -> str:
    """The text of a document with its blocks as the code is now."""
    return BLOCK.sub(lambda found: found["mark"] + _block(found["what"]) + found["end"], text)


def _block(what: str) -> str:
    return tree() if what == "tree" else story(ROOT / what.removeprefix("code: "))


def story(path: Path) -> str:
    """The marked part of a source file. ValueError when the file has no such part."""
    found = re.search(r"^# \[story\]\n(.*?)\s*^# \[/story\]", path.read_text(), re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(f"{path} has no part between '# [story]' and '# [/story]'.")
    return found[1].strip("\n") + "\n"


def tree() -> str:
    """One line per module of the package: its name, and the first sentence of its docstring."""
    lines = ["src/modelwright/"]
    rooms = sorted(p.parent for p in PACKAGE.glob("*/__init__.py"))
    lines += [_line(1, path.name, path) for path in sorted(PACKAGE.glob("*.py"))]
    for room in rooms:
        lines.append(_line(1, f"{room.name}/", room / "__init__.py"))
        lines += [_line(2, path.name, path) for path in sorted(room.glob("*.py")) if path.stem != "__init__"]
    return "\n".join(lines) + "\n"


def _line(depth: int, name: str, path: Path) -> str:
    return f"{'  ' * depth + name:<26}{comment(path)}".rstrip()


def comment(path: Path) -> str:
    """The first sentence of a module's docstring, cut at a pause where it is long; empty where there is none."""
    docstring = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].split())
    sentence = re.split(r"(?<=[a-z)`])[.?] ", docstring)[0].rstrip(".")
    while len(sentence) > WIDTH and (shorter := re.sub(r"[,;:][^,;:]*$", "", sentence)) != sentence:
        sentence = shorter
    return sentence


def main() -> None:
    """Write the documents that are behind, or say which they are and end with exit code 1."""
    behind = [path for path in documents() if synced(path.read_text()) != path.read_text()]
    if "--check" in sys.argv[1:]:
        names = ", ".join(str(path.relative_to(ROOT)) for path in behind)
        sys.exit(f"{names}: not as the code is now; run `make docs`." if behind else 0)
    for path in behind:
        path.write_text(synced(path.read_text()))


if __name__ == "__main__":
    main()
