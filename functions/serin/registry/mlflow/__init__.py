"""Model folders as MLflow writes them, read without MLflow."""
