"""API Gateway's REST API on one machine: routes, keys, plans, validation, and the Lambda proxy integration."""
