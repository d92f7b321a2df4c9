"""The simulated platforms: a world of channels, streams, clips and messages, and servers that answer from it."""
