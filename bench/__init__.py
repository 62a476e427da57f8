"""`make bench`: each row beside its ceiling, measured in the same run. Figures of speed live here, never in tests."""
