"""Words that come back are counted as a person would count them, and never point at a few households."""

from hypothesis import given, settings
from hypothesis import strategies as st

from villagepoints.domain.phrase import phrases, telling

NOTES = st.lists(st.tuples(st.integers(0, 5), st.text("河道保洁雨伞，2", max_size=8)), max_size=12)


@settings(max_examples=60)
@given(NOTES, st.integers(1, 4))
def test_every_phrase_stands_in_as_many_notes_of_as_many_households_as_it_says(
    notes: list[tuple[int, str]], fewest: int
) -> None:
    for one in phrases(notes, fewest=fewest):
        with_it = [household for household, text in notes if one.words in text]
        assert (one.notes, one.households) == (len(with_it), len(set(with_it)))
        assert one.households >= fewest


def test_the_longest_words_that_say_the_same_are_kept() -> None:
    notes = [(n, f"帮邻居收稻子{n}小时") for n in range(4)] + [(9, "收稻子")]
    assert [(one.words, one.notes) for one in phrases(notes, fewest=3)] == [
        ("帮邻居收稻子", 4),
        ("小时", 4),
    ]


def test_what_every_note_says_and_what_the_item_is_called_tell_nothing() -> None:
    notes = [(n, f"上报{what}隐患，已核实") for n, what in enumerate(["路灯不亮"] * 4 + ["井盖松动"] * 4)]
    assert [one.words for one in telling(notes, fewest=3, apart_from=["随手拍上报经核实", "安全隐患"])] == [
        "井盖松动",
        "路灯不亮",
    ]


def test_few_households_are_not_heard_however_often_they_say_it() -> None:
    assert phrases([(1, "电蚊香"), (1, "电蚊香"), (2, "电蚊香")], fewest=3) == []
