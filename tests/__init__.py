"""The tests; they mirror the package, and their names are sentences."""
