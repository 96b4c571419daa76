"""What speaks for a model version: evaluations on given data, beside the version that is live."""
