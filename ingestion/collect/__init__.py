"""Asks platforms for data and writes the answers to files, which are then loaded like any other input.

Collecting holds no lock of the warehouse: it may take an hour, and its files stay when the load fails.
"""
