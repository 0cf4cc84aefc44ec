"""The settings of when things are done."""

from datetime import time

from pydantic import BaseModel

from raceday_daemon.setting_kinds import OptionalPath, TimeOfDay, knob


class TimingSettings(BaseModel):
    """When things are done: looks at races, the daily jobs (17:00 UTC is early morning in New Zealand), a stop."""

    raceday_cadence: str = knob(
        "standard",
        "the table of poll times by its name",
        "standard, intense, or a table of RACEDAY_CADENCE_FILE",
        min_length=1,
    )
    raceday_cadence_file: OptionalPath = knob(
        None, "a file of your own tables", "a TOML file such as config/cadence.toml", example="cadence.toml"
    )
    raceday_cadence_extras: bool = knob(
        True,
        "looks beyond the table: at late, closed and settled races (false: every 5 min from the start until Final)",
        "true or false",
    )
    raceday_meetings_at: TimeOfDay = knob(time(17, 0), "when the meetings job runs, in UTC", "a time such as 17:00")
    raceday_races_at: TimeOfDay = knob(time(17, 10), "when the races job runs, in UTC", "a time such as 17:10")
    raceday_entrants_at: TimeOfDay = knob(time(17, 20), "when the entrants job runs, in UTC", "a time such as 17:20")
    raceday_refresh_at: TimeOfDay = knob(time(20, 30), "when the refresh runs, in UTC", "a time such as 20:30")
    raceday_statuses_every_minutes: int = knob(
        15, "minutes between looks at the day's card while races are open", "1 to 60", ge=1, le=60
    )
    raceday_entrants_batch_races: int = knob(20, "races in a batch of the entrants job", "1 to 500", ge=1, le=500)
    raceday_entrants_batch_seconds: float = knob(
        300.0, "how long such a batch may take", "1 to 3600", ge=1, le=3600, allow_inf_nan=False
    )
    raceday_entrants_max_races: int = knob(0, "races in a run of the entrants job (0: all)", "0 or more", ge=0)
    raceday_grace_seconds: float = knob(
        8.0,
        "how long what is under way may take to finish when told to stop",
        "0 to 600",
        ge=0,
        le=600,
        allow_inf_nan=False,
    )
