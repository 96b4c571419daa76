"""Does nobody ask an endpoint, and what is paused of it until somebody does?"""
