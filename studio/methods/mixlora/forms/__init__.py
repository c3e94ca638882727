"""Interchangeable ways of computing the same sum over experts; METHODS.md section 2 has the identity."""
