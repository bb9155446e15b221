"""Files other than csv: workbooks, databases, archives that mean harm, pictures."""

import io
import sqlite3
import zlib
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

from .made import zipped

CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{sheets}</Types>"""
SHEET_TYPE = """<Override PartName="/xl/worksheets/sheet{k}.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    """Write an xlsx file; a sheet is a list of rows of cells, None for an empty one."""
    members = {
        "[Content_Types].xml": CONTENT_TYPES.format(
            sheets="".join(SHEET_TYPE.format(k=k + 1) for k in range(len(sheets)))
        ),
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="{escape(n)}" sheetId="{k + 1}" r:id="rId{k + 1}"/>' for k, n in enumerate(sheets))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        + "".join(
            f'<Relationship Id="rId{k + 1}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{k + 1}.xml"/>'
            for k in range(len(sheets))
        )
        + "</Relationships>",
    }
    for k, rows in enumerate(sheets.values()):
        lines = "".join(
            f'<row r="{r + 1}">' + "".join(_cell(r, c, value) for c, value in enumerate(row)) + "</row>"
            for r, row in enumerate(rows)
        )
        members[f"xl/worksheets/sheet{k + 1}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
        )
    zipped(path, {name: text.encode() for name, text in members.items()})


def _cell(row: int, column: int, value: object) -> str:
    place = f"{chr(ord('A') + column)}{row + 1}"
    if value is None:
        return ""
    if isinstance(value, int | float | np.number):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def rows_of(table: pd.DataFrame) -> list[list[object]]:
    """A table as rows of cells, its header first."""
    return [list(table.columns), *_cells(table)]


def _cells(table: pd.DataFrame) -> list[list[Any]]:
    """The cells by rows, None for a missing one."""
    rows: list[list[Any]] = table.astype(object).to_numpy().tolist()
    return [[None if pd.isna(cell) else cell for cell in row] for row in rows]


def database(path: Path, statements: str, **tables: pd.DataFrame) -> None:
    """Write a SQLite file: the statements that create the tables, then their rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(statements)
        for name, table in tables.items():
            marks = ", ".join("?" * len(table.columns))
            connection.executemany(f'insert into "{name}" values ({marks})', _cells(table))
    connection.close()


def picture(path: Path, pixels: npt.NDArray[Any]) -> None:
    """Write a png from an array (height, width) or (height, width, 3) of 0..255."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    path.write_bytes(stream.getvalue())


def run_lengths(mask: npt.NDArray[np.bool_]) -> str:
    """The mask as `start length start length ...`, pixels counted from 1 down the columns."""
    flat = np.concatenate([[False], mask.T.ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return " ".join(f"{a} {b - a}" for a, b in zip(edges[::2], edges[1::2], strict=True))


def endless_zip(path: Path, member: str, line: bytes, gigabytes: int) -> None:
    """Write a zip archive of some megabytes whose one member, a line over and over, has so many gigabytes.

    A deflate stream that is flushed in full may be repeated: the same few kilobytes stand in the file again and again,
    so that it is written in a moment. The checksum is wrong, which shows only to somebody who unpacks all of it.
    """
    block = line * (16 * 1024**2 // len(line))
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    end = squeeze.flush()
    times = gigabytes * 1024**3 // len(block)
    packed, whole, name = len(piece) * times + len(end), len(block) * times, member.encode()
    # zip64: sizes stand in an extra field of 8 bytes each
    extra = b"\x01\x00\x10\x00" + whole.to_bytes(8, "little") + packed.to_bytes(8, "little")
    common = b"\x00\x00\x08\x00\x00\x00\x21\x58" + b"\x00" * 4 + b"\xff" * 8
    lengths = len(name).to_bytes(2, "little") + len(extra).to_bytes(2, "little")
    with path.open("wb") as file:
        file.write(b"PK\x03\x04\x2d\x00" + common + lengths + name + extra)
        for _ in range(times):
            file.write(piece)
        file.write(end)
        start = file.tell()
        file.write(b"PK\x01\x02\x2d\x00\x2d\x00" + common + lengths + b"\x00" * 14 + name + extra)
        size = file.tell() - start
        file.write(b"PK\x05\x06" + b"\x00" * 4 + b"\x01\x00\x01\x00")
        file.write(size.to_bytes(4, "little") + start.to_bytes(4, "little") + b"\x00\x00")


def endless_gzip(path: Path, line: bytes, gigabytes: int) -> None:
    """Write a gzip file of some megabytes that holds a line over and over, so many gigabytes of it."""
    import gzip

    block = line * (64 * 1024**2 // len(line))
    member = gzip.compress(block, 9, mtime=0)
    with path.open("wb") as file:
        for _ in range(gigabytes * 1024**3 // len(block)):
            file.write(member)
