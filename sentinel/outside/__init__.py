"""Ports to the world: each the real thing, and where a test needs one a fake that passes the same contract tests."""
