"""Site files, URL rules, addresses, and what is read from a response: no network."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response, TextResponse

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.recognise.encodings import decode
from basstab_hf.scrape import Site, reading
from basstab_hf.scrape.addresses import PublicResolver, is_private_host, is_public
from basstab_hf.scrape.backoff import _seconds
from basstab_hf.scrape.rules import Rules
from basstab_hf.scrape.site import Keys

CONFIGS = sorted(Path("configs/scrape").glob("*.yaml"))


def read(tmp_path: Path, text: str) -> Site:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    return Site.read(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_shipped_site_files_can_be_read(path: Path) -> None:
    site = Site.read(path)
    assert site.about
    assert site.licence
    assert list(site.urls())


def test_a_site_file_says_everything(tmp_path: Path) -> None:
    site = read(
        tmp_path,
        "start_urls: https://tabs.example/list?page={8..10}\ndelay: 2\nselect: {title: h2}\nlimits: {pages: 5}\n",
    )
    assert list(site.urls()) == [f"https://tabs.example/list?page={number}" for number in (8, 9, 10)]
    assert site.allowed_domains == ("tabs.example",)
    assert (site.delay, site.select.title, site.limits.pages, site.limits.depth) == (2.0, "h2", 5, 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start_urls: [http://a.b/]\ncolour: red", "unknown key colour: choose among start_urls, spider"),
        ("start_urls: [http://a.b/]\nlimits: {page: 1}", "unknown key limits.page: choose among pages, urls"),
        ("start_urls: [http://a.b/]\nlimits: 3", "limits is no mapping: write pages: ..."),
        ("start_urls: [http://a.b/]\nlimits: {pages: many}", "limits.pages: 'many' is no whole number"),
        ("start_urls: [http://a.b/]\nlimits: {pages: 0}", "limits.pages 0: choose more than 0"),
        ("start_urls: [http://a.b/]\nallow_private: 1", "allow_private: 1 is not true or false"),
        ("start_urls: [1]", "start_urls: [1] is no list of texts"),
        ("start_urls: []", "a site without start_urls"),
        ("spider: pages", "start_urls is missing"),
        ("start_urls: [http://a.b/]\nspider: shark", "spider 'shark': choose one of folder, jsstore, pages"),
        ("start_urls: [ftp://a.b/]", "start URL 'ftp://a.b/': spider pages takes a URL such as"),
        ("start_urls: ['http://[::1']", "start URL 'http://[::1'"),
        ("start_urls: ['http://a.b']\nspider: folder", "spider folder takes a folder"),
        ("start_urls: [http://a.b/]\ndelay: 0.5", "delay 0.5: choose 1 second or more; less is for sites"),
        ("start_urls: [http://a.b/]\ndelay: 0\nallow_private: true", "delay 0.0: choose 1 second or more"),
        ("start_urls: [http://a.b/]\ndelay: .nan", "delay nan: choose 0 to 3600"),
        ('start_urls: [http://a.b/]\ncontact: "a\\nX-Header: b"', "give one e-mail address or URL"),
        ("start_urls: [", "is no YAML"),
        ("- a", "the file is no mapping"),
        ("\x00", "is no YAML"),
    ],
)
def test_mistakes_in_a_site_file_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=r"^[^\n]*$") as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "site.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name either URLs or --config FILE"),
        (["http://a.b/", "--config", "x"], "name either URLs or --config FILE"),
        (["--config", "nowhere.yaml"], "cannot read nowhere.yaml"),
        (["http://a.b/", "--delay", "0"], "choose 1 second or more"),
        (["tabs.example/list"], "is no folder; a URL starts with http://"),
        (["--config", "selector.yaml"], "'h1[' is no CSS selector"),
        (["http://127.0.0.1:9/", "--out", "taken"], "holds something that basstab scrape did not write"),
        (["http://127.0.0.1:9/", "--out", "taken", "--force"], "holds something that basstab scrape did not write"),
        (["http://127.0.0.1:9/", "--out", "taken/file"], "is no folder: choose another place"),
        (["http://127.0.0.1:9/", "--out", "broken"], "file is not a database: choose another --out"),
    ],
)
def test_wrong_use_is_one_line_before_anything_is_fetched(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    Path("taken/file").touch()
    Path("broken/job").mkdir(parents=True)
    Path("broken/job/urls.sqlite").write_bytes(b"no database" * 100)
    Path("selector.yaml").write_text("start_urls: http://127.0.0.1/\nallow_private: true\nselect: {title: 'h1['}")
    out = [] if "--out" in arguments else ["--out", "out"]
    assert main(["scrape", *arguments, *out]) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert len([line for line in captured.err.splitlines() if not line.startswith("note:")]) == 1


def test_urls_typed_mean_their_folders() -> None:
    site = Site.of_urls(["https://tabs.example/a/list.html", "https://tabs.example/b", "https://other.example"])
    rules = Rules(site)
    for url in ("https://tabs.example/a/x", "http://www.tabs.example/b", "https://tabs.example/b/c?d=1"):
        assert rules.refusal(url) == "", url
    assert not site.allow_private
    assert Site.of_urls(["http://127.0.0.1:8000/"]).allow_private
    assert Site.of_urls(["http://localhost:8000/"]).allow_private


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://tabs.example/tabs/a/b.html", ""),
        ("http://m.tabs.example/tabs/", ""),
        ("http://tabs.example/tabs", ""),
        ("http://tabs.example/tabs2", "outside the allowed paths"),
        ("http://tabs.example/tabs/../x", "dots in the path"),
        ("http://tabs.example/tabs/%2e%2e/x", "dots in the path"),
        ("http://tabs.example//tabs/a", ""),
        ("http://tabs.example/tabs/a/b/a/b/a/b/a/b", "a path that repeats itself"),
        ("http://tabs.example:8080/tabs/", "outside the allowed domains"),
        ("http://nottabs.example/tabs/", "outside the allowed domains"),
        ("http://tabs.example.evil.example/tabs/", "outside the allowed domains"),
        ("http://tabs.example@evil.example/tabs/", "outside the allowed domains"),
        ("http://tabs.example:x/tabs/", "malformed URL"),
        ("javascript:alert(1)", "not http"),
        ("file:///etc/passwd", "not http"),
        ("http://tabs.example/tabs/" + "x" * 2000, "URL too long (limits.url_length)"),
    ],
)
def test_what_belongs_to_a_site(url: str, reason: str) -> None:
    rules = Rules(Site(("https://tabs.example/tabs/",), allowed_paths=("/tabs/",)))
    assert rules.refusal(url) == reason
    assert rules.refusal("https://tabs.example/tabs/", 21) == "too deep (limits.depth)"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "0177.0.0.1",
            "0x7f000001",
            "2130706433",
            "0",
        ),
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255"),
        *("::1", "[::1]", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "ff02::1", "192.0.2.1"),
    ],
)
def test_private_addresses_in_every_spelling(host: str) -> None:
    assert is_private_host(host)


@pytest.mark.parametrize(
    "host", ["example.org", "8.8.8.8", "2606:4700::1111", "[2606:4700::1111]", "0.example", "1a", "٣"]
)
def test_public_addresses_and_names_are_not_private(host: str) -> None:
    assert not is_private_host(host)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_counts(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for inside in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 65535:x}"):
        assert is_private_host(inside) == is_private_host(str(address)) == (not is_public(address))


def test_the_resolver_passes_public_addresses_alone() -> None:
    class Address:
        def __init__(self, host: str) -> None:
            self.host = host

    class Inner:
        def resolveHostName(self, receiver: object, host: str, *more: object) -> None:  # noqa: N802
            receiver.resolutionBegan(None)  # type: ignore[attr-defined]
            for found in {"mixed": ["10.0.0.1", "8.8.8.8"], "inside": ["::1"]}[host]:
                receiver.addressResolved(Address(found))  # type: ignore[attr-defined]
            receiver.resolutionComplete()  # type: ignore[attr-defined]

    class Receiver:
        def __init__(self) -> None:
            self.found: list[str] = []

        def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
            pass

        def addressResolved(self, address: Address) -> None:  # noqa: N802
            self.found.append(address.host)

        def resolutionComplete(self) -> None:  # noqa: N802
            self.found.append("end")

    resolver = PublicResolver(Inner())
    for host, expected in (("mixed", ["8.8.8.8", "end"]), ("inside", ["end"])):
        receiver = Receiver()
        resolver.resolveHostName(receiver, host)
        assert receiver.found == expected
    assert resolver.refused == {"mixed", "inside"}


@given(st.binary(), st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_bytes_under_any_charset_are_text_that_json_can_hold(body: bytes, charset: str) -> None:
    header = f"text/html; charset={charset}".encode("latin-1")
    text = reading.text_of(TextResponse("http://a.b/", body=body, headers={"Content-Type": header}))
    if text is None:  # an archive, a PDF or the like
        with pytest.raises(InputError):
            decode(body)
        return
    text.encode()
    page = reading.as_html(Response("http://a.b/"), text)
    assert "\n" not in reading.title_of(page)
    assert isinstance(reading.links(page), list)


def test_pictures_are_no_text() -> None:
    assert reading.text_of(Response("http://a.b/x.png", body=b"\x89PNG")) is None


def test_titles_by_selector_heading_or_card() -> None:
    def page(text: str) -> HtmlResponse:
        return reading.as_html(Response("http://a.b/"), text)

    assert reading.title_of(page("<title>t</title><h1> A\n <b>riff</b>\u202e </h1>")) == "A riff"
    assert reading.title_of(page('<title>t</title><h1> </h1><meta property="og:title" content="card">')) == "card"
    assert reading.title_of(page("<title>t</title>")) == "t"
    assert reading.title_of(page("")) == ""
    assert reading.selected(page("<i class=a></i><i class=a>second</i>"), ".a") == "second"
    assert reading.selected(page("<i title='x'>"), "i::attr(title)") == "x"
    assert reading.elements(page("<pre>1</pre><pre>2</pre>"), "pre") == "<pre>1</pre>\n<pre>2</pre>"
    assert len(reading.title_of(page(f"<h1>{'x' * 1000}</h1>"))) == 300


@pytest.mark.parametrize(
    ("url", "pattern", "names"),
    [
        ("http://a.b/tabs/An%20artist/a.song.html", "{artist}/{title}", {"artist": "An artist", "title": "a.song"}),
        ("http://a.b/artist/x/tab/y/", "artist/{artist}/tab/{title}", {"artist": "x", "title": "y"}),
        ("http://a.b/1/x-y.txt", "*/{artist}-{title}", {"artist": "x", "title": "y"}),
        ("http://a.b/only", "{artist}/{title}", {}),
        ("http://a.b/a/b", "", {}),
    ],
)
def test_names_from_paths(url: str, pattern: str, names: dict[str, str]) -> None:
    assert reading.names_in_path(url, pattern) == names


def test_stored_json_of_any_shape() -> None:
    page = reading.as_html(Response("http://a.b/"), "<div class=js-store data-content='[1'></div><div class=js-store>")
    assert reading.stored(page, Keys()) is None
    assert list(reading.listed({"store": []}, Keys())) == []
    assert reading.at([{"a": [1, 2]}], "0.a.1") == 2
    assert reading.at([1], "x") is None
    assert reading.at([1], "5") is None


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert _seconds("7") == 7
    assert _seconds("Fri, 31 Dec 2100 23:59:59 GMT") > 1e9
    assert _seconds("Fri, 31 Dec 1999 23:59:59 GMT") == 0
    for nonsense in ("", "soon", "-1", "1e9", "9" * 400):
        assert 0 <= _seconds(nonsense) <= 1e9
        assert _seconds("7", nonsense) == 7


def test_retry_after_as_a_date_is_as_long_whatever_our_clock_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    for ours in (0.0, 4e9):
        monkeypatch.setattr("time.time", lambda ours=ours: ours)
        assert _seconds("Mon, 30 Nov 2026 16:02:30 GMT", "Mon, 30 Nov 2026 16:02:00 GMT") == 30


def test_without_scrapy_the_command_to_install_it_is_told(tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules |= dict.fromkeys(("scrapy", "w3lib", "parsel", "twisted"))
from basstab_hf.cli import main
sys.exit(main(["scrape", "http://127.0.0.1:9/", "--out", "{tmp_path}/out"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert 'scrapy is not installed: run pip install "basstab-hf[scrape]"' in done.stderr
    assert not (tmp_path / "out").exists()
