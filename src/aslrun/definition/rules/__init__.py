"""The rules of a definition: one rule, one file, opening with the sentence that it enforces."""
