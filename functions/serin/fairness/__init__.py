"""Is a model as good, and as generous, to everybody? Figures by group, and what can be told of their differences."""
