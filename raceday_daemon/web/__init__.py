"""What the daemon shows of itself over HTTP: whether it lives, its status, and the day's coverage."""
