import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from modelwright.errors import TableError
from modelwright.task.catalog import Tables
from modelwright.task.folder import scan
from modelwright.task.tables import read_table

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLACES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/package/2006"


def book(path: Path, **sheets: list[list[object]]) -> Path:
    """A workbook as small as the format allows."""
    with zipfile.ZipFile(path, "w") as out:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.worksheet+xml"/>'
            for i in range(len(sheets))
        )
        out.writestr(
            "[Content_Types].xml",
            f'{HEAD}<Types xmlns="{KINDS}/content-types"><Default Extension="rels" ContentType="application/vnd.'
            'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/'
            f'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{parts}</Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'{HEAD}<Relationships xmlns="{KINDS}/relationships"><Relationship Id="r0" Type="{PLACES}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(f'<sheet name="{n}" sheetId="{i + 1}" r:id="r{i}"/>' for i, n in enumerate(sheets))
        out.writestr(
            "xl/workbook.xml",
            f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{PLACES}"><sheets>{names}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{PLACES}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(len(sheets))
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels", f'{HEAD}<Relationships xmlns="{KINDS}/relationships">{links}</Relationships>'
        )
        for i, rows in enumerate(sheets.values()):
            body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
            out.writestr(
                f"xl/worksheets/s{i}.xml",
                f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>',
            )
    return path


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


ROWS: list[list[object]] = [["id", "code", "x"], [1, "007", 2.5], [2, "010", None], [3, "a1", 4]]


def test_a_sheet_is_a_table_with_whole_numbers_and_gaps(tmp_path: Path) -> None:
    table = read_table(book(tmp_path / "a.xlsx", only=ROWS))
    assert table["id"].dtype == "int64"
    assert table["code"].tolist() == ["007", "010", "a1"]
    assert table["x"].isna().tolist() == [False, True, False]


def test_each_sheet_with_rows_is_a_table_of_the_task(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", train=ROWS, empty=[], test=[r[:2] for r in ROWS])
    folder = scan(tmp_path)
    assert list(folder.tables) == [path / "train", path / "test"]
    assert Tables(folder).columns(path / "test") == {"id", "code"}


def test_titles_above_the_header_and_empty_rows_are_skipped(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Sales of May"], [], *ROWS[:2], [None, None, None], *ROWS[2:]]
    table = read_table(book(tmp_path / "a.xlsx", only=rows))
    assert list(table.columns) == ["id", "code", "x"]
    assert table["id"].tolist() == [1, 2, 3]


def test_numbers_among_texts_lose_the_decimal_point_of_the_format(tmp_path: Path) -> None:
    table = read_table(book(tmp_path / "a.xlsx", only=[["id", "size"], [1, 10], [2, "M"], [3, 12]]))
    assert table["size"].tolist() == ["10", "M", "12"]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    table = read_table(book(tmp_path / "a.xlsx", only=[["id", None, "x"], [1, "p", 2], [2, "q", 3]]))
    assert list(table.columns) == ["id", "column_2", "x"]


@pytest.mark.parametrize(
    ("sheets", "says"),
    [
        ({"a": [["x", "x"], [1, 2]]}, "'x' twice"),
        ({"a": ROWS, "b": ROWS}, "2 sheets: name one, as .*a.xlsx/a"),
        ({"a": []}, "no sheet with a table"),
    ],
)
def test_a_workbook_that_cannot_be_a_table_is_one_sentence(
    tmp_path: Path, sheets: dict[str, list[list[object]]], says: str
) -> None:
    with pytest.raises(TableError, match=says):
        read_table(book(tmp_path / "a.xlsx", **sheets))


def test_a_broken_workbook_and_a_missing_sheet_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="has no sheet 'c': those with a table are a, b"):
        read_table(book(tmp_path / "a.xlsx", a=ROWS, b=ROWS) / "c")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(TableError, match=r"b\.xlsx is no workbook"):
        read_table(tmp_path / "b.xlsx")
