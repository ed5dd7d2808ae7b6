"""Import of the clerk's own files: one module a kind, one table of columns, whole or not at all."""
