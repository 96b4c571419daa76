"""What does it cost, and who spends it? Prices, shares that add up, a forecast, and an estimate beforehand."""
