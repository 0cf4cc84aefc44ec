"""The user's own database in Appwrite: what the daemon keeps, on its way there."""
