"""A description in sentences, each with the heading it stands under, and its blocks of example lines."""

import re
from dataclasses import dataclass

HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*$")
UNDERLINE = re.compile(r"^\s{0,3}(=+|-{3,})\s*$")
BULLET = re.compile(r"^\s{0,6}(?:[-*+•]|\d{1,2}[.)])\s+")
BOLD_START = re.compile(r"^\*\*([^*]{2,40}?)[.:]?\*\*[.:]?\s*")
# Ends of sentences, but not after e.g., i.e., vs., approx., initials, or inside numbers
SENTENCE_END = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?]['\"”)]))(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bapprox\.)(?<!\bca\.)(?<!\b[A-Z]\.)"
    r"\s+(?=[\"'`(\[*]*[A-Z0-9`])"
)


@dataclass(frozen=True)
class Sentence:
    """One sentence or list item."""

    text: str  # as written, on one line
    heading: str  # the heading above it, lower case

    @property
    def plain(self) -> str:
        """Lower case, hyphens and underscores as blanks, marks of emphasis gone: what patterns are matched against."""
        return normalise(self.text)

    @property
    def quote(self) -> str:
        """Short enough for one line of evidence."""
        return self.text if len(self.text) <= 160 else self.text[:157].rsplit(" ", 1)[0] + " ..."


@dataclass(frozen=True)
class Prose:
    """A description, taken apart."""

    sentences: tuple[Sentence, ...]
    blocks: tuple[tuple[str, ...], ...]  # lines of each fenced or indented block
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ()  # cells of each table drawn with bars, the header first


def normalise(text: str) -> str:
    """Lower case, typography flattened, so that log-loss, `log_loss` and **Log loss** are the same."""
    text = text.lower().replace("²", "^2").replace("√", "sqrt ").replace("\u2019", "'")
    text = re.sub(r"[\u2010-\u2014_]|(?<=\w)-(?=\w)", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"[`*\"“”]", "", text)).strip()


def parse(text: str) -> Prose:
    """Take a description apart. Markdown, mails and plain text are read alike."""
    sentences: list[Sentence] = []
    blocks: list[tuple[str, ...]] = []
    paragraph: list[str] = []
    block: list[str] = []
    heading, fenced, after_blank = "", False, True

    def close_paragraph() -> None:
        nonlocal heading
        joined = " ".join(line.strip() for line in paragraph)
        paragraph.clear()
        bold = BOLD_START.match(joined)
        if bold:
            heading, joined = bold[1].lower(), joined[bold.end() :] or ""
        sentences.extend(Sentence(s.strip(), heading) for s in SENTENCE_END.split(joined) if s.strip())

    def close_block() -> None:
        if block:
            blocks.append(tuple(block))
            block.clear()

    for line in text.expandtabs(4).splitlines() if "\t" not in text else text.splitlines():
        if line.strip().startswith(("```", "~~~")):
            close_paragraph()
            close_block()
            fenced = not fenced
            continue
        in_block = fenced or (line.startswith(("    ", "\t")) and (after_blank or bool(block)) and not paragraph)
        if in_block and line.strip() and not (BULLET.match(line.strip()) and not fenced):
            block.append(line.strip())
            continue
        if not fenced:
            close_block()
        title = HEADING.match(line)
        if title or not line.strip() or BULLET.match(line) or (UNDERLINE.match(line) and len(paragraph) == 1):
            if UNDERLINE.match(line) and len(paragraph) == 1:
                title = re.match(r"(.*)", paragraph.pop())
            close_paragraph()
        if title:
            heading = title[1].strip("*: ").lower()
            sentences.append(Sentence(title[1], heading))
        elif line.strip():
            paragraph.append(BULLET.sub("", line))
        after_blank = not line.strip()
    close_paragraph()
    close_block()
    return Prose(tuple(sentences), tuple(blocks), _tables(text))


def _tables(text: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Tables drawn with bars, as markdown has them; the line of dashes is left out."""
    found: list[list[tuple[str, ...]]] = [[]]
    for line in text.splitlines():
        bare = line.strip()
        if bare.count("|") < 2:
            found.append([])
        elif not re.fullmatch(r"[|\s:+-]+", bare):
            cells = bare.removeprefix("|").removesuffix("|").split("|")
            found[-1].append(tuple(c.strip() for c in cells))
    return tuple(tuple(table) for table in found if len(table) > 1)
