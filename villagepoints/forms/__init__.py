"""The format of what people type: required, range, length."""
