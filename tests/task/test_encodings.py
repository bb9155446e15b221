# ruff: noqa: RUF001
from pathlib import Path

import pytest

from modelwright.errors import TableError
from modelwright.task.encodings import decode

TEXTS = {
    "cp1252": "stadt,n\nKöln,1\nZürich,2\nSão Paulo,3\nà €5,4\n",
    "cp1250": "miasto,n\nKraków,1\nWrocław,2\nPoznań,3\nMałopolska,4\n",
    "cp1251": "имя,город\nИван,Москва\nСветлана,Новосибирск\n",
    "koi8-r": "имя,город\nИван,Москва\nСветлана,Новосибирск\n",
    "cp1253": "όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Θεσσαλονίκη\n",
    "shift_jis": "名前,都市\n山田さん,東京\n鈴木です,おおさか\n",
    "gb18030": "姓名,城市\n王伟,北京市\n李娜,上海市\n",
    "euc_kr": "이름,도시\n김철수,서울\n이영희,부산\n",
    "utf-16-le": "stadt,n\nKöln,1\n",
    "utf-16-be": "stadt,n\nKöln,1\n",
}


@pytest.mark.parametrize("encoding", sorted(TEXTS))
def test_an_old_encoding_is_known_by_its_letters(encoding: str) -> None:
    assert decode(Path("a.csv"), TEXTS[encoding].encode(encoding)) == (TEXTS[encoding], encoding)


def test_a_damaged_utf_8_text_is_refused_with_its_line() -> None:
    raw = "stadt\nKöln\nZürich\nGötterswickerham\n".encode() + b"M\xfcnchen\n"
    with pytest.raises(TableError, match=r"a\.csv, line 5: the byte 0xfc is not utf-8"):
        decode(Path("a.csv"), raw)


def test_half_a_character_of_utf_16_is_refused() -> None:
    with pytest.raises(TableError, match="utf-16"):
        decode(Path("a.csv"), "a,b\n1,2\n".encode("utf-16")[:-1])
