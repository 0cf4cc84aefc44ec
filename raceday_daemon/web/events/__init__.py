"""The event stream: what has changed, told to everybody who listens as soon as it is stored."""
