"""What does it cost, who spends it, and where will the month end?"""
