"""A GGUF file in llama.cpp: the ids and the likeliest tokens are those of transformers."""

import sys
from pathlib import Path

import pytest
import torch
from gguf import GGUFReader
from transformers import AutoModelForCausalLM

from basstab_hf import BassTabTokenizer
from basstab_hf.cli import main
from basstab_hf.composer.song import compose
from basstab_hf.errors import MissingExtraError, OutputError
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.gguf_export import About, UnsuitedError, write_gguf
from basstab_hf.tokenizer.token_kinds import KINDS
from tests.llama_cpp import LlamaServer
from tests.test_tokenization import TEXTS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    about = About("Bass", "A. Player", "cc0-1.0", tags=("bass", "tablature"))
    return write_gguf(shipped_model(), tmp_path_factory.mktemp("gguf") / "bass.gguf", about)


@pytest.fixture(scope="module")
def llama(file: Path) -> LlamaServer:
    return LlamaServer(file)


@pytest.fixture(scope="module")
def tokenizer() -> BassTabTokenizer:
    return BassTabTokenizer.from_pretrained(str(shipped_model()))


@pytest.fixture(scope="module")
def songs() -> list[str]:
    return [" ".join(compose(7, number).tab.words) for number in range(20)]


def test_songs_have_the_same_ids_but_for_what_the_vocabulary_lacks(
    llama: LlamaServer, tokenizer: BassTabTokenizer, songs: list[str]
) -> None:
    pairs = [(llama.ids(text), tokenizer(text)["input_ids"]) for text in songs]
    assert sum(found == ours for found, ours in pairs) == 19  # song 15 has a rest of two bars on five strings
    assert [tokenizer.decode_columns(found) for found, _ in pairs] == songs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GDAE",
        "GDAE ||||",
        "<key:Em> <metre:3/4> GDAE |||| ---5",
        "GDAE |||| 1--- 1--- 7--- ---- ||||",  # 11 and 7
        "GDAE |||| -1-- -2-- -3-- ---- ||||",  # 12 and 3
        "GDAE |||| ---5 ---h ---7 ---- ||||",
        "GDAE |||| ---- |||| <END> GDAE |||| ---5 |||| <END>",
    ],
)
def test_prompts_have_the_same_ids(llama: LlamaServer, tokenizer: BassTabTokenizer, text: str) -> None:
    assert llama.ids(text) == tokenizer(text)["input_ids"]


def test_the_text_of_ids_is_the_same_where_a_note_is_unknown(llama: LlamaServer, tokenizer: BassTabTokenizer) -> None:
    text = "GDAE |||| -23- ---- 9-9- 0--0 ---- |||| <END>"
    assert tokenizer.decode_columns(llama.ids(text)) == text


def test_greedy_tokens_are_the_likeliest_of_transformers(
    llama: LlamaServer, tokenizer: BassTabTokenizer, songs: list[str]
) -> None:
    model = AutoModelForCausalLM.from_pretrained(shipped_model()).eval()
    for text in songs[:6]:
        ids = tokenizer(text)["input_ids"][:40]
        new = llama.greedy(ids, 100)
        with torch.inference_mode():
            logits = model(torch.tensor([ids + new])).logits[0, len(ids) - 1 : -1]
        chosen = logits.gather(1, torch.tensor(new)[:, None])[:, 0]
        assert len(new) == 100
        assert (logits.max(dim=1).values - chosen).max() < 0.02  # no other was likelier, but for rounding


def test_a_chat_and_a_grammar_of_llama_cpp_work(llama: LlamaServer) -> None:
    [answer] = llama.post("/v1/chat/completions", messages=[{"role": "user", "content": "GDAE ||||"}], max_tokens=9)[
        "choices"
    ]
    assert all(len(word) == 4 or word == "<END>" for word in answer["message"]["content"].split())
    grammar = 'root ::= bar bar\nbar ::= (" " [-x0-9h=]{4}){13} " ||||"'
    found = llama.post("/completion", prompt="GDAE ||||", n_predict=200, grammar=grammar, seed=1)["content"].split()
    assert [place for place, word in enumerate(found) if word == "||||"] == [13, 27]


def test_it_says_what_it_is(file: Path) -> None:
    fields = {name: field.contents() for name, field in GGUFReader(file).fields.items()}
    assert fields["general.architecture"] == "gpt2"
    assert fields["general.name"] == "Bass"
    assert fields["general.author"] == "A. Player"
    assert fields["general.license"] == "cc0-1.0"
    assert fields["general.tags"] == ["bass", "tablature"]
    assert fields["general.sampling.top_p"] == pytest.approx(0.95)
    assert "general.description" not in fields


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_tokens_is_read(kind: str, tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    tokenizer = BassTabTokenizer.from_column_texts(TEXTS, min_count=1, kind=kind)
    sizes = {"n_layer": 1, "n_head": 2, "n_embd": 32, "n_positions": 64, "tie_word_embeddings": False}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **sizes)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    llama = LlamaServer(write_gguf(tmp_path, tmp_path / "model.gguf"))
    for text in TEXTS:
        assert tokenizer.decode_columns(llama.ids(text)) == tokenizer.decode_columns(tokenizer(text)["input_ids"])
    same = [llama.ids(text) == tokenizer(text)["input_ids"] for text in TEXTS]
    assert all(same) or kind == "riff"


def test_the_command_writes_a_file_that_push_would_send(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bass.gguf"
    assert main(["export", "shipped", "--gguf", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert GGUFReader(out).fields["general.name"].contents() == "basstab-composed"
    assert main(["export", "shipped", "--onnx", "--out", str(out)]) == 1
    assert f"{out} exists already" in capsys.readouterr().err
    assert main(["export", "shipped", "--onnx", "--out", str(tmp_path / "bass.onnx")]) == 0


def test_what_llama_cpp_cannot_compute_is_refused_in_one_line(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_layer": 1, "n_head": 2, "n_embd": 8, "n_positions": 16}
    GPT2LMHeadModel(GPT2Config(vocab_size=200, activation_function="relu", **sizes)).save_pretrained(tmp_path)
    with pytest.raises(UnsuitedError, match="computes with relu"):
        write_gguf(tmp_path, tmp_path / "model.gguf")
    assert not (tmp_path / "model.gguf").exists()


def test_nothing_is_written_over_and_a_missing_package_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="exists already"):
        write_gguf(shipped_model(), file)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[gguf\]"):
        write_gguf(shipped_model(), tmp_path / "other.gguf")
