"""Sixty wrong calls: one line each says what was wrong and, where that can be told, what was meant."""

from pathlib import Path

import pytest

from basstab_hf.cli import main
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError
from tests.conftest import riff

#: The call, and what its line must hold.
CALLS = [
    # commands
    ("genrate", "there is no 'genrate': did you mean generate?"),
    ("recognize page.html", "did you mean recognise?"),
    ("convret tab.txt tab.mid", "did you mean convert?"),
    ("sing", "choose one of generate"),
    ("--verison", "there is no flag --verison: did you mean --version?"),
    ("-x", "missing: COMMAND"),
    ("--debug generate", "cannot use --debug"),
    ("help", "choose one of generate"),
    # flags
    ("generate --temprature 0.5", "there is no flag --temprature: did you mean --temperature?"),
    ("generate --temprature=0.5", "did you mean --temperature?"),
    ("generate --stlye rock", "did you mean --style?"),
    ("generate --tunning GDAE", "did you mean --tuning?"),
    ("generate -bars 4", "did you mean --bars?"),
    ("generate --te 100", "could match --technique, --tempo"),
    ("build songs --otu data", "there is no flag --otu: did you mean --out?"),
    ("train data --out m --sed 3", "did you mean --seed?"),
    ("infill tab.txt --bar-s 3", "did you mean --bars?"),
    ("convert tab.txt a.mid --tmepo 90", "did you mean --tempo?"),
    ("push m me/x --pirvate", "did you mean --private?"),
    ("chart song.cho --transpoze 2", "did you mean --transpose?"),
    # values
    ("generate --style sould", "--style: there is no 'sould': did you mean soul?"),
    ("generate --style rok", "did you mean rock?"),
    ("generate --style klezmer", "--style: there is no 'klezmer': see `basstab generate -h`"),
    ("generate --density hihg", "did you mean high?"),
    ("generate --metre 4/5", "--metre"),
    ("generate --technique slpa", "did you mean slap?"),
    ("generate --engine numpi", "did you mean numpy?"),
    ("generate --tone fingers", "did you mean finger?"),
    ("generate --bars four", "--bars: no whole number: 'four'"),
    ("generate --bars", "--bars: a value is missing"),
    ("generate --temperature warm", "--temperature: no number: 'warm'"),
    ("generate --seed -5", "--seed"),
    ("generate --num 0", "'0' is no whole number from 1 up"),
    ("generate --bars 3 --systems 2", "not allowed with"),
    ("generate --difficulty 9 --bars 1", "difficulty 9"),
    ("generate --tuning QQQQ", "'QQQQ' is no bass tuning"),
    ("generate --key H", "key 'H': write a note"),
    ("generate --chords Xm", "'Xm' is no chord"),
    ("generate --tempo 9000", "tempo 9000: choose"),
    ("tokenizer data --out t --kind notes", "did you mean note?"),
    ("train data --out m --track mlfow", "did you mean mlflow?"),
    ("demo --port 99999", "'99999' is no port"),
    ("completion bsh", "did you mean bash?"),
    # what is missing
    ("infill tab.txt", "missing: --bars"),
    ("convert tab.txt", "missing: OUT"),
    ("evaluate shipped", "missing: DATASET"),
    ("build --out data", "name a SOURCE"),
    ("arrange tab.txt", "say what to change"),
    ("push me/x", "name PATH and REPO_ID"),
    ("develop tab.txt", "--chords"),
    # files, folders and models
    ("convert tba.txt a.mid", "did you mean tab.txt?"),
    ("convert tab.txt a.midi", "tabs can be written to files ending in"),
    ("convert tab.txt nodir/a.mid", "nodir is no folder: make it first"),
    ("convert tab.txt songz/a.mid", "songz is no folder: did you mean songs?"),
    ("convert tab.txt tab.txt", "exists already: choose another place or add --force"),
    ("generate shiped", "there is no model shiped: did you mean shipped?"),
    ("generate my_modle", "there is no model my_modle: did you mean my_model?"),
    ("generate --prompt tab.text", "did you mean tab.txt?"),
    ("generate --out songz/a.mid", "did you mean songs?"),
    ("recognise tab.tx", "did you mean tab.txt?"),
    ("chart chord.txt", "did you mean chords.txt?"),
    ("arrange letter.txt --transpose 2", "holds no bass tab"),
    ("build publicdomain --out data", "did you mean public-domain?"),
    ("build sonsg --out data", "there is no sonsg: did you mean songs?"),
    ("build songs --out nodir/data", "nodir is no folder: make it first"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "tab.txt").write_text(riff(3))
    (folder / "letter.txt").write_text("Dear all\n")
    (folder / "chords.txt").write_text("| Am | F |\n")
    for name in ("songs", "my_model", "my_data"):
        (folder / name).mkdir()
    return folder


@pytest.mark.parametrize(("call", "told"), CALLS)
def test_a_wrong_call_is_one_helpful_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path, call: str, told: str
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    try:
        status = main(call.split())
    except SystemExit as stop:
        status = int(str(stop.code))
    out, err = capsys.readouterr()
    assert status in (1, 2)
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("basstab")
    assert told in err
    assert "Error" not in err
    assert "Errno" not in err
    assert sorted(folder.rglob("*")) == before


def test_a_dataset_of_a_near_name_is_told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"there is no dataset my_dta: did you mean my_data\?"):
        load_texts("my_dta", "train")


def test_sixty_calls_are_tried() -> None:
    assert len({call for call, _ in CALLS}) >= 60
