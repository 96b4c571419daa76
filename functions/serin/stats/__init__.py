"""Sequential tests that may be looked at as often as one likes: pure arithmetic on counts and sums."""
