"""Which language does gonogo speak, and does a run keep how its messages are said?"""

import json
from contextlib import closing
from pathlib import Path

import pytest

from runner.model import in_file
from runner.said import CHINESE, ENGLISH, Said, say, told
from tests.workflow.records import a_finding, a_run
from workflow.cli.program import ASKED_WRONGLY, in_language
from workflow.ledger import RunState, open_ledger
from workflow.ledger.rows import finding_of, finding_row
from workflow.settings import read_settings


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, ENGLISH),
        ({"LANG": "de_DE.UTF-8", "GONOGO_LANGUAGE": "zh"}, CHINESE),
        ({"LC_MESSAGES": "zh_TW", "LANG": "C"}, CHINESE),
        ({}, ENGLISH),
    ],
)
def test_the_environment_names_the_language(
    variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GONOGO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert read_settings().language == language
    assert in_language(["show", "1"]) == (["show", "1"], language)
    assert in_language(["show", "--language", "zh", "1"]) == (["show", "1"], CHINESE)
    assert in_language(["--language=en", "show", "1"]) == (["show", "1"], ENGLISH)


def test_a_language_that_gonogo_does_not_speak_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        in_language(["show", "1", "--language", "tlh"])
    assert left.value.code == ASKED_WRONGLY
    assert "简体中文" in capsys.readouterr().err


def test_a_finding_comes_back_from_its_row_as_it_was_said() -> None:
    note = say("too little was judged")
    said = a_finding(message=say("{n} of {all} are bare", n=2, all=3), places=(in_file("a.py", note=note),))
    row = finding_row(1, said)
    row.body = json.loads(json.dumps(row.body))
    back = finding_of(row)
    assert back == said
    assert isinstance(back.message, Said)
    assert told(back.places[0].note, CHINESE) == "判定的样本太少"


def test_a_finding_of_an_older_gonogo_reads_in_english() -> None:
    row = finding_row(1, a_finding(message=say("{n} are bare", n=2)))
    row.body = {name: value for name, value in json.loads(json.dumps(row.body)).items() if name != "said"}
    back = finding_of(row)
    assert back.message == "2 are bare"
    assert type(back.message) is str


def test_a_ledger_keeps_how_notes_and_findings_are_said_and_its_chain_holds(tmp_path: Path) -> None:
    with closing(open_ledger(f"sqlite:///{tmp_path / 'l.db'}")) as ledger:
        id = ledger.begin(a_run())
        ledger.add_note(id, say("too little was judged"), "damaged")
        ledger.add_finding(id, a_finding(message=say("{n} of {all} are bare", n=2, all=3)))
        ledger.end(id, RunState.FINISHED, "NO-GO")
        run = ledger.run(id)
        assert run.altered == ""
        assert told(run.notes[0].text, CHINESE) == "判定的样本太少"
        assert isinstance(run.findings[0].message, Said)
        assert ledger.verify().altered == ()
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER note_no_update")
            connection.exec_driver_sql("UPDATE note SET said = NULL")
        assert ledger.verify().altered != ()
