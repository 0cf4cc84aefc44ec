"""What the daemon does and how it stands, in figures for Prometheus."""
