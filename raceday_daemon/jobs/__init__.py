"""The daily jobs: each one use case, for the daemon and for `run-once` alike."""
