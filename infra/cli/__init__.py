"""The `serin` command: one module per group of commands, thin over serin.registry and serin.rollout."""
