"""Models and their immutable versions: what was registered, from what, by whom."""
