"""The settings of the user's own Appwrite; they are judged only where rows go there, see settings_loading."""

from typing import Literal

from pydantic import BaseModel

from raceday_daemon.setting_kinds import OptionalSecret, OptionalText, Store, knob


class AppwriteSettings(BaseModel):
    """Your own Appwrite."""

    appwrite_endpoint: OptionalText = knob(
        None,
        "your Appwrite's API",
        "an http or https address without query, name or password, usually ending in /v1",
        example="https://cloud.appwrite.io/v1",
    )
    appwrite_project_id: OptionalText = knob(None, "your project there", "an id of 1 to 36 characters")
    appwrite_api_key: OptionalSecret = knob(None, "a key of that project", "the key's text, 16 characters or more")
    appwrite_database_id: str = knob("raceday-db", "the database in it", "an id of 1 to 36 characters")
    raceday_store: Store = knob(
        None, "where rows go; not set: appwrite where an endpoint is set, else sqlite", "appwrite or sqlite"
    )
    raceday_read_role: Literal["users", "any", "none"] = knob(
        "users", "who may read the race tables in Appwrite", "users, any or none"
    )
    raceday_appwrite_history: Literal["full", "thin"] = knob(
        "full",
        "how much of the history of prices and money is sent there; thin leaves out what tells little",
        "full or thin",
    )
    raceday_outbox_max_rows: int = knob(
        2_000_000, "how many rows may wait for Appwrite; from then on history waits no more", "10000 or more", ge=10_000
    )
    raceday_appwrite_retention: bool = knob(
        False, "whether what is older than is kept here is removed in Appwrite too", "true or false"
    )

    @property
    def store(self) -> str:
        """Give the store in force: the one named, else appwrite where an endpoint is set, else sqlite."""
        return self.raceday_store or ("appwrite" if self.appwrite_endpoint else "sqlite")

    @property
    def appwrite_target(self) -> str | None:
        """Name the database that rows go to, None where they stay on this machine."""
        if self.store != "appwrite":
            return None
        return f"{self.appwrite_endpoint} {self.appwrite_project_id} {self.appwrite_database_id}"
