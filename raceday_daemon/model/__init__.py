"""The words of the trade: immutable values and the errors, with no trace of where they come from or go to."""
