"""Every race looked at on its table: who is watched, and one loop a race."""
