"""Is an endpoint held to its budget, by how much, and who is told?"""
