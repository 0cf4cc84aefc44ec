"""The commands, one short function each."""
