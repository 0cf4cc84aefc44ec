"""Where settings stand: what is set in the environment, .env and secret files, what can't be read, who else could."""

import errno
import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream


@dataclass(frozen=True, slots=True)
class Places:
    """The file of variables and the folder of secret files, a setting each; either may be missing."""

    env_file: Path
    secrets_dir: Path

    @property
    def readable_env_file(self) -> Path | None:
        """Give the file where there is one."""
        return self.env_file if self.env_file.is_file() else None

    @property
    def readable_secrets_dir(self) -> Path | None:
        """Give the folder where there is one."""
        return self.secrets_dir if self.secrets_dir.is_dir() else None

    def found(self) -> dict[str, str]:
        """Name every variable that is set, and where it counts from: the environment, then .env, then secret files."""
        places: tuple[tuple[str, Iterable[str]], ...] = (
            (self._origin_of_files, [file.name for file in self._secret_files()]),
            (str(self.env_file), dotenv_values(self.readable_env_file) if self.readable_env_file else ()),
            ("environment", os.environ),
        )
        return {name.upper(): place for place, names in places for name in names}

    def faults(self, known: Collection[str]) -> list[str]:
        """Say, a sentence each, what can't be read of the places, as far as it concerns settings with `known` names."""
        return [*_env_file_faults(self.env_file), *_secrets_faults(self.secrets_dir, known)]

    def odd_lines(self) -> list[str]:
        """Say which lines of the file of variables make no sense."""
        if self.readable_env_file is None:
            return []
        with self.env_file.open(encoding="utf-8") as lines:
            return [
                f"{self.env_file}, line {binding.original.line}: not of the form NAME=value"
                for binding in parse_stream(lines)
                if binding.error
            ]

    def exposed(self, origins: dict[str, str]) -> list[str]:
        """Say which files others may read that hold secrets; `origins` are those of the secrets in force."""
        in_file = sorted(name for name, origin in origins.items() if origin == str(self.env_file))
        files = [file for file in self._secret_files() if file.name.upper() in origins]
        holders = [(self.env_file, f"holds {', '.join(in_file)}")] if in_file else []
        holders += [(file, "holds a secret") for file in files if origins[file.name.upper()] == self._origin_of_files]
        return [
            f"{file} {holds}, and {others}: chmod {'600' if file == self.env_file else '400'} {file}"
            for file, holds in holders
            if (others := _other_readers(file))
        ]

    @property
    def _origin_of_files(self) -> str:
        return f"file in {self.secrets_dir}"

    def _secret_files(self) -> list[Path]:
        folder = self.readable_secrets_dir
        return [file for file in _entries(folder) if file.is_file()] if folder else []


def _env_file_faults(file: Path) -> list[str]:
    try:
        if _is_there(file):
            _read(file)
    except (OSError, UnicodeDecodeError) as error:
        return [_unreadable(file, error)]
    return []


def _secrets_faults(folder: Path, known: Collection[str]) -> list[str]:
    try:
        if not _is_there(folder):
            return []
        if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        entries = _entries(folder)
    except OSError as error:
        return [_unreadable(folder, error)]
    return [fault for file in entries if file.name.upper() in known and (fault := _secret_fault(file, folder))]


def _secret_fault(file: Path, folder: Path) -> str | None:
    try:
        if folder.resolve() not in file.resolve().parents:
            return f"{file} cannot be read: it leads out of {folder}"
        _read(file)
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        return _unreadable(file, error)
    return None


def _is_there(place: Path) -> bool:
    """Say whether there is anything by that name, if only a link to nothing; raises OSError where nobody may look."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _read(file: Path) -> None:
    """Read a file for nothing but to see that it can be."""
    # A folder stands where a container was given a file that its host does not have; a pipe might never end.
    if file.exists() and not file.is_file():
        raise OSError(f"it is {'a folder' if file.is_dir() else 'no file'}")
    file.read_text(encoding="utf-8")


def _unreadable(place: Path, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"{place} cannot be read: it is no UTF-8 text"
    if isinstance(error, PermissionError):
        return f"{place} cannot be read by this user (id {os.geteuid()}): {error.strerror}"
    if isinstance(error, FileNotFoundError):
        return f"{place} cannot be read: it leads to a file that does not exist"
    return f"{place} cannot be read: {error.strerror if isinstance(error, OSError) and error.strerror else error}"


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _other_readers(file: Path) -> str | None:
    """Say who else may read a file; that its group may is meant where the file is another user's, such as root's."""
    found = file.stat()
    if found.st_mode & stat.S_IROTH:
        return "everyone on this machine can read it"
    if found.st_mode & stat.S_IRGRP and found.st_uid == os.geteuid():
        return "its group can read it"
    return None
