"""What changes between two books is said field by field; order and version do not count."""

from tests.domain.test_rulebook import source
from villagepoints.domain.rule_diff import diff
from villagepoints.domain.rulebook import adopted


def test_nothing_differs_in_another_order_or_version() -> None:
    raw = source()
    raw["item"].reverse()
    raw["effective_on"] = "2027-01-01"
    assert not diff(adopted(source(), 1), adopted(raw, 2))


def test_every_change_is_named_with_what_it_was() -> None:
    raw = source()
    raw["publicity_days"] = 7
    raw["item"][0] |= {"points": 20, "step": 4}
    raw["item"].append({"code": "A8", "kind": "base", "points": 5, "step": 5, "name": "门前三包"})
    raw["item"] = [item for item in raw["item"] if item["code"] != "D2"]
    raw["red_line"][0]["pause_months"] = 2
    found = diff(adopted(source(), 1), adopted(raw, 2))
    assert [(c.field, c.before, c.after) for c in found.settings] == [("publicity_days", 5, 7)]
    assert [(part.code, part.status) for part in found.items] == [("A1", "changed"), ("A8", "added"), ("D2", "removed")]
    assert [(c.field, c.before, c.after) for c in found.items[0].changes] == [("points", 25, 20), ("step", 5, 4)]
    assert [(part.code, part.changes[0].after) for part in found.red_lines] == [("R1", 2)]
