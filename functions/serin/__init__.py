"""Serin: serverless inference that keeps proving its models are still right."""
