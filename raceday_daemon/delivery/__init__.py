"""Notifications onward: to a webhook, and to whatever apprise reaches."""
