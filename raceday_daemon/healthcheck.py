"""Whether the daemon of the data folder lives, as an exit status: asked all the time, so it loads next to nothing."""

import os
import sys
from pathlib import Path
from typing import Final

from raceday_daemon.asking import NoAnswerError, ask_whether_it_lives, who
from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.folder_lock import holder_of

_SETTING: Final = "raceday_data_dir"
_DEFAULT: Final = "./data"
_ENV_FILE: Final = Path(".env")
_SECRETS_DIR: Final = Path("/run/secrets")


def healthcheck() -> int:
    """Say in a sentence whether the daemon lives; give 0 where it does, else 1."""
    try:
        lives, sentence = look(data_dir())
    except (OSError, ValueError) as error:
        lives, sentence = False, f"the data folder's name cannot be read: {error}"
    sys.stdout.write(f"{sentence}\n")
    return 0 if lives else 1


def look(folder: Path) -> tuple[bool, str]:
    """Ask the daemon that holds a folder for its pulse; give whether it lives, and that in words."""
    try:
        holder = holder_of(folder)
        if holder is None:
            return False, f"no daemon runs on {folder}"
        ask_whether_it_lives(holder)
    except (NoAnswerError, StoreError) as error:
        return False, str(error)
    return True, f"{who(holder)} lives"


def data_dir(env_file: Path = _ENV_FILE, secrets_dir: Path = _SECRETS_DIR) -> Path:
    """Give the data folder as the settings have it: those take a second to load, and only this one is needed."""
    found = _from_environment() or _from_env_file(env_file) or _from_secrets(secrets_dir) or _DEFAULT
    return Path(found).expanduser()


def _from_environment() -> str | None:
    return next((value for name, value in os.environ.items() if name.lower() == _SETTING), None)


def _from_env_file(env_file: Path) -> str | None:
    if not env_file.is_file():
        return None
    from dotenv import dotenv_values

    return next((value for name, value in dotenv_values(env_file).items() if name.lower() == _SETTING), None)


def _from_secrets(secrets_dir: Path) -> str | None:
    files = secrets_dir.iterdir() if secrets_dir.is_dir() else ()
    return next((file.read_text().strip() for file in files if file.name.lower() == _SETTING and file.is_file()), None)
