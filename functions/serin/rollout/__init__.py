"""Moving `live` from one release to another, and back."""
