"""How long goods last and how many to order, from what was taken lately."""

DAYS = 30
ORDER_BELOW = 15  # days of supply


def days_left(stock: int, pieces: int) -> int | None:
    """For how many days the stock lasts if `pieces` go in 30 days as lately; None if nothing goes."""
    return stock * DAYS // pieces if pieces > 0 else None


def to_order(stock: int, pieces: int) -> int:
    """How many pieces bring the stock up to 30 days' supply; 0 while it lasts long enough."""
    left = days_left(stock, pieces)
    return max(0, pieces - stock) if left is not None and left < ORDER_BELOW else 0
