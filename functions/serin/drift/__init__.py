"""Drift: what a model's inputs and answers looked like when it was made, and what they look like now."""
