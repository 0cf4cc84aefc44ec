"""What moved: the difference between what is stored and what the source says. Pure."""
