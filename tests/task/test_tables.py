import bz2
import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TableError
from modelwright.task.numerals import SENTINELS
from modelwright.task.tables import plain, read_table


def put(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


TEXT = "id,name,price\n1,ann,2.5\n2,bob,\n3,cid,4.0\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    table = read_table(put(tmp_path / "a.csv", TEXT.replace(",", separator)))
    assert list(table.columns) == ["id", "name", "price"]
    assert table.shape == (3, 3)


def test_commas_inside_text_do_not_pass_for_separators(tmp_path: Path) -> None:
    lines = "".join(f'{i};"well, yes, {i}";{i}\n' for i in range(30))
    assert read_table(put(tmp_path / "a.csv", "id;text;n\n" + lines)).shape == (30, 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    table = read_table(put(tmp_path / "a.csv", "stadt,n\nKöln,1\nZürich,2\n", encoding))
    assert table["stadt"].tolist() == ["Köln", "Zürich"]
    assert list(table.columns) == ["stadt", "n"]


def test_leading_zeros_are_kept(tmp_path: Path) -> None:
    table = read_table(put(tmp_path / "a.csv", "zip,group,n\n00012,0001_01,10\n90210,0001_02,0\n01000,0002_01,105\n"))
    assert table["zip"].tolist() == ["00012", "90210", "01000"]
    assert table["group"].tolist() == ["0001_01", "0001_02", "0002_01"]
    assert table["n"].tolist() == [10, 0, 105]


def test_leading_zeros_are_kept_in_columns_with_gaps(tmp_path: Path) -> None:
    table = read_table(put(tmp_path / "a.csv", "zip,n\n007,1\n,2\n"))
    assert table["zip"].tolist()[0] == "007"
    assert pd.isna(table["zip"][1])


def test_a_decimal_comma_is_read_as_a_number(tmp_path: Path) -> None:
    table = read_table(put(tmp_path / "a.csv", "id;price\n1;2,5\n2;3,75\n"))
    assert table["price"].tolist() == [2.5, 3.75]


def test_the_word_none_is_a_label_among_words_and_a_gap_among_numbers(tmp_path: Path) -> None:
    table = read_table(put(tmp_path / "a.csv", "level,n,flag\nNone,None,None\nmild,2,True\nNone,3,False\n"))
    assert table["level"].tolist() == ["None", "mild", "None"]
    assert table["n"].isna().tolist() == [True, False, False]
    assert table["n"].dtype == float
    assert table["flag"].tolist()[1:] == [True, False]


def test_truth_values_with_gaps_stay_truth_values(tmp_path: Path) -> None:
    table = read_table(put(tmp_path / "a.csv", "a,b\nTrue,1\n,2\nFalse,3\n"))
    assert table["a"].tolist()[::2] == [True, False]
    assert pd.isna(table["a"][1])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_files_are_unpacked_whatever_they_are_called(tmp_path: Path, pack: object) -> None:
    path = put(tmp_path / "a.csv", pack(TEXT.encode()))  # type: ignore[operator]
    assert read_table(path).shape == (3, 3)


def test_a_zip_with_one_table_is_read_and_one_with_two_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", TEXT)
    assert read_table(tmp_path / "a.zip").shape == (3, 3)
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("b.csv", TEXT)
    with pytest.raises(TableError, match="2 files"):
        read_table(tmp_path / "a.zip")


def test_json_lines_and_parquet_give_the_same_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["01", "02"], "n": [1, 2], "x": [0.5, np.nan]})
    frame.to_parquet(tmp_path / "a.parquet")
    rows = [{"id": "01", "n": 1, "x": 0.5}, {"id": "02", "n": 2, "x": None}]
    put(tmp_path / "a.json", json.dumps(rows))
    put(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    for ending in ("parquet", "json", "jsonl"):
        pd.testing.assert_frame_equal(read_table(tmp_path / f"a.{ending}"), frame)


def test_lists_in_json_become_text(tmp_path: Path) -> None:
    put(tmp_path / "a.json", '[{"id": 1, "tags": ["x", "y"]}, {"id": 2, "tags": []}]')
    assert read_table(tmp_path / "a.json")["tags"].tolist() == ['["x", "y"]', "[]"]


def test_parquet_under_the_name_of_csv_is_read_by_its_content(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").rename(tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv")["a"].tolist() == [1, 2]


def test_parts_of_a_directory_are_put_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    put(folder / "p2.csv", "a,code\n3,01\n")
    put(folder / "p1.csv", "a,code\n1,10\n2,11\n")
    table = read_table(folder)
    assert table["a"].tolist() == [1, 2, 3]
    assert table["code"].tolist() == ["10", "11", "01"]


def test_parts_with_other_columns_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    put(folder / "p1.csv", "a,b\n1,2\n")
    put(folder / "p2.csv", "a,c\n1,2\n")
    with pytest.raises(TableError, match="'b'"):
        read_table(folder)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "0 bytes"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "line 3"),
        ("a.csv", b"a,b,c\n1,2,3\n1,2\n4,5,\n", "line 3"),
        ("a.csv", b'a,b\n1,"open\n2,3\n', "quotation mark"),
        ("a.csv", b"a,b,a\n1,2,3\n", "'a' twice"),
        ("a.csv", b"3.5,1,7\n3.6,2,7\n3.7,1,9\n", "no header"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0", "PNG image"),
        ("a.csv", b"<!DOCTYPE html><html></html>", "web page"),
        ("a.csv", b"a\0b\0c", "binary"),
        ("a.csv", b"a,b\n1,x\n2,\x81\xfe\n", "line 3"),
        # the time is fixed, since these bytes are the test's name, which every worker must find alike
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], "broken"),
        ("a.csv.gz", b"\x00\x01\x02\x03", "binary"),
        ("a.parquet", b"a,b\n1,2\n", "not a parquet file"),
        ("a.parquet", b"PAR1 and nothing", "broken"),
        ("a.json", b'{"a": [1, 2', "line 1"),
        ("a.json", b'"text"', "no table"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "line 2"),
        ("a.zip", b"PK\x03\x04 and nothing", "broken"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_name(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(TableError, match=says) as caught:
        read_table(put(tmp_path / name, content))
    assert name in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_a_header_of_counted_columns_is_a_header(tmp_path: Path) -> None:
    assert list(read_table(put(tmp_path / "a.csv", "label,0,1,2\nx,5,5,5\n")).columns) == ["label", "0", "1", "2"]


def test_plain_takes_extension_dtypes_away() -> None:
    frame = pd.DataFrame(
        {
            "i": pd.array([1, None], dtype="Int64"),
            "s": pd.array(["a", None], dtype="string"),
            "c": pd.Categorical(["x", "y"]),
            "t": pd.to_datetime(["2020-01-01", "2020-01-02"], utc=True),
            "b": pd.array([True, None], dtype="boolean"),
            "f": np.array([1, 2], dtype="float32"),
        }
    )
    kinds = {name: str(dtype) for name, dtype in plain(frame).dtypes.items()}
    assert kinds == {"i": "float64", "s": "object", "c": "object", "t": "datetime64[ns]", "b": "object", "f": "float64"}


NUMBERS = st.tuples(st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(NUMBERS.filter(lambda pair: not set(pair) & set(SENTINELS)), min_size=1))
def test_numbers_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["whole", "real"])
    path = tmp_path_factory.mktemp("t") / "a.csv"
    frame.to_csv(path, index=False)
    back = read_table(path)
    assert back["whole"].tolist() == frame["whole"].tolist()
    assert back["real"].astype(float).tolist() == frame["real"].tolist()


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=("Cs",)), min_size=1).filter(
            lambda s: s.strip() == s and not s.replace(".", "").replace("-", "").isdigit()
        ),
        min_size=2,
        max_size=8,
    )
)
def test_texts_come_back_whatever_is_in_them(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    frame = pd.DataFrame({"id": [f"r{i}" for i in range(len(texts))], "text": [f"t {t}" for t in texts]})
    path = tmp_path_factory.mktemp("t") / "a.csv"
    frame.to_csv(path, index=False, quoting=1)
    assert read_table(path)["text"].tolist() == frame["text"].tolist()
