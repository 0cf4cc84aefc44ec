"""What a shell offers after TAB: asked as the shells' own scripts ask, of the command as a process."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.commands import completion
from tests.conftest import raceday
from tests.lived_day import lived_day
from tests.papers import ROOT

TABLES = '[mine.before]\n5m = "15s"\n'


async def offered(*words: str, **environment: str) -> list[str]:
    """Give what bash is offered for the last of these words."""
    line = " ".join(("raceday-daemon", *words))
    ended = await raceday(
        _RACEDAY_DAEMON_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words)), **environment
    )
    assert (ended.status, ended.err) == (0, "")
    return ended.out.split()


async def test_commands_jobs_types_and_options_are_offered_without_what_is_slow_to_load(tmp_path: Path) -> None:
    (tmp_path / "pydantic.py").write_text("raise RuntimeError('a heavy import')")
    (tmp_path / "aiohttp.py").write_text("raise RuntimeError('a heavy import')")
    light = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    commands, jobs, types, options, tables = await asyncio.gather(
        offered("co", **light),
        offered("run-once", "", **light),
        offered("alerts", "add", "--type", "odds_", **light),
        offered("demo", "--s", **light),
        offered("export", "--table", "r", **light),
    )
    assert commands == ["coverage", "config"]
    assert jobs == ["meetings", "races", "entrants", "statuses", "refresh", "all"]
    assert types == [name for name in RULE_TYPES if name.startswith("odds_")]
    assert options == ["--speed", "--seed"]
    assert tables == ["races", "race-pools", "race-results"]


async def test_tables_of_poll_times_are_offered_one_s_own_too_and_the_shipped_ones_where_env_is_broken(
    tmp_path: Path,
) -> None:
    (tmp_path / "own.toml").write_text(TABLES)
    (tmp_path / "wrong.toml").write_text("[")
    own, with_wrong_file = await asyncio.gather(
        offered("cadence", "--profile", "", RACEDAY_CADENCE_FILE="own.toml"),
        offered("cadence", "--profile", "", RACEDAY_CADENCE_FILE="wrong.toml"),
    )
    assert sorted(own) == ["intense", "mine", "standard"]
    assert sorted(with_wrong_file) == ["intense", "standard"]
    (tmp_path / ".env").write_bytes(b"RACEDAY_NO_SUCH=1\nnonsense\n\xff")
    assert sorted(await offered("cadence", "--profile", "")) == ["intense", "standard"]
    assert await offered("alerts", "test", "--channel", "") == []


async def test_zsh_and_fish_are_told_what_a_type_measures() -> None:
    zsh, fish = await asyncio.gather(
        raceday(
            _RACEDAY_DAEMON_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="raceday-daemon alerts add --type odds_b"
        ),
        raceday(
            _RACEDAY_DAEMON_COMPLETE="complete_fish",
            _TYPER_COMPLETE_ARGS="raceday-daemon alerts add --type odds_b",
            _TYPER_COMPLETE_FISH_ACTION="get-args",
            _TYPER_COMPLETE_WORD_TO_COMPLETE="odds_b",
        ),
    )
    assert (zsh.status, fish.status) == (0, 0)
    assert '"odds_below":"a Win price that is this or less"' in zsh.out
    assert fish.out.startswith("odds_below\ta Win price")


async def test_a_shell_is_told_how_to_ask() -> None:
    shown = await raceday("--show-completion", "bash")
    assert (shown.status, shown.err) == (0, "")
    assert "_RACEDAY_DAEMON_COMPLETE=complete_bash" in shown.out


def test_the_rules_of_the_data_folder_are_offered_but_no_text_that_a_shell_would_carry_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lived_day(tmp_path / "data")
    monkeypatch.setenv("RACEDAY_DATA_DIR", str(folder))
    with closing(sqlite3.connect(folder / "raceday.db", isolation_level=None)) as file:
        known = {name for (name,) in file.execute("SELECT id FROM user_alert_configs")}
        for hostile in ("$(touch it)", "*", "a b", "`id`"):
            file.execute(
                "INSERT INTO user_alert_configs (id, userId, enabled, alertType, threshold)"
                " VALUES (?, '\\$(touch it)', 1, 'odds_below', 3.0)",
                (hostile,),
            )
    found = completion.rule_ids("")
    assert {name for name, _ in found} == known
    assert not set("".join(words for _, words in found)) & set("$`\\\"'<>|&;*?")
    one = sorted(known)[0]
    assert [name for name, _ in completion.rule_ids(one[:20])] == [one]


def test_no_rules_and_no_channels_are_offered_where_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completion.rule_ids("") == completion.channels("") == []
    monkeypatch.setenv("RACEDAY_NOTIFY_URLS", "phone=ntfy://topic mail=json://127.0.0.1")
    assert [name for name, _ in completion.channels("p")] == ["phone"]
