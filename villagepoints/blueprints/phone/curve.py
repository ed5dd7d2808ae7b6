"""A year's curve, its months one below the other, so that names and values stay as large as the page's own type."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from villagepoints.blueprints.filters import month_name, points
from villagepoints.services.year import MonthOfYear

ROW = 2.1  # em of the chart's type, so that it grows with it
LEFT, RIGHT = 24.0, 68.0  # percent of the width, between a month's name and the room for its value
# frames of our own: `format` of a Markup escapes what is put in, `join` what is no Markup
BAR = Markup('<rect class="curve-bar" x="{:.2f}%" width="{:.2f}%" y="{:.2f}em" height="1.1em" rx="3"/>')
LINE = Markup('<line class="curve-line" x1="{:.2f}%" y1="{:.2f}em" x2="{:.2f}%" y2="{:.2f}em"/>')
POINT = Markup(
    '<text x="0" y="{base:.2f}em">{name}</text><circle class="curve-point" cx="{x:.2f}%" cy="{y:.2f}em" r="5"/>'
    '<text class="curve-value" x="{x:.2f}%" dx="0.6em" y="{base:.2f}em">{value}</text>'
)


def curve(months: Sequence[MonthOfYear]) -> Markup:
    """The balance at each month's end as the inside of an SVG that is as wide as its page."""
    low, high = min([0, *(one.balance for one in months)]), max([1, *(one.balance for one in months)])
    scale = (RIGHT - LEFT) / (high - low)
    zero = LEFT - low * scale
    places = [(zero + one.balance * scale, ROW * (row + 0.5)) for row, one in enumerate(months)]
    drawn = [BAR.format(min(x, zero), abs(x - zero), y - 0.55) for x, y in places]
    drawn += [LINE.format(*start, *end) for start, end in pairwise(places)]
    drawn += [
        POINT.format(name=month_name(one.month.number), value=points(one.balance), x=x, y=y, base=y + 0.35)
        for one, (x, y) in zip(months, places, strict=True)
    ]
    return Markup("").join(drawn)


def height(months: Sequence[MonthOfYear]) -> str:
    """How tall that is, in the chart's own type."""
    return f"{ROW * len(months):.1f}em"
