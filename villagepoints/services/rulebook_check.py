"""What `villagepoints verify` holds the rules to: nothing that was adopted is ever edited."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from villagepoints.models import Activity, RuleBookVersion, RuleItem
from villagepoints.services.rulebook import body_sha256


def wrong_versions(session: Session, village_id: UUID) -> Iterator[str]:
    """What became of versions after they were adopted: a text or an item that is not the one the trail kept; three
    statements. Versions adopted before the trail kept their hash are held to their items alone."""
    kept = {
        detail["version"]: detail.get("body_sha256")
        for detail in session.scalars(
            select(Activity.detail).where(Activity.village_id == village_id, Activity.action == "rulebook.adopted")
        )
    }
    items: defaultdict[int, set[tuple[str, str, str]]] = defaultdict(set)
    columns = (RuleItem.version, RuleItem.code, RuleItem.kind, RuleItem.name)
    for version, *item in session.execute(select(*columns).where(RuleItem.village_id == village_id)):
        items[version].add((item[0], item[1], item[2]))
    for row in session.scalars(select(RuleBookVersion).where(RuleBookVersion.village_id == village_id)):
        of_body = {(item["code"], item["kind"], item["name"]) for item in row.body["item"]}
        if row.version not in kept:
            yield f"第 {row.version} 版办法没有采用的记录。"
        elif kept[row.version] not in (None, body_sha256(row.body)) or row.body["effective_on"] != str(
            row.effective_on
        ):
            yield f"第 {row.version} 版办法的文字和采用时不一样：被改过。"
        elif of_body != items[row.version]:
            yield f"第 {row.version} 版办法的项目和它的文字对不上：被改过。"
