"""How names are read, for search."""

import pytest

from villagepoints.services.pinyin import read


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("张建国", "zhangjianguo", "zjg"),
        ("单美", "shanmei danmei", "sm dm"),
        ("仇英", "qiuying chouying", "qy cy"),
        ("曾国", "zengguo cengguo", "zg cg"),
        ("缪 一", "miaoyi mouyi", "my"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("尉迟恭", "yuchigong weichigong", "ycg wcg"),
        ("Ann", "ann", "a"),
        ("", "", ""),
    ],
)
def test_a_surname_is_read_as_one_and_as_the_character(name: str, full: str, initials: str) -> None:
    assert read(name) == (full, initials)


def test_even_a_very_long_name_fits_its_columns() -> None:
    full, initials = read("单" + "庄" * 60)
    assert len(full) <= 120
    assert len(initials) <= 40
