"""May this version be let out? Gates by the consequence of a wrong answer, each with its reason."""
