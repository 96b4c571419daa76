"""Review: predictions of which a model was not sure are decided by people, each once, and before its deadline."""
