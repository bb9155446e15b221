"""Bytes to text: utf-8 and utf-16 first, then cp1252, or another old encoding where its letters are evident."""

import re
from pathlib import Path

from ..errors import TableError

HEAD = 1 << 16  # bytes from which a form is guessed
NO_TEXT = 0.9  # share of zero bytes on one side from which a text is utf-16 without a mark
CLEAR = 0.5  # share of an encoding's commonest letters, among those beyond ascii, from which it is evident
ODD = 0.02  # share of signs inside words from which cp1252 is not the encoding
BEYOND = re.compile(rb"[\x80-\xff]+")
LETTERS = {  # the commonest letters of languages whose words lie beyond ascii as a whole
    "cp1251": "оеаинтсрвлкмдпу",
    "koi8-r": "оеаинтсрвлкмдпу",
    "cp866": "оеаинтсрвлкмдпу",
    "cp1253": "αοιετσνηυρπκμλό",
    "cp1255": "יוהלאמרתשבנ",
    "cp1256": "ايلمنتروهبد",
}
WIDE = {  # two bytes a character: encoding, then the range of its everyday characters
    "shift_jis": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "euc_jp": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "euc_kr": re.compile(r"[\uac00-\ud7a3]"),
    "gb18030": re.compile(r"[\u4e00-\u9fff]"),
    "big5": re.compile(r"[\u4e00-\u9fff]"),
}
SIGNS = "\u00b9\u00b2\u00b3\u00a2\u00a3\u00a5\u00a6\u00a8\u00ac\u00af\u00b1\u00b4\u00b6\u00b8\u00bc\u00bd\u00be\u00bf"
SIGN_IN_WORD = re.compile(rf"(?<=[^\W\d_])[{SIGNS}](?=[^\W\d_])|(?<!\w)[\u00a3\u00a5\u00af](?=[^\W\d_])")


def without_mark(raw: bytes) -> str:
    """The encoding utf-16-le or utf-16-be of a text that has no byte order mark; "" for other bytes."""
    head = raw[: HEAD & ~1]
    if len(head) < 8 or b"\0" not in head:
        return ""
    for name, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros.count(0) >= NO_TEXT * len(zeros) and others.count(0) == 0:
            return name
    return ""


def decode(path: Path, raw: bytes) -> tuple[str, str]:
    """The text and the encoding that read it.

    Raises TableError, naming line and byte, where no encoding does, or where a utf-8 text is damaged.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _strict(path, raw, "utf-16"), "utf-16"
    bare = without_mark(raw)
    if bare:
        return _strict(path, raw, bare), bare
    encoding = "utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else "utf-8"
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError as error:
        where = _where(path, raw, error.start)
        sample = _beyond_ascii(raw)
        if encoding == "utf-8-sig" or _mostly_utf8(sample):
            raise TableError(
                f"{where}: the byte {raw[error.start]:#04x} is not utf-8, while the rest of the file is: mend the line."
            ) from error
        found = _old_encoding(sample)
        try:
            return raw.decode(found), found
        except UnicodeDecodeError:
            raise TableError(
                f"{where}: the byte {raw[error.start]:#04x} is neither utf-8 nor {found} text: save it as utf-8."
            ) from error


def _where(path: Path, raw: bytes, at: int) -> str:
    line = raw[:at].count(b"\n") + 1
    return f"{path}, line {line}"


def _strict(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(encoding, errors="replace").count("\n") + 1
        raise TableError(
            f"{path}, line {line}: not whole {encoding} text ({error.reason}): save it as utf-8."
        ) from error


def _beyond_ascii(raw: bytes) -> bytes:
    """Lines that hold bytes beyond ascii, up to HEAD bytes of them."""
    first = BEYOND.search(raw)
    if first is None:
        return b""
    start = raw.rfind(b"\n", 0, first.start()) + 1
    lines = raw[start : start + 64 * HEAD].split(b"\n")
    kept: list[bytes] = []
    size = 0
    for line in lines:
        if not line.isascii():
            kept.append(line)
            size += len(line)
        if size > HEAD:
            break
    return b"\n".join(kept)


def _mostly_utf8(sample: bytes) -> bool:
    """Whether most of what lies beyond ascii is whole utf-8."""
    text = sample.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(not c.isascii() for c in text) - wrong
    return right > max(1, wrong)


def _old_encoding(sample: bytes) -> str:
    """The encoding of a text that is not utf-8: cp1252 unless the letters of another are evident."""
    runs = [len(run) for run in BEYOND.findall(sample)]
    if runs and sum(runs) / len(runs) < 2:  # single accented letters inside words
        return _western(sample)
    scores = {name: _commonest(sample, name, set(letters)) for name, letters in LETTERS.items()}
    scores |= {name: _everyday(sample, name, usual) for name, usual in WIDE.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > CLEAR else _western(sample)


def _western(sample: bytes) -> str:
    odd = {}
    for name in ("cp1252", "cp1250"):
        text = sample.decode(name, errors="replace")
        beyond = sum(not c.isascii() for c in text)
        odd[name] = (len(SIGN_IN_WORD.findall(text)) + 2 * text.count("\ufffd")) / max(1, beyond)
    return "cp1250" if odd["cp1252"] > ODD and odd["cp1250"] < odd["cp1252"] / 2 else "cp1252"


def _commonest(sample: bytes, encoding: str, letters: set[str]) -> float:
    """Share of a language's commonest letters, in lower case, among what lies beyond ascii."""
    try:
        beyond = [c for c in sample.decode(encoding) if not c.isascii()]
    except UnicodeDecodeError:
        return 0.0
    return sum(c in letters for c in beyond) / max(1, len(beyond))


def _everyday(sample: bytes, encoding: str, usual: re.Pattern[str]) -> float:
    """Share of everyday characters; those of gb18030 and big5 are told apart by their frequent first level."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    beyond = [c for c in text if not c.isascii()]
    share = len(usual.findall(text)) / max(1, len(beyond))
    if encoding in ("gb18030", "big5"):
        first, last = (0xB0, 0xD7) if encoding == "gb18030" else (0xA4, 0xC6)
        levels = [c.encode(encoding, errors="replace")[0] for c in beyond]
        share *= sum(first <= level <= last for level in levels) / max(1, len(levels)) - 0.05
    if encoding in ("shift_jis", "euc_jp"):  # Japanese is hardly ever written without kana
        share *= 1.0 if re.search(r"[\u3041-\u30fe]", text) else 0.3
    return share
