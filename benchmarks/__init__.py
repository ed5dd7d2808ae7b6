"""What is measured, each against the limit that nobody can beat, side by side in one run."""
