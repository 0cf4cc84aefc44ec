"""A third party's XML inside the answer, read with suspicion."""

import pytest

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.nztab.tote_trends import ToteTrend, parse_tote_trend
from tests.builders import event, mapped, pool, runner, trend_xml

RUNNERS_FIRST = """<?xml version="1.0" encoding="utf-8"?>
<meetings>
  <date>2025-07-17</date>
  <meeting meeting_type="R" meeting_number="4">
    <race race_number="1">
      <bet_types>
        <bet_type type="PLC"><pool_total>1</pool_total></bet_type>
        <bet_type type="WIN">
          <runners>
            <runner runner_number="2">
              <runner_investment> 250.50 </runner_investment>
              <runner_name>B</runner_name>
              <runner_scratched>Y</runner_scratched>
            </runner>
            <runner runner_number="1">
              <runner_scratched>N</runner_scratched>
              <runner_name>A &amp; Co</runner_name>
              <runner_investment>749.50</runner_investment>
            </runner>
          </runners>
          <pool_total>1000.00</pool_total>
        </bet_type>
      </bet_types>
    </race>
  </meeting>
</meetings>"""

BOMB = """<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><meetings>&c;</meetings>"""


def test_the_order_of_elements_does_not_matter_and_scratched_runners_keep_their_money() -> None:
    assert parse_tote_trend(RUNNERS_FIRST, "WIN", 1) == ToteTrend(1000.0, {2: 250.5, 1: 749.5})


@pytest.mark.parametrize(
    "xml",
    [
        trend_xml("TFA", r1="5"),
        trend_xml("WIN", race_number=2, r1="5"),
        trend_xml("WIN"),
        trend_xml("WIN", r1="5").replace("runner_investment>", "runner_investment1>"),
        trend_xml("WIN", r1="5").replace("pool_total>", "other_total>"),
        "<meetings/>",
    ],
    ids=["another bet", "another race", "no runners", "money by finishing place", "no total", "empty"],
)
def test_a_document_without_an_amount_a_runner_has_no_trend(xml: str) -> None:
    assert parse_tote_trend(xml, "WIN", 1) is None


def test_the_race_is_found_among_those_of_a_document() -> None:
    both = trend_xml(race_number=1, r1="5").replace("</meeting>", '<race race_number="2"/></meeting>')
    assert parse_tote_trend(both, "WIN", 1) == ToteTrend(1000.0, {1: 5.0})
    assert parse_tote_trend(both, "WIN", 2) is None


@pytest.mark.parametrize(
    "xml",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><meetings/>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><meetings>&e;</meetings>',
        "<!DOCTYPE meetings><meetings/>",
        trend_xml(r1="5")[:-20],
        "not XML",
        " ",
        "<a>&undefined;</a>",
        "<a>\x00</a>",
        trend_xml(r1="5") + " " * (512 * 1024),
    ],
    ids=[
        *("entity expansion", "outside DTD", "outside entity", "harmless DTD", "truncated", "words", "blank"),
        *("unknown entity", "NUL", "too long"),
    ],
)
def test_a_document_that_is_not_safe_and_whole_is_a_misfit(xml: str) -> None:
    with pytest.raises(MisfitError):
        parse_tote_trend(xml, "WIN", 1)


def test_a_deep_document_is_read_without_harm() -> None:
    assert parse_tote_trend("<a>" * 50_000 + "</a>" * 50_000, "WIN", 1) is None


@pytest.mark.parametrize("amount", ["-1", "", "much", "nan", "inf", "1e13"])
def test_an_amount_that_is_no_money_is_a_misfit(amount: str) -> None:
    for xml in (trend_xml(r1=amount), trend_xml(total=amount, r1="5")):
        with pytest.raises(MisfitError):
            parse_tote_trend(xml, "WIN", 1)


def test_a_runner_without_a_number_is_a_misfit() -> None:
    with pytest.raises(MisfitError):
        parse_tote_trend(trend_xml(r1="5").replace('runner_number="1"', 'runner_number="one"'), "WIN", 1)


@pytest.mark.parametrize("xml", [BOMB, "<meetings>", trend_xml(r1="-5")], ids=["a bomb", "truncated", "negative"])
def test_whatever_comes_in_the_trends_the_rest_of_the_race_is_kept(xml: str) -> None:
    snapshot = mapped(event(runner(1, {"pool_win": 2}), tote_pools=[pool("Win", 10, xml)]))
    assert snapshot.pools.win_pool_total == 1000
    assert [part.where for part in snapshot.set_aside] == ["data.tote_pools[0].tote_trends"]


@pytest.mark.parametrize("total", ["1e-320", "0.01"], ids=["infinite share", "amount beyond 64 bits"])
def test_a_total_far_below_the_money_in_it_is_no_trend(total: str) -> None:
    sent = event(runner(1), tote_pools=[pool("Win", 1e12, trend_xml(total=total, r1="1e12"))])
    amount = mapped(sent).entrants[0].win_pool_amount
    assert amount is None or amount < 2**63


def test_a_price_next_to_zero_is_no_price() -> None:
    mapped(event(runner(1, {"pool_win": 5e-324}), tote_pools=[pool("Win", 10)]))
