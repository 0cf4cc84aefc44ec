"""A data folder's files in one file, taken beside a running daemon, and put back."""
