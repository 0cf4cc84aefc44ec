"""The daemon as its image runs it: as nobody in particular, number 1, with a root that can't be written to.

RACEDAY_IMAGE=1 carries out the Dockerfile's own steps (`make soak`); else what it runs is this environment's package.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from raceday_daemon import __version__
from tests.bare_root import BareRoot, can_be_entered
from tests.end_to_end.beside import MOST_SECONDS, until
from tests.end_to_end.first_process import only_child
from tests.image_by_hand import ROOT, Stage, build, stages

DOCKERFILE = (ROOT / "Dockerfile").read_text()
# Read here: the fixture of conftest.py takes our names out of the environment of each test.
BUILDS = bool(os.environ.get("RACEDAY_IMAGE"))

pytestmark = pytest.mark.skipif(not can_be_entered(), reason="only root can make a root folder, and only with unshare")


class Image:
    """What a container would run, in the folder that it would see."""

    def __init__(self, folder: Path) -> None:
        first, self.stage = stages(DOCKERFILE)
        if BUILDS:
            built = build(first, folder / first.name, {}).folder
            self.root = build(self.stage, folder / "image", {first.name: built})
        else:
            self.root = self._of_this_environment(folder / "image")

    def _of_this_environment(self, folder: Path) -> BareRoot:
        if ROOT.stat().st_mode & 0o005 != 0o005:
            pytest.skip("this checkout is closed to the image's user")
        steps = [step for step in self.stage.steps if step[0] not in ("COPY", "RUN")]
        root = build(Stage("", steps, words=self.stage.words), folder, {})
        os.chown(folder / "data", 10001, 10001)
        self.stage = Stage("", [], user="10001:10001", workdir="/data", words=self.stage.words)
        self.stage.environment |= {"PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin", "RACEDAY_DATA_DIR": "/data"}
        return BareRoot(root.folder, (ROOT, Path(sys.prefix), *root.shown))

    def words(self, *arguments: str, **environment: str) -> Sequence[str]:
        return self.root.command(
            *self.stage.words["ENTRYPOINT"],
            *(arguments or self.stage.words["CMD"]),
            user=self.stage.user,
            environment=self.stage.environment | environment,
            workdir=self.stage.workdir,
            read_only=True,
        )

    def run(self, *arguments: str, **environment: str) -> str:
        """Run a command to its good end; give what it says."""
        ended = self.ended(*arguments, **environment)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def refusal(self, *arguments: str, **environment: str) -> str:
        """Run a command that is refused for how it is set up; give the one sentence."""
        ended = self.ended(*arguments, **environment)
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        (sentence,) = ended.stderr.splitlines()
        return sentence

    def ended(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.words(*arguments, **environment), capture_output=True, text=True, check=False)

    def place(self, name: str, text: str = "", mode: int = 0o400, owner: int = 10001) -> Path:
        """Put a file into the folder."""
        file = self.root.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        os.chown(file, owner, owner)
        return file


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("image")
    # pytest keeps its folders to its own user; the daemon is another.
    for place in (folder, folder.parent):
        place.chmod(0o755)
    return Image(folder)


def test_it_tells_its_version_and_settings(image: Image) -> None:
    assert image.run("--version") == f"raceday-daemon {__version__}\n"
    settings = json.loads(image.run("config", "--json"))
    assert settings["RACEDAY_DATA_DIR"] == {"value": "/data", "from": "environment"}
    assert settings["RACEDAY_HTTP_HOST"] == {"value": "127.0.0.1", "from": "default"}


def test_secrets_come_from_run_secrets_and_who_else_can_read_them_is_told(image: Image) -> None:
    file = image.place("run/secrets/RACEDAY_API_TOKEN", "sixteen-characters\n")
    settings = json.loads(image.run("config", "--json"))
    assert settings["RACEDAY_API_TOKEN"] == {"value": "**********", "from": "file in /run/secrets"}
    image.place("run/secrets/RACEDAY_API_TOKEN", "sixteen-characters\n", mode=0o444)
    told = image.ended("config", "--json").stderr
    assert told.startswith(
        "warning: /run/secrets/RACEDAY_API_TOKEN holds a secret, and everyone on this machine can read"
    )
    file.unlink()


def test_a_secret_or_env_file_that_it_may_not_read_or_that_is_not_there_is_one_sentence(image: Image) -> None:
    file = image.place("run/secrets/RACEDAY_API_TOKEN", "sixteen-characters\n", owner=0)
    name = "/run/secrets/RACEDAY_API_TOKEN"
    assert image.refusal() == f"{name} cannot be read by this user (id 10001): Permission denied"
    file.unlink()
    # What a container gets in the place of a file that its host does not have.
    file.mkdir()
    assert image.refusal() == f"{name} cannot be read: it is a folder"
    file.rmdir()
    file.symlink_to("gone")
    assert image.refusal() == f"{name} cannot be read: it leads to a file that does not exist"
    file.unlink()
    env_file = image.place("data/.env", "LOG_LEVEL=DEBUG\n", owner=0)
    assert image.refusal() == ".env cannot be read by this user (id 10001): Permission denied"
    env_file.unlink()


def test_a_folder_that_it_may_not_write_to_is_one_sentence(image: Image) -> None:
    os.chown(image.root.folder / "data", 0, 0)
    (image.root.folder / "data").chmod(0o755)
    ended = image.ended()
    os.chown(image.root.folder / "data", 10001, 10001)
    # The log has begun, as JSON.
    (sentence,) = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert (ended.returncode, ended.stdout) == (2, "")
    assert sentence.startswith("/data/daemon.lock: cannot be opened (")


async def test_it_keeps_its_files_in_data_alone_and_ends_well_when_told_to(image: Image, tmp_path: Path) -> None:
    before = files_in(image.root.folder)
    nowhere = {"NZTAB_API_BASE_URL": "http://127.0.0.1:9", "RACEDAY_HTTP_PORT": "0"}
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*image.words(**nowhere), stderr=log)
    try:
        await until(lambda: '"up"' in (tmp_path / "log").read_text())
        assert image.run(*image.stage.words["HEALTHCHECK"][1:]).endswith(" lives\n")
        os.kill(only_child(process), signal.SIGTERM)
        async with asyncio.timeout(MOST_SECONDS):
            assert await process.wait() == 0, (tmp_path / "log").read_text()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert image.ended("healthcheck").returncode == 1
    made = files_in(image.root.folder) - before
    assert {"data/raceday.db", "data/ops.db"} <= made
    assert {name.partition("/")[0] for name in made} == {"data"}
    assert (image.root.folder / "data" / "raceday.db").stat().st_uid == 10001


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(not BUILDS, reason="the steps of the Dockerfile take a minute: make soak")
def test_what_is_built_holds_no_pip_and_no_source_and_can_send_notices(image: Image) -> None:
    environment = image.root.folder / "opt" / "raceday"
    assert not list(environment.glob("bin/pip*"))
    assert not (image.root.folder / "src").exists()
    assert list(environment.glob("lib/*/site-packages/apprise"))
    passwd = (image.root.folder / "etc" / "passwd").read_text()
    assert ":10001:10001::/data:/usr/sbin/nologin" in passwd
