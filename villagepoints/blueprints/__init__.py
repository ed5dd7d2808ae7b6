"""HTTP only: parse, call one service, choose a page; one module or package for each audience."""
