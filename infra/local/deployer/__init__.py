"""Applies a synthesized CDK template to the local cloud; what it does not know is an error, never skipped."""
