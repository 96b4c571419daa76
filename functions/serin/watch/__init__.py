"""What the watcher gets to know: drift jobs, their records, the report."""
