"""A villager's phone for tests in a real browser: WeChat on a cheap Android, 360 × 640, on a wire that can be cut."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

SIZE = {"width": 360, "height": 640}
WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; V1901A Build/QP1A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/86.0.4240.99 XWEB/4317 MMWEBSDK/20220505 Mobile Safari/537.36 MMWEBID/4117 MicroMessenger/8.0.23.2160"
    " WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64"
)


def context(
    chromium: Any, served: str, cookies: dict[str, str] | None = None, *, javascript: bool = True, **options: Any
) -> Any:
    """A browser of its own, as WeChat on a cheap phone is one; `options` are Playwright's."""
    opened = chromium.new_context(
        viewport=SIZE,
        locale="zh-CN",
        user_agent=WECHAT,
        has_touch=True,
        java_script_enabled=javascript,
        **options,
    )
    opened.add_cookies([{"name": name, "value": value, "url": served} for name, value in (cookies or {}).items()])
    opened.set_default_timeout(5000)
    return opened


class Wire:
    """What lies between the phone and the village: while `cuts` is above 0 a POST is done and its answer lost."""

    def __init__(self, app: Flask) -> None:
        self.cuts, self.posts, self._inner = 0, list[str](), app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        answer = self._inner(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            self.posts.append(environ["PATH_INFO"])
            if self.cuts:
                self.cuts -= 1
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer


@contextmanager
def at_the_end_of(wire: Wire, port: int = 0) -> Iterator[str]:
    """The address at which the application answers through that wire."""
    server = make_server("127.0.0.1", port, wire, threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join()
    server.server_close()
