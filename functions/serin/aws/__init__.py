"""The only place that talks to AWS: one small gateway per service."""
