"""Names as strangers may see them."""


def mask(name: str) -> str:
    """`王建明` as `王*明`, `王明` as `王*`, an empty name as itself."""
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
