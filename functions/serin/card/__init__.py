"""What should be known of a model version by whoever uses it: its model card, from what the registry knows."""
