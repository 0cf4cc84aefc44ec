"""The source's raw answers in files: written beside the work, read again in their order, removed by age."""
