"""The auditor: a store held to what a simulator served, stated apart from the package that filled it."""
