"""What came of predictions: signed receipts, outcomes, quality and KPIs."""
