"""The demo village: 盛新村 with invented people and the source village's published totals."""
