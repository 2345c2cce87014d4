"""What the app wants to be told, and where; kept in memory because every change asks."""

from __future__ import annotations

import json
import threading
from typing import Any

from adapters.sandbox.database import Database

Subscription = dict[str, Any]


class Subscriptions:
    """Webhook settings and subscriptions by app. Dictionaries are replaced, never changed in place."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        reader = database.reader()
        self._settings = {app: json.loads(text) for app, text in reader.execute("SELECT * FROM webhook_settings")}
        rows = reader.execute("SELECT id, app_id, definition FROM subscriptions ORDER BY id")
        self._all: dict[int, tuple[int, Subscription]] = {row[0]: (row[1], json.loads(row[2])) for row in rows}

    def settings(self, app_id: int) -> dict[str, Any] | None:
        """Where events go; None until somebody said so."""
        return self._settings.get(app_id)

    def configure(self, app_id: int, settings: dict[str, Any] | None) -> None:
        """Says where events go; None: nowhere."""
        with self._lock, self._database.writing() as connection:
            connection.execute("DELETE FROM webhook_settings WHERE app_id = ?", (app_id,))
            if settings is not None:
                connection.execute("INSERT INTO webhook_settings VALUES (?, ?)", (app_id, json.dumps(settings)))
            self._settings = {key: value for key, value in self._settings.items() if key != app_id}
            self._settings |= {} if settings is None else {app_id: settings}

    def of(self, app_id: int) -> list[Subscription]:
        """An app's subscriptions by ascending id."""
        return [one for owner, one in self._all.values() if owner == app_id]

    def everyone(self) -> list[tuple[int, Subscription]]:
        """Every (app, subscription)."""
        return list(self._all.values())

    def put(self, app_id: int, subscription: Subscription) -> Subscription:
        """Adds a subscription, or replaces the one of the same id; a new one gets its ``id``."""
        with self._lock, self._database.writing() as connection:
            number = int(subscription.get("id") or max(self._all, default=0) + 1)
            kept = subscription | {"id": str(number)}
            connection.execute(
                "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?)", (number, app_id, json.dumps(kept))
            )
            self._all = self._all | {number: (app_id, kept)}
        return kept

    def remove(self, app_id: int, id: int) -> bool:
        """Removes a subscription; False when the app has none of that id."""
        with self._lock, self._database.writing() as connection:
            if self._all.get(id, (None,))[0] != app_id:
                return False
            connection.execute("DELETE FROM subscriptions WHERE id = ?", (id,))
            self._all = {key: value for key, value in self._all.items() if key != id}
        return True
