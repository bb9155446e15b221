from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TableError
from modelwright.task.tables import read_table


def put(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(folder: Path, content: str | bytes, encoding: str = "utf-8") -> pd.DataFrame:
    return read_table(put(folder / "a.csv", content, encoding))


def test_single_quotes_hold_separators_and_doubled_marks(tmp_path: Path) -> None:
    table = read(tmp_path, "id,text\n1,'well, yes'\n2,'it''s so'\n3,'no'\n")
    assert table["text"].tolist() == ["well, yes", "it's so", "no"]


def test_apostrophes_in_words_are_no_quotation_marks(tmp_path: Path) -> None:
    assert read(tmp_path, "id,text\n1,'tis so\n2,it's\n3,'twas\n")["text"].tolist() == ["'tis so", "it's", "'twas"]


def test_a_backslash_before_a_quotation_mark_escapes_it(tmp_path: Path) -> None:
    table = read(tmp_path, 'id,text\n1,"she said \\"no, never\\" twice"\n2,"plain"\n')
    assert table["text"].tolist() == ['she said "no, never" twice', "plain"]


def test_a_backslash_that_ends_a_text_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, 'id,text\n1,"C:\\dir\\"\n2,"plain"\n')["text"].tolist() == ["C:\\dir\\", "plain"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('id,x\n1,"1,234,567.89"\n2,12\n3,"4,000"\n', [1234567.89, 12, 4000]),
        ("id;x\n1;1.234.567,89\n2;12,5\n3;4.000,0\n", [1234567.89, 12.5, 4000]),
        ("id;x\n1;1 234 567\n2;12\n3;4 000\n", [1234567, 12, 4000]),
        ("id;x\n1;1'234.50\n2;12.00\n3;4'000.00\n", [1234.5, 12, 4000]),
        ('id,x\n1,"3,14"\n2,"2,5"\n3,"1,125"\n', [3.14, 2.5, 1.125]),
        ("id,x\n1,12.5 %\n2,3%\n3,0.5%\n", [12.5, 3, 0.5]),
        ('id,x\n1,"$1,200"\n2,-$3.5\n3,($4)\n', [1200, -3.5, -4]),
        ("id;x\n1;1 200 EUR\n2;3 EUR\n3;4,5 EUR\n", [1200, 3, 4.5]),
    ],
)
def test_numbers_as_people_write_them_are_numbers(tmp_path: Path, text: str, expected: list[float]) -> None:
    assert read(tmp_path, text)["x"].tolist() == expected


@pytest.mark.parametrize(
    "values", [["12.05.2024", "13.06.2024"], ["192.168.1.1", "10.0.0.1"], ["12:30", "8:15"], ["$1", "€2"]]
)
def test_dates_addresses_and_mixed_currencies_stay_text(tmp_path: Path, values: list[str]) -> None:
    assert read(tmp_path, "x;n\n" + "".join(f"{v};1\n" for v in values))["x"].tolist() == values


@pytest.mark.parametrize("word", ["?", "-", "--", "n/a", "NA", "unknown", "None", "N.A.", "not available"])
def test_a_word_for_missing_is_a_gap_among_numbers_and_is_counted(tmp_path: Path, word: str) -> None:
    table = read(tmp_path, f"id,x\n1,2.5\n2,{word}\n3,4\n4,{word}\n")
    assert table["x"].isna().tolist() == [False, True, False, True]
    assert table["x"].dtype == float
    assert table.attrs["missing"] == {"x": {word: 2}}


@pytest.mark.parametrize("word", ["?", "-", "unknown", "None"])
def test_the_same_word_stays_among_words(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, f"id,x\n1,red\n2,{word}\n3,blue\n")["x"].tolist() == ["red", word, "blue"]


