"""The month's base as a row of bars: each as wide as its item's points, green as far as it is earned."""

from functools import lru_cache

from markupsafe import Markup

from villagepoints.domain.standing import BasePart

HEIGHT, GAP = 36, 1.0  # pixels; percent of the width
# a frame of our own: `format` of a Markup escapes what is put in, `join` what is no Markup
RECT = Markup('<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{:.1f}" height="{:.1f}" rx="4"/>')


def base_bars(parts: tuple[BasePart, ...]) -> Markup:
    """The bars as the inside of an SVG that is as wide as its page."""
    return _drawn(tuple((part.item.points, part.points, part.at_worst) for part in parts))


@lru_cache(maxsize=512)
def _drawn(parts: tuple[tuple[int, int, int], ...]) -> Markup:
    scale = (100 - GAP * (len(parts) - 1)) / max(1, sum(most for most, _points, _worst in parts))
    drawn, x = [], 0.0
    for most, points, worst in parts:
        wide, tall = most * scale, HEIGHT * worst / most
        if worst < most:
            drawn.append(RECT.format("bar-lost" if points < most else "bar-wait", x, wide, 0, HEIGHT))
        if worst:
            drawn.append(RECT.format("bar-full", x, wide, HEIGHT - tall, tall))
        x += wide + GAP
    return Markup("").join(drawn)
