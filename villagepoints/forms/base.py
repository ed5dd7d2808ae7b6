"""What every form of ours carries: the request key that makes a second click the same request."""

from secrets import token_urlsafe

from flask_wtf import FlaskForm
from wtforms import HiddenField


class KeyedForm(FlaskForm):  # type: ignore[misc]
    """A form whose hidden key is fresh on every page and comes back with its POST."""

    key = HiddenField(default=lambda: token_urlsafe(18))
