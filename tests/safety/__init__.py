"""What must never happen, each with a planted bug that must go red."""
