"""What a webhook is sent: the notification as JSON, and headers that prove who sent it (Standard Webhooks)."""

import hmac
import json
from base64 import b64encode
from datetime import datetime
from hashlib import sha256

from raceday_daemon.model.alerts import Notification
from raceday_daemon.store.rows import instant_text


def body_of(notification: Notification) -> bytes:
    """Write a notification as JSON, by the names of its columns."""
    sent = {
        "id": notification.notification_id,
        "userId": notification.user_id,
        "type": notification.type,
        "title": notification.title,
        "message": notification.message,
        "raceId": notification.race_id,
        "entrantId": notification.entrant_id,
        "ruleId": notification.rule_id,
        "value": notification.value,
        "previousValue": notification.previous_value,
        "threshold": notification.threshold,
        "eventTimestamp": instant_text(notification.event_timestamp),
        "createdAt": instant_text(notification.created_at),
    }
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(key: bytes, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Give the id that all attempts share, the time of this one, and the signature of both with the body."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = b64encode(hmac.digest(key, signed, sha256)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
