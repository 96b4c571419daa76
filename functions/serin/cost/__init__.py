"""What does it cost, who spends it, and what happens when that is too much?"""
