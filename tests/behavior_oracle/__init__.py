"""Behaviour metrics in plain Python, written from the definitions in docs/behavior.md and not from the models.

Slow on purpose: chains and matchings are found by trying all of them.
"""
