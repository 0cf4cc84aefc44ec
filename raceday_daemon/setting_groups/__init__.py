"""The settings, a file for each thing that they are about; its docstring is the heading that people read."""
