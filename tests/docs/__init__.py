"""What README.md and docs/ promise, held to what happens."""
