"""What anybody may read, how refusals look, and what every answer carries."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Made, make_village
from tests.pages import Client
from villagepoints.domain.errors import Conflict

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_one_village_is_opened_at_once(client: Client, village: Made) -> None:
    assert client.get("/").headers["Location"] == "/v/sx/"


def test_several_villages_are_listed(client: Client, session: Session, village: Made) -> None:
    make_village(session, "hm")
    page = client.get("/").get_data(as_text=True)
    assert "/v/sx/" in page
    assert "/v/hm/" in page


def test_a_village_shows_totals_and_the_clerks_phone_in_any_case_of_its_code(client: Client, village: Made) -> None:
    for code in ("sx", "SX"):
        page = client.get(f"/v/{code}/").get_data(as_text=True)
        assert "累计得分" in page
        assert "tel:021-57300001" in page


def test_the_rules_show_every_item_and_red_line(client: Client, village: Made) -> None:
    page = client.get("/v/sx/rules").get_data(as_text=True)
    for code in ("A1", "A7", "B6", "C5", "D5", "R1", "R5"):
        assert f"{code} " in page
    assert "动迁上楼户：楼道与公共部位无堆物" in page


@pytest.mark.parametrize("path", ["/v/zz/", "/v/zz/rules", "/nowhere", "/v/%00/", "/desk/nowhere"])
def test_what_is_not_there_is_said_in_words(client: Client, village: Made, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1" in answer.get_data(as_text=True)


def test_health_and_readiness(app: Flask, client: Client) -> None:
    assert client.get("/healthz").data == b"ok\n"
    assert client.get("/readyz").data == b"ready\n"


def test_an_outdated_schema_is_not_ready(client: Client, session: Session, village: Made) -> None:
    from sqlalchemy import text

    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"upgrade" in answer.data


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "\r\nX: y", ""])
def test_a_choice_of_view_leads_to_no_other_host(client: Client, village: Made, target: str) -> None:
    answer = client.get("/view/elder", query_string={"next": target})
    assert answer.headers["Location"] == "/"
    assert 'class="elder"' in client.get("/v/sx/").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/v/sx/", "/my/", "/q/sx/x", "/nowhere", "/static/css/phone.css", "/healthz"])
def test_every_answer_carries_the_policy(client: Client, village: Made, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers.getlist("Content-Security-Policy") == [policy]
    assert "Cache-Control" in headers


def test_a_static_file_is_kept_for_good_only_under_its_own_hash(client: Client, village: Made) -> None:
    page = client.get("/v/sx/").get_data(as_text=True)
    url = page.split('href="/static/css/phone.css')[1].split('"')[0]
    assert "immutable" in client.get(f"/static/css/phone.css{url}").headers["Cache-Control"]
    for wrong in ("", "?v=000000000000"):
        assert client.get(f"/static/css/phone.css{wrong}").headers["Cache-Control"] == "no-cache"


def test_a_form_that_is_too_old_is_given_back_filled_to_our_own_page_only(client: Client, village: Made) -> None:
    data = {"code": "123456", "note": "写好的字 <b>"}
    ours = client.post("/card/open", data=data, headers={"Origin": "http://localhost"})
    page = ours.get_data(as_text=True)
    assert ours.status_code == 400
    assert "写好的字 &lt;b&gt;" in page
    assert "123456" not in page  # a secret is never given back
    theirs = client.post("/card/open", data=data, headers={"Origin": "https://evil.example"}).get_data(as_text=True)
    assert "写好的字" not in theirs


def test_a_refusal_by_rule_is_a_page_with_its_sentence(app: Flask, client: Client) -> None:
    from villagepoints.access import access

    @access("public", "read")
    def refuse() -> str:
        raise Conflict("%(name)s 已经领走了", name="<i>食盐</i>")

    @access("public", "read")
    def crash() -> str:
        raise ZeroDivisionError

    app.add_url_rule("/refuse", "refuse", refuse)
    app.add_url_rule("/crash", "crash", crash)
    refused = client.get("/refuse")
    assert refused.status_code == 409
    assert "&lt;i&gt;食盐&lt;/i&gt; 已经领走了" in refused.get_data(as_text=True)
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    crashed = client.get("/crash")
    assert crashed.status_code == 500
    assert "积分没有动" in crashed.get_data(as_text=True)
    assert "ZeroDivisionError" not in crashed.get_data(as_text=True)
