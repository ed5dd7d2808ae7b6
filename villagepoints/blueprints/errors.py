"""One handler for every refusal and failure: what happened, what did not change and what to do, on a plain page."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from villagepoints.access import STAFF_AUDIENCES, rule_of
from villagepoints.blueprints.language import said
from villagepoints.domain.errors import N_, DomainError
from villagepoints.extensions import db

SECRET_FIELDS = frozenset({"csrf_token", "old", "pin", "again", "old_password", "password", "code"})
MOST_GIVEN_BACK = 20_000  # characters of a form worth giving back in a page


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a failure says: the heading, what it means, what to do; each a msgid."""

    title: str
    meaning: str
    advice: str


UNCHANGED = N_("什么都没有改动。")
TROUBLES = {
    400: Trouble(N_("这次没有收全"), N_("网页送来的内容不完整，所以没有办。"), N_("请返回上一页，再试一次。")),
    403: Trouble(
        N_("这一页你不能看"), N_("它是给别的角色用的，或者要先登录。"), N_("觉得应该能看，就问村里的管理员。")
    ),
    404: Trouble(N_("没有找到这一页"), N_("网址可能少了几个字，或者这一页已经撤下。"), N_("请回到首页，从那里再找。")),
    405: Trouble(N_("这一页不能这样打开"), N_("它只在按下按钮时才用得上。"), N_("请回到首页，从那里再点进来。")),
    413: Trouble(
        N_("文件太大了"), N_("送上来的内容超过了上限，所以没有收。"), N_("请把照片改小，或者把表格分成几份。")
    ),
    429: Trouble(N_("点得太快了"), N_("短时间里来得太多，先歇一歇。"), N_("请过一分钟再试，刚才填的不会丢。")),
    500: Trouble(
        N_("系统出了毛病"),
        N_("不是你的错。没有办成的那一步已经退回，积分没有动。"),
        N_("请过一会儿再试；再不行就给村里打电话。"),
    ),
    503: Trouble(N_("系统正忙"), N_("现在写不进去，所以没有办。积分没有动。"), N_("请过一会儿再试。")),
}
STALE_FORM = Trouble(
    N_("这一页放得太久了"),
    N_("为了安全，放久的表要再确认一次，刚才没有交上去。"),
    N_("你填的都还在，点下面的按钮就交上去。"),
)
REFUSED = Trouble(N_("这次没有办成"), "", N_("请返回上一页，改好再试。"))
NOT_THERE = Trouble(REFUSED.title, "", TROUBLES[404].advice)


def _audience() -> str:
    if request.endpoint is not None:
        rule = rule_of(current_app, request.endpoint)
        if rule is not None:
            return "desk" if rule.audience in (*STAFF_AUDIENCES, "auth") else "phone"
    first = request.path.split("/", 2)[1]
    return "desk" if first in (*STAFF_AUDIENCES, "auth") else "phone"


def _parts(address: str) -> SplitResult:
    """What an address a browser claims to come from is made of; of nothing, where it cannot be read."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _from_our_own_page() -> bool:
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return _parts(source).netloc == request.host


def _way_back() -> str | None:
    parts = _parts(request.referrer or "")
    if parts.netloc != request.host or parts.path == request.path:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _filled_fields() -> list[tuple[str, str]]:
    """The fields of a form that came from our own page, without secrets; none when they are too long to give back."""
    if request.method != "POST" or request.files or not _from_our_own_page():
        return []
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET_FIELDS]
    return fields if sum(len(value) for _name, value in fields) <= MOST_GIVEN_BACK else []


def _page(trouble: Trouble, status: int, meaning: str | None = None, *, give_back: bool = False) -> ResponseReturnValue:
    template = "errors/fragment.html" if request.headers.get("HX-Request") else "errors/page.html"
    html = render_template(
        template,
        title=_(trouble.title),
        meaning=meaning if meaning is not None else _(trouble.meaning),
        unchanged=_(UNCHANGED) if request.method == "POST" and status < 500 else "",
        advice=_(trouble.advice),
        audience=_audience(),
        way_back=_way_back(),
        again=_filled_fields() if give_back else [],
    )
    return html, status, {"Cache-Control": "no-store"}


def refused(error: DomainError) -> ResponseReturnValue:
    """A rule said no: its own sentence, which names what happened, as a page."""
    return _page(NOT_THERE if error.status == 404 else REFUSED, error.status, said(error))


def stale(error: CSRFError) -> ResponseReturnValue:
    """A form without a valid token: if it came from our own page, it is given back filled, to be sent with one tap."""
    filled = bool(_filled_fields())
    return _page(STALE_FORM if filled else TROUBLES[400], 400, give_back=filled)


def failed(error: HTTPException) -> ResponseReturnValue:
    """Any HTTP failure, a crash included; answers that are no failure (redirects) pass through."""
    status = error.code or 500
    if status < 400:
        return error
    if status >= 500:  # the database may be what failed: its transaction is dead, and this page asks it for nothing
        db.session.rollback()
        for known in ("actor", "home"):
            g.pop(known, None)
    answer = _page(TROUBLES.get(status, TROUBLES[500 if status >= 500 else 400]), status)
    response = current_app.make_response(answer)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def init_app(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(CSRFError, stale)
    app.register_error_handler(HTTPException, failed)