def test_minus_999_is_a_gap_where_it_repeats_far_from_all_other_values(tmp_path: Path) -> None:
    table = read(tmp_path, "far,near,one\n-999,-999,1\n3,-990,-999\n-999,-999,3\n20,-1000,4\n")
    assert table["far"].isna().tolist() == [True, False, True, False]
    assert table["near"].tolist() == [-999, -990, -999, -1000]
    assert table["one"].tolist() == [1, -999, 3, 4]
    assert table.attrs["missing"] == {"far": {"-999": 2}}


def test_slips_in_a_column_of_numbers_are_gaps_and_told_with_the_first_line(tmp_path: Path) -> None:
    lines = "".join(f"{i},{i * 0.5}\n" for i in range(200)).replace("150,75.0", "150,oops")
    table = read(tmp_path, "id,x\n" + lines)
    assert table["x"].isna().sum() == 1
    assert table.attrs["notes"] == [
        "The column 'x' holds numbers but for 1 value, the first 'oops' in line 152: taken for missing; mend it if a "
        "number was meant."
    ]


def test_numbers_with_many_words_among_them_stay_text_and_are_told(tmp_path: Path) -> None:
    lines = "".join(f"{i},{'low' if i % 10 == 3 else i * 0.5}\n" for i in range(200))
    table = read(tmp_path, "id,x\n" + lines)
    assert table["x"].tolist()[:4] == ["0.0", "0.5", "1.0", "low"]
    assert table.attrs["notes"] == [
        "The column 'x' holds numbers but for 20 values, the first 'low' in line 5: too many to be slips, so the "
        "column is read as text; mend them if numbers were meant."
    ]


def test_codes_that_are_mostly_numbers_stay_text(tmp_path: Path) -> None:
    table = read(tmp_path, "id,grade\n" + "".join(f"{i},{'K' if i % 50 == 0 else i % 12}\n" for i in range(300)))
    assert table["grade"].tolist()[:3] == ["K", "1", "2"]


def test_a_title_and_a_blank_line_above_the_header_are_skipped(tmp_path: Path) -> None:
    table = read(tmp_path, "Sales of the north, as of May\n\nid;price;shop\n1;2,5;a\n2;3,5;b\n3;x;c\n")
    assert list(table.columns) == ["id", "price", "shop"]
    assert len(table) == 3


def test_comment_lines_above_and_between_are_skipped(tmp_path: Path) -> None:
    table = read(tmp_path, "# made by a tool\n# version 3\nid,x\n1,2\n# checked\n2,3\n")
    assert table["x"].tolist() == [2, 3]


def test_a_header_that_is_commented_out_is_the_header(tmp_path: Path) -> None:
    assert list(read(tmp_path, "# id,x\n1,2\n2,3\n").columns) == ["id", "x"]


def test_a_ragged_row_below_a_title_is_named_by_its_own_line(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"line 6: 4 fields where 3"):
        read(tmp_path, "A title\n\nid,x,y\n1,2,3\n2,3,4\n3,4,5,6\n5,6,7\n")


def test_a_column_without_a_name_is_called_by_its_place_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, "id,x,\n1,2,a\n2,3,b\n")
    assert list(table.columns) == ["id", "x", "column_3"]
    assert "column_3" in table.attrs["notes"][0]


def test_an_empty_column_without_a_name_is_dropped(tmp_path: Path) -> None:
    assert list(read(tmp_path, "id,x,\n1,2,\n2,3,\n").columns) == ["id", "x"]


def test_a_table_of_missing_values_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="2 rows, but no value"):
        read(tmp_path, "id,x\n,NA\n,\n")


@given(
    st.lists(st.integers(-(10**8), 10**8).map(lambda n: n / 100), min_size=2, max_size=30),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_grouped_numbers_come_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float], marks: tuple[str, str]
) -> None:
    def written(number: float) -> str:
        return f"{number:,.2f}".replace(",", "_").replace(".", marks[1]).replace("_", marks[0])

    text = "id;x\n" + "".join(f"{i};{written(n)}\n" for i, n in enumerate([*numbers, 1234567.25]))
    assert read(tmp_path_factory.mktemp("t"), text)["x"].tolist() == [*numbers, 1234567.25]
