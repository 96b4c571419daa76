"""What an endpoint costs, and what happens when that is too much."""
