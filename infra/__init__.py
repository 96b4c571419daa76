"""Everything that runs on a developer's machine: the template, the local cloud, the command, the demo."""
