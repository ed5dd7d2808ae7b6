"""The rules of the village, as its own rule sheet states them: standard library only, no clock, no files."""
