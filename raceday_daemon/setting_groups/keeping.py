"""The settings of what is kept."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, field_validator

from raceday_daemon.setting_kinds import Categories, Countries, knob


class KeepingSettings(BaseModel):
    """What is kept, where, and for how long."""

    raceday_data_dir: Path = knob(Path("./data"), "the folder of raceday.db and ops.db", "a folder")
    raceday_countries: Countries = knob(
        ("NZ", "AUS"), "whose meetings are kept (AU is taken as AUS)", "NZ, AUS, with commas", min_length=1
    )
    raceday_categories: Categories = knob(
        ("T", "H"), "which races: thoroughbred, harness", "T, H, with commas", min_length=1
    )
    raceday_history_retention_days: int = knob(
        90,
        "how long prices, money and big bets are kept, in racing days: a usual one is 65 MB (0: for ever)",
        "0 or more",
        ge=0,
        le=36_500,
    )
    raceday_races_retention_days: int = knob(
        0,
        "how long races are kept with all that belongs to them, in racing days (0: for ever)",
        "0 or more",
        ge=0,
        le=36_500,
    )
    raceday_notifications_retention_days: int = knob(
        365, "how long it is kept what people were told (0: for ever)", "0 or more", ge=0, le=36_500
    )
    raceday_record: bool = knob(
        False, "whether the source's raw answers are kept too, in recordings below the data folder", "true or false"
    )
    raceday_recordings_retention_days: int = knob(
        14, "how long recorded answers are kept, in racing days (0: for ever)", "0 or more", ge=0, le=36_500
    )
    raceday_polls_retention_days: int = knob(
        7, "how long the record of looks is kept (0: for ever)", "0 or more", ge=0, le=36_500
    )
    raceday_job_runs_retention_days: int = knob(
        90, "how long the record of jobs is kept (0: for ever)", "0 or more", ge=0, le=36_500
    )

    @field_validator("raceday_data_dir", mode="before")
    @classmethod
    def _check_folder(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("it is empty")
        try:
            return Path(value).expanduser()
        except RuntimeError:
            raise ValueError("there is no such home folder") from None
