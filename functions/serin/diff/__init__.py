"""What differs between two model versions: what they declare, what they are made of, and what they answer."""
