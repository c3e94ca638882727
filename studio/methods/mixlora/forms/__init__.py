"""Interchangeable ways of computing the same sum over experts; studio/methods/README.md has the identity."""
