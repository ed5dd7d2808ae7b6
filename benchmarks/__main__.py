"""`python -m benchmarks [NAME…]`: run the rows (all of them, or those of the named modules) and print the table."""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

NAMES = ("posting", "importing", "scan", "growth", "desk")


def main() -> None:
    """Run and print; exit 1 where a goal was missed."""
    missed = 0
    for name in sys.argv[1:] or NAMES:
        with TemporaryDirectory(prefix="vp-bench-") as folder:
            for row in import_module(f"benchmarks.{name}").rows(Path(folder)):
                print(row, flush=True)
                missed += not row.is_reached
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
