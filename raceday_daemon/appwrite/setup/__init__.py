"""The tables in Appwrite: what is declared against what is there, and the way from the one to the other."""
