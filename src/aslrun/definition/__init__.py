"""A document becomes an immutable model, or diagnostics with places."""
