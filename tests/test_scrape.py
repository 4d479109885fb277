"""Scrapes of sites on loopback, each in a process of its own: nothing lost, nothing twice, nowhere it should not go."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from basstab_hf.dataset.build import build
from tests.conftest import REAL_TABS, UNMEASURED, riff
from tests.site import Answer, Site, link_page, serving


def tab_page(number: int, title: str = "") -> str:
    return f"<html><body><h1>{title or f'Riff {number}'}</h1><pre>\n{riff(number, 4)}</pre></body></html>"


def config(folder: Path, site: Site, **values: Any) -> Path:
    """A site file for a loopback site, without delay."""
    path = folder / "site.yaml"
    defaults = {"start_urls": [site.url()], "allow_private": True, "delay": 0, "limits": {"seconds": 2}}
    path.write_text(yaml.safe_dump(defaults | values))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "basstab_hf", "scrape", *map(str, arguments)]


def run(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done


def scraped(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "pages.jsonl").read_bytes().splitlines()]


def urls(folder: Path, site: Site) -> list[str]:
    """Paths of the kept pages, in order of their names; twice what is there twice."""
    return sorted(page["url"].removeprefix(site.url("")) for page in scraped(folder))


def stats(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "stats.json").read_text())


def small_site(tabs: int = 60, links: int = 20) -> Site:
    """Lists of tab pages, the next list at the end of each."""
    pages: dict[str, Any] = {"/robots.txt": "User-agent: *\nDisallow: /secret/\n"}
    for first in range(0, tabs, links):
        paths = [f"/tabs/{number}.html" for number in range(first, first + links)]
        pages["/" if first == 0 else f"/list-{first}"] = link_page(*paths, f"/list-{first + links}", "/secret/1.html")
        pages |= {path: tab_page(first + place) for place, path in enumerate(paths)}
    pages["/secret/1.html"] = tab_page(999)
    return Site(pages)


def kill_after(pages: int, site_file: Path, out: Path) -> None:
    """Start a scrape and kill -9 it when so many pages are on disk."""
    process = subprocess.Popen(command("--config", site_file, "--out", out), env=UNMEASURED, stderr=subprocess.PIPE)
    file = out / "pages.jsonl"
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if file.exists() and file.read_bytes().count(b"\n") >= pages:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    assert process.wait() == -signal.SIGKILL, process.stderr and process.stderr.read()
    assert process.stderr is not None
    process.stderr.close()


@pytest.mark.slow
def test_killed_at_several_moments_every_page_is_there_once(tmp_path: Path) -> None:
    with serving(small_site()) as site:
        site.fallback = lambda path: Answer(seconds=0.0, status=404)
        for path, page in list(site.pages.items()):
            if path.startswith("/tabs/"):
                site.pages[path] = Answer(str(page).encode(), headers={"Content-Type": "text/html"}, seconds=0.01)
        file, out = config(tmp_path, site), tmp_path / "out"
        for pages in (1, 25, 50):
            kill_after(pages, file, out)
        with (out / "pages.jsonl").open("ab") as stream:
            stream.write(b'{"url": "torn')  # as if the kill had come in the middle of a line
        run("--config", file, "--out", out)
        assert urls(out, site) == sorted(f"/tabs/{number}.html" for number in range(60))
        assert stats(out)["state"] == "finished"
        assert stats(out)["refused"]["forbidden by robots.txt"] == 1
        assert "/secret/1.html" not in site.requests
        again = {path: count for path, count in site.counts.items() if count > 1 and path != "/robots.txt"}
        assert sum(again.values()) - len(again) <= 6  # one fetched and one read at each kill
        before = len(site.requests)
        done = run("--config", file, "--out", out)
        assert "nothing left to do (finished)" in done.stderr
        assert len(site.requests) == before
        # A finished file that loses its end is mended.
        with (out / "pages.jsonl").open("r+b") as stream:
            stream.truncate((out / "pages.jsonl").stat().st_size - 10)
        run("--config", file, "--out", out)
        assert urls(out, site) == sorted(f"/tabs/{number}.html" for number in range(60))


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    with serving(small_site(20)) as site:
        gate = threading.Event()

        def slow(_: int) -> Answer:
            gate.wait(20)
            return Answer(tab_page(3).encode(), headers={"Content-Type": "text/html"})

        site.pages["/tabs/3.html"] = slow
        file, out = config(tmp_path, site, limits={"seconds": 30}), tmp_path / "out"
        process = subprocess.Popen(command("--config", file, "--out", out), stderr=subprocess.PIPE, text=True)
        while "/tabs/3.html" not in site.requests:
            time.sleep(0.01)
        busy = run("--config", file, "--out", out, status=1)
        assert "is being written by process" in busy.stderr
        process.send_signal(signal.SIGINT)
        gate.set()
        assert process.stderr is not None
        message = process.stderr.read()
        process.stderr.close()
        assert process.wait() == 130
        assert "the same command again goes on" in message
        assert stats(out)["state"] == "unfinished"
        run("--config", file, "--out", out)
        assert len(urls(out, site)) == 20


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """A site with everything that goes wrong, scraped once."""
    folder = tmp_path_factory.mktemp("odd")
    html = {"Content-Type": "text/html"}
    accented = "<h1>Caf\xe9 del mar</h1><pre>" + riff(5, 4) + "</pre>"
    with serving(Site({"/robots.txt": "User-agent: *\nDisallow: /secret/\n", "/x": tab_page(1)})) as other:
        site = Site()
        with serving(site):
            hostile = "\x1b[31m{0} %s %n ../../etc/passwd \u202eevil\x07 <script>alert(1)</script>\x00"
            site.pages = {
                "/robots.txt": "User-agent: *\nDisallow: /secret/\nSitemap: /sitemap.xml\n",
                "/ok": tab_page(1),
                "/copy": tab_page(1),
                "/text.txt": Answer(riff(2, 4).encode(), headers={"Content-Type": "text/plain"}),
                "/no-tab": "<p>Hello</p>",
                "/secret/x": tab_page(2),
                "/loop-a": Answer(status=302, headers={"Location": "/loop-b"}),
                "/loop-b": Answer(status=302, headers={"Location": "/loop-a"}),
                "/self": Answer(status=302, headers={"Location": "/self"}),
                "/moved": Answer(status=301, headers={"Location": "/new-place"}),
                "/moved-too": Answer(status=301, headers={"Location": "/new-place"}),
                "/new-place": tab_page(3),
                "/away": Answer(status=302, headers={"Location": other.url("/x")}),
                "/metadata": Answer(status=302, headers={"Location": "http://169.254.169.254/latest"}),
                "/file": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
                "/500-once": lambda count: (
                    Answer(status=500) if count == 1 else Answer(tab_page(6).encode(), 200, html)
                ),
                "/429": lambda count: (
                    Answer(status=429, headers={"Retry-After": "1"})
                    if count == 1
                    else Answer(tab_page(7).encode(), 200, html)
                ),
                "/500": Answer(status=500),
                "/404": Answer(status=404),
                "/slow": Answer(b"late", seconds=1.5),
                "/big": Answer(b"x" * 400_000, headers=html),
                "/bomb": Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"}),
                "/bad-gzip": Answer(b"not packed", headers={"Content-Encoding": "gzip"} | html),
                "/latin-header": Answer(
                    accented.encode("latin-1"), headers={"Content-Type": "text/html; charset=latin-1"}
                ),
                "/latin-bare": Answer(accented.encode("latin-1"), headers=html),
                "/latin-lie": Answer(accented.encode(), headers={"Content-Type": "text/html; charset=latin-1"}),
                "/utf-lie": Answer(accented.encode("latin-1"), headers={"Content-Type": "text/html; charset=utf-8"}),
                "/no-charset": Answer(
                    accented.encode("latin-1"), headers={"Content-Type": "text/html; charset=punycode"}
                ),
                "/broken-html": f"<html><body><div><h1>Broken<p><table><tr><pre>\n{riff(8, 4)}</b></html></i><<a href=",
                "/picture": Answer(b"\x89PNG\r\n\x1a\n\0\0", headers={"Content-Type": "image/png"}),
                "/hostile": f"<h1>{hostile.replace('<', '&lt;')}</h1><pre>\n{riff(9, 4)}\0\u2028</pre>",
                "/empty": "",
                "/bare.gz": Answer(b"\x1f\x8b nothing packed", headers={"Content-Type": "application/gzip"}),
                "/sitemap.xml": '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                "<sitemap><loc>/part.xml.gz</loc></sitemap></sitemapindex>",
                "/part.xml.gz": Answer(
                    gzip.compress(b"<urlset><url><loc>/only-in-sitemap</loc></url></urlset>"),
                    headers={"Content-Type": "application/gzip"},
                ),
                "/only-in-sitemap": tab_page(10),
            }
            unlinked = ("/robots.txt", "/only-in-sitemap", "/part.xml.gz", "/new-place")
            site.pages["/"] = link_page(
                *(path for path in site.pages if path not in unlinked),
                *("/calendar/1/", "/query?n=0", "/a/b/c/deep", "mailto:a@b", "http://[::1", "http://10.0.0.1/x"),
                *(other.url("/x"), "/ok#again", "/ok?", f"/{'y' * 3000}", "/tabs/../secret/x", "//example.invalid/"),
            )

            def endless(path: str) -> Answer | None:
                if path.startswith("/calendar/"):
                    number = int(path.split("/")[2])
                    return Answer(link_page(f"/calendar/{number + 1}/").encode(), headers=html)
                if path.startswith("/query"):
                    number = int(path.partition("=")[2])
                    found = [f"/query?n={number + step}" for step in range(1, 4)]
                    return Answer(link_page(*found).encode(), headers=html)
                return Answer(b"<a href=b/c/deep>down</a>", headers=html) if path.endswith("/deep") else None

            site.fallback = endless
            file = config(
                folder,
                site,
                limits={"seconds": 0.5, "megabytes": 0.3, "depth": 8, "per_path": 5, "url_length": 1000},
                licence="written for this test",
                contact="tests@example.org",
            )
            out = folder / "out"
            done = run("--config", file, "--out", out, "--json", "--progress")
            (folder / "stdout").write_text(done.stdout)
            (folder / "stderr").write_bytes(done.stderr.encode())
            assert not other.requests
        yield site, folder


def test_pages_are_kept_with_where_they_come_from(odd: tuple[Site, Path]) -> None:
    site, folder = odd
    assert urls(folder / "out", site) == sorted(
        [
            *("/ok", "/copy", "/text.txt", "/moved", "/500-once", "/429", "/broken-html", "/hostile"),
            *("/latin-header", "/latin-bare", "/latin-lie", "/utf-lie", "/no-charset", "/only-in-sitemap"),
        ]
    )
    pages = {page["url"].removeprefix(site.url("")): page for page in scraped(folder / "out")}
    page = pages["/moved"]
    assert page["final_url"] == site.url("/new-place")
    assert page["status"] == 200
    assert page["content_type"] == "text/html"
    assert page["sha256"] == hashlib.sha256(tab_page(3).encode()).hexdigest()
    assert page["content"] == tab_page(3)
    assert page["title"] == "Riff 3"
    assert page["spider"] == "pages"
    assert page["robots"] == "allowed"
    assert page["licence"] == "written for this test"
    assert page["fetched_at"].endswith("Z")
    assert pages["/text.txt"]["content"] == riff(2, 4)
    assert pages["/text.txt"]["title"] == "text"
    for path in ("/latin-header", "/latin-bare", "/latin-lie", "/utf-lie", "/no-charset"):
        assert pages[path]["title"] == "Café del mar", path
    assert site.agents == {"basstab_hf (+tests@example.org)"}


def test_everything_else_is_counted_by_reason(odd: tuple[Site, Path]) -> None:
    site, folder = odd
    found = stats(folder / "out")
    assert json.loads((folder / "stdout").read_text()) == {"out": str(folder / "out"), **found, "already": False}
    assert found["state"] == "finished"
    assert found["waiting"] == 0
    assert found["tabs_found"] == 14
    assert found["pages_seen"] == 14 + sum(
        found["refused"][reason] for reason in ("no tab recognised", "no text", "a sitemap")
    )
    assert found["errors"] == {"HTTP 302": 1, "HTTP 404": 1, "HTTP 500": 1, "broken compression": 1, "timeout": 1}
    refused = found["refused"]
    assert refused["forbidden by robots.txt"] == 1
    assert refused["redirect to a known page"] == 3  # one end of the loop, a second way to a page, ...
    assert refused["max redirections reached"] == 1
    assert refused["redirect: outside the allowed domains"] == 2
    assert refused["too large (limits.megabytes)"] == 2
    assert refused["no text"] >= 1
    assert refused["a sitemap"] == 2
    assert refused["no tab recognised"] > 5
    links = found["links_not_followed"]
    assert links["outside the allowed domains"] == 3
    assert links["too deep (limits.depth)"] >= 1
    assert links["too many queries of one path (limits.per_path)"] >= 1
    assert links["a path that repeats itself"] == 1
    assert links["URL too long (limits.url_length)"] == 1
    assert site.counts["/500"] == 4
    assert site.counts["/robots.txt"] == 1
    assert max(site.counts[path] for path in ("/ok", "/copy", "/new-place", "/calendar/1/")) == 1


def test_retry_after_is_kept(odd: tuple[Site, Path]) -> None:
    site, _ = odd
    first, second = (time for time, path in zip(site.times, site.requests, strict=True) if path == "/429")
    assert second - first >= 1
    assert not [time for time in site.times if first < time < first + 1]  # the whole host is left alone


def test_hostile_text_is_data(odd: tuple[Site, Path]) -> None:
    site, folder = odd
    page = next(page for page in scraped(folder / "out") if page["url"] == site.url("/hostile"))
    assert page["title"] == "[31m{0} %s %n ../../etc/passwd evil <script>alert(1)</script>"
    assert "\0" in page["content"] or "\ufffd" in page["content"]
    written = (folder / "stderr").read_text() + (folder / "stdout").read_text()
    assert "\x1b[31m" not in written
    assert "evil" not in written
    assert {path.name for path in folder.iterdir()} == {"site.yaml", "out", "stdout", "stderr"}
    assert {path.name for path in (folder / "out").iterdir()} == {"pages.jsonl", "stats.json", "job"}
    log = (folder / "out" / "job" / "log.txt").read_text()
    assert "\x1b" not in log


def test_the_dataset_builder_reads_it(odd: tuple[Site, Path], tmp_path: Path) -> None:
    _, folder = odd
    report = build([str(folder / "out")], tmp_path / "data")
    assert report.kept.total() + report.dropped["exact duplicate"] == 14


def test_from_python_once_in_a_process(tmp_path: Path) -> None:
    program = """
import sys
from basstab_hf import BasstabError
from basstab_hf.scrape import Site, scrape
url, out = sys.argv[1:]
site = Site.of_urls([url]).changed(delay=0)
print(scrape(site, out + "/one")["tabs_found"], scrape(site, out + "/one")["already"])
try: scrape(site, out + "/two")
except BasstabError as error: print(error)
"""
    with serving(Site({"/": tab_page(1)})) as site:
        arguments = [sys.executable, "-c", program, site.url(), tmp_path]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.stdout == "1 True\none process scrapes once: start another for the next scrape\n"
    assert done.stderr == ""


def test_nothing_leads_to_this_machine_unless_allowed(tmp_path: Path) -> None:
    with serving(Site({"/": tab_page(1)})) as site:
        hosts = ("localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0x7f.1")
        file = config(tmp_path, site, start_urls=[site.url(host=host) for host in hosts], allow_private=False, delay=1)
        run("--config", file, "--out", tmp_path / "out")
        assert stats(tmp_path / "out")["refused"] == {"a private address (allow_private)": 5}
        assert not site.requests


def test_a_name_that_resolves_to_this_machine_is_refused(tmp_path: Path) -> None:
    program = """
import socket, sys
found = socket.getaddrinfo
lie = lambda host, *more, **named: found("127.0.0.1" if host == "tabs.example" else host, *more, **named)
socket.getaddrinfo = lie
socket.gethostbyname = lambda host: "127.0.0.1" if host == "tabs.example" else "192.0.2.1"
from basstab_hf.cli import main
sys.exit(main(sys.argv[1:]))
"""
    with serving(Site({"/": tab_page(1)})) as site:
        file = config(tmp_path, site, start_urls=[site.url(host="tabs.example")], allow_private=False, delay=1)
        arguments = [sys.executable, "-c", program, "scrape", "--config", file, "--out", tmp_path / "out"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
        assert not site.requests
        assert done.returncode == 1
        assert "robots.txt unreachable" in done.stderr
        arguments.append("--ignore-robots")
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
        assert not site.requests
        assert done.returncode == 0
        assert "warning: robots.txt is ignored" in done.stderr
        assert stats(tmp_path / "out")["refused"] == {"a private address (allow_private)": 1}


def store_page(**data: Any) -> str:
    """A page in the layout of the seed's source."""
    content = json.dumps({"store": {"page": {"data": data}}}).replace("&", "&amp;").replace('"', "&quot;")
    return f'<html><body><div class="js-store" data-content="{content}"></div></body></html>'


def test_js_store_listings_lead_to_tabs(tmp_path: Path) -> None:
    with serving(Site()) as site:
        for listing in range(3):
            tabs = [{"tab_url": site.url(f"/tab/{listing * 4 + number}"), "votes": 3} for number in range(4)]
            tabs += [{"tab_url": 7}, {}, {"tab_url": "/tab/0"}]  # type: ignore[list-item, dict-item]
            site.pages[f"/explore?page={listing}"] = store_page(data={"tabs": tabs})
        for number in range(12):
            marked = "".join(f"[tab]{line}[/tab]\r\n" for line in riff(number, 4).splitlines())
            site.pages[f"/tab/{number}"] = store_page(
                tab={"song_name": f"Own riff {number}", "artist_name": "The Tests", "type_name": "Bass"},
                tab_view={"wiki_tab": {"content": f"[Intro]\r\n[ch]G[/ch]\r\n{marked}"}},
            )
        site.pages["/tab/11"] = "<html>another layout</html>"
        site.pages["/tab/10"] = store_page(tab_view=None)
        out = tmp_path / "out"
        file = config(tmp_path, site, spider="jsstore", start_urls=[site.url("/explore?page={0..2}")])
        run("--config", file, "--out", out)
        assert urls(out, site) == sorted(f"/tab/{number}" for number in range(10))
        first = next(page for page in scraped(out) if page["url"] == site.url("/tab/0"))
        assert (first["title"], first["artist"]) == ("Own riff 0", "The Tests")
        assert first["spider"] == "jsstore"
        assert first["robots"] == "no robots.txt"
        assert stats(out)["refused"] == {
            "a listing": 3,
            "no JSON in the page (keys.element, keys.attribute)": 1,
            "no tab at the keys (keys.tabs, keys.text)": 1,
        }
        report = build([str(out)], tmp_path / "data")
        assert report.kept.total() + report.dropped["exact duplicate"] == 10
        assert site.most_at_once == 1


def test_js_store_with_keys_of_its_own(tmp_path: Path) -> None:
    with serving(Site()) as site:
        page = json.dumps({"lists": [[{"link": "/one"}]], "song": {"tab": riff(1), "by": {"name": "Us"}}})
        site.pages["/"] = f"<p data-all='{page}'>"
        site.pages["/one"] = f"<p data-all='{page}'>"
        keys = {"element": "p", "attribute": "data-all", "tabs": "lists.0", "url": "link"}
        keys |= {"text": "song.tab", "artist": "song.by.name", "title": "song.name"}
        run("--config", config(tmp_path, site, spider="jsstore", keys=keys), "--out", tmp_path / "out")
        pages = scraped(tmp_path / "out")
        assert [page["content"] for page in pages] == [riff(1), riff(1)]
        assert [page["artist"] for page in pages] == ["Us", "Us"]


def test_a_folder_is_scraped_without_leaving_it(tmp_path: Path, riff_folder: Path) -> None:
    folder, out = tmp_path / "tabs", tmp_path / "out"
    (folder / "An artist").mkdir(parents=True)
    (folder / "An artist" / "100 % mine.txt").write_text(riff(1))
    (folder / "letter.md").write_text("Dear all")
    (folder / "notes.doc").write_text(riff(1))
    (tmp_path / "outside.txt").write_text(riff(2))
    (folder / "out.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.txt")
    (folder / "huge.txt").write_bytes(bytes(5_000_001))
    run(folder, "--out", out)
    (page,) = scraped(out)
    assert (page["title"], page["artist"]) == ("100 % mine", "An artist")
    assert page["content"] == riff(1)
    assert page["robots"] == "no robots.txt"
    refused = {"a link out of the folder": 1, "no file": 1, "no tab recognised": 1, "too large (limits.megabytes)": 1}
    assert stats(out)["refused"] == refused
    run(riff_folder.as_uri(), "--out", tmp_path / "all")
    assert len(scraped(tmp_path / "all")) == 60
    assert "is no folder" in run(tmp_path / "none", "--out", tmp_path / "none-out", status=1).stderr


def test_a_typed_url_means_its_folder(tmp_path: Path) -> None:
    with serving(Site({"/tabs/index.html": link_page("/tabs/a/1", "/tabs2/2", "/3", "4")})) as site:
        site.pages |= {path: tab_page(1) for path in ("/tabs/a/1", "/tabs2/2", "/3", "/tabs/4")}
        run(site.url("/tabs/index.html"), "--out", tmp_path / "out", "--delay", 0)
        assert urls(tmp_path / "out", site) == ["/tabs/4", "/tabs/a/1"]
        assert stats(tmp_path / "out")["links_not_followed"] == {"outside the allowed paths": 2}


@pytest.mark.slow
def test_limit_then_more_then_anew(tmp_path: Path) -> None:
    with serving(small_site(20)) as site:
        for path, page in list(site.pages.items()):
            site.pages[path] = Answer(str(page).encode(), headers={"ETag": '"1"', "Content-Type": "text/html"})
        file, out = config(tmp_path, site), tmp_path / "out"
        run("--config", file, "--out", out, "--limit", 5)
        assert len(scraped(out)) == 5
        assert stats(out)["state"] == "page limit"
        assert "nothing left to do (page limit)" in run("--config", file, "--out", out, "--limit", 5).stderr
        run("--config", file, "--out", out)
        first = urls(out, site)
        assert len(first) == 20
        run("--config", file, "--out", out, "--force")
        assert urls(out, site) == first
        other = run(site.url(), "--out", out, "--delay", 0, status=1)
        assert "another site or configuration: allowed_paths was []" in other.stderr
        run(site.url(), "--out", out, "--delay", 0, "--force")
        assert len(urls(out, site)) == 20


def test_the_cache_asks_whether_pages_changed(tmp_path: Path) -> None:
    def page(count: int) -> Answer:
        headers = {"ETag": '"1"', "Content-Type": "text/html"}
        return Answer(tab_page(1).encode(), headers=headers) if count == 1 else Answer(status=304, headers=headers)

    fresh = Answer(tab_page(2).encode(), headers={"Cache-Control": "max-age=60", "Content-Type": "text/html"})
    with serving(Site({"/": link_page("/a", "/b"), "/a": page, "/b": fresh})) as site:
        file, out = config(tmp_path, site), tmp_path / "out"
        run("--config", file, "--out", out)
        run("--config", file, "--out", out, "--force")
        assert {page["content"] for page in scraped(out)} == {tab_page(1), tab_page(2)}
        assert site.counts["/a"] == 2
        assert site.counts["/b"] == 1


#: A scrape in whose process the clock shows other hours each time that it is asked, `shift` hours off on the whole.
CLOCK = """
import itertools, sys, time
shift, wander, real = float(sys.argv.pop(1)) * 3600, float(sys.argv.pop(1)) * 3600, time.time
offsets = itertools.cycle((0, wander, -wander, wander / 2, 0, -wander / 3))
time.time = lambda: real() + shift + next(offsets)
from basstab_hf.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_by_clock(shift: float, wander: float, *arguments: object) -> None:
    program = [sys.executable, "-c", CLOCK, str(shift), str(wander), "scrape", *map(str, arguments)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_clock_that_jumps_by_hours_costs_no_page_no_time_and_no_courtesy(tmp_path: Path) -> None:
    def busy(count: int) -> Answer:
        html = {"Content-Type": "text/html"}
        if count > 1:
            return Answer(tab_page(2).encode(), headers=html)
        date, later = ("Mon, 30 Nov 2026 16:02:00 GMT", "Mon, 30 Nov 2026 16:02:01 GMT")
        return Answer(status=503, headers=html | {"Date": date, "Retry-After": later})

    site = Site({"/": link_page("/a", "/b", "/c"), "/a": tab_page(1), "/b": busy, "/c": tab_page(3)})
    with serving(site):
        file, out = config(tmp_path, site, delay=1.0, limits={"seconds": 30}), tmp_path / "out"
        run_by_clock(0, 5, "--config", file, "--out", out)
        assert urls(out, site) == ["/a", "/b", "/c"]
        assert site.requests == ["/robots.txt", "/", "/a", "/b", "/c", "/b"]
        gaps = [later - earlier for earlier, later in zip(site.times, site.times[1:], strict=False)]
        assert min(gaps) >= 0.9
        assert max(gaps) < 30
        assert 4 < stats(out)["seconds"] < 60


def test_a_page_from_the_cache_is_no_younger_for_a_clock_that_was_set_back(tmp_path: Path) -> None:
    headers = {"Cache-Control": "max-age=7200", "Content-Type": "text/html"}
    with serving(Site({"/": Answer(tab_page(1).encode(), headers=headers)})) as site:
        file, out = config(tmp_path, site), tmp_path / "out"
        asked = []
        for hours in (0, 1, -5, -5, 40):
            run_by_clock(hours, 0, "--config", file, "--out", out, "--force")
            asked.append(site.counts["/"])
        # kept for an hour; set back: asked again, and stored anew; then too old
        assert asked == [1, 1, 2, 2, 3]
        assert len(scraped(out)) == 1


def test_what_failed_can_be_fetched_again(tmp_path: Path) -> None:
    site = Site({"/": link_page("/a", "/b"), "/a": tab_page(1), "/b": Answer(status=410)})
    with serving(site):
        file, out = config(tmp_path, site), tmp_path / "out"
        assert "--retry" in run("--config", file, "--out", out).stderr
        site.pages["/b"] = tab_page(2)
        run("--config", file, "--out", out)
        assert urls(out, site) == ["/a"]
        run("--config", file, "--out", out, "--retry")
        assert urls(out, site) == ["/a", "/b"]
        assert stats(out)["errors"] == {}
        assert site.counts["/a"] == 1


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for a name or address of loopback, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    own = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([own]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, foreign = certificate(tmp_path, "127.0.0.1"), certificate(tmp_path, "tabs.example")
    untrusted = "no page could be fetched: 1 x certificate not trusted (verify_certificates)"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own)
    with serving(Site({"/": tab_page(1)}), tls) as site:
        file, out = config(tmp_path, site), tmp_path / "own"
        assert untrusted in run("--config", file, "--out", out, status=1).stderr
        assert not site.requests
        monkeypatch.setenv("SSL_CERT_FILE", str(own))  # what OpenSSL trusts in place of the platform's list
        assert "warning" not in run("--config", file, "--out", out).stderr
        assert urls(out, site) == ["/"]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(foreign)
    monkeypatch.setenv("SSL_CERT_FILE", str(foreign))  # trusted, but for another name
    with serving(Site({"/": tab_page(1)}), tls) as site:
        file, out = config(tmp_path, site), tmp_path / "foreign"
        assert untrusted in run("--config", file, "--out", out, "--ignore-robots", status=1).stderr
        assert not site.requests
        file = config(tmp_path, site, verify_certificates=False)
        assert "warning: certificates are not verified" in run("--config", file, "--out", out).stderr
        assert urls(out, site) == ["/"]


def test_nobody_there_is_an_error_and_no_end(tmp_path: Path) -> None:
    with serving(Site({"/": tab_page(1)})) as site:
        pass
    file, out = config(tmp_path, site), tmp_path / "out"
    done = run("--config", file, "--out", out, "--ignore-robots", status=1)
    assert "no page could be fetched: 1 x connection refused" in done.stderr
    assert "1 x robots.txt unreachable" in run("--config", file, "--out", out, status=1).stderr


@pytest.mark.slow
def test_robots_txt_that_fails_closes_the_site_and_its_delay_is_kept(tmp_path: Path) -> None:
    robots: dict[str, Any] = {"/robots.txt": lambda count: Answer(status=503), "/": tab_page(1)}
    with serving(Site(robots)) as site:
        run("--config", config(tmp_path, site), "--out", tmp_path / "closed", status=1)
        assert set(site.requests) == {"/robots.txt"}
        site.pages["/robots.txt"] = "User-agent: basstab_hf\nCrawl-delay: 0.6\n"
        site.pages["/"] = link_page("/a", "/b")
        site.requests.clear()
        site.times.clear()
        run("--config", config(tmp_path, site), "--out", tmp_path / "open")
        assert site.requests[1:] == ["/", "/a", "/b"]
        assert all(later - earlier >= 0.55 for earlier, later in zip(site.times[1:], site.times[2:], strict=False))
        run("--config", config(tmp_path, site, limits={"pages": 1}), "--out", tmp_path / "off", "--ignore-robots")


def test_the_delay_is_kept_between_requests(tmp_path: Path) -> None:
    with serving(Site({"/": link_page("/a"), "/a": tab_page(1)})) as site:
        run("--config", config(tmp_path, site, delay=1.0), "--out", tmp_path / "out")
        assert site.requests == ["/robots.txt", "/", "/a"]
        gaps = [later - earlier for earlier, later in zip(site.times, site.times[1:], strict=False)]
        assert min(gaps) >= 0.9  # as they arrive: a busy machine may let the first one wait


@pytest.mark.slow
def test_scrapy_crawl_runs_it_too(tmp_path: Path) -> None:
    with serving(small_site(20)) as site:
        file, out = config(tmp_path, site), tmp_path / "out"
        arguments = [sys.executable, "-m", "scrapy", "crawl", "pages", "-a", f"config={file}", "-a", f"out={out}"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "robots.txt is ignored" not in done.stderr
        assert len(urls(out, site)) == 20
        assert "nothing left to do" in run("--config", file, "--out", out).stderr
        for more in (["-a", "config=x"], ["-a", f"config={file}"]):
            done = subprocess.run([*arguments[:5], *more], capture_output=True, text=True, timeout=60)
            assert "InputError" in done.stderr


def test_a_full_disk_stops_it_with_one_line(tmp_path: Path) -> None:
    program = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from basstab_hf.cli import main
sys.exit(main(sys.argv[1:]))
"""
    with serving(small_site(60)) as site:
        for path in [path for path in site.pages if path.startswith("/tabs")]:
            site.pages[path] = tab_page(int(path[6:-5])) + "<!--" + "x" * 20_000
        file, out = config(tmp_path, site), tmp_path / "out"
        arguments = [sys.executable, "-c", program, "scrape", "--config", file, "--out", out]
        done = subprocess.run(arguments, env=UNMEASURED, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "cannot write" in done.stderr
        assert done.stderr.count("\n") == 1
        run("--config", file, "--out", out)
        assert len(urls(out, site)) == len(set(urls(out, site))) == 60


@pytest.mark.slow
@pytest.mark.skipif(not REAL_TABS.is_dir(), reason="no real tabs: set BASSTAB_REAL_TABS")
def test_real_pages_killed_once_are_all_there_once(tmp_path: Path) -> None:
    root = REAL_TABS / "pages"
    artists = sorted(folder.name for folder in root.iterdir())
    html = {"Content-Type": "text/html"}
    with serving(Site({"/robots.txt": f"User-agent: *\nDisallow: /{artists[3]}/\n"})) as site:
        site.pages["/"] = link_page(*(f"/{artist}/" for artist in artists), "/loop-1", "/loop-2", "/500", "/copy")
        tabs = {}
        for artist in artists:
            found = {f"/{artist}/{path.name}": path.read_bytes() for path in sorted((root / artist).iterdir())}
            site.pages[f"/{artist}/"] = link_page(*found)
            tabs |= found
        names = iter(sorted(tabs))
        latin, late, once = (next(names) for _ in range(3))
        site.pages |= tabs
        site.pages |= {
            "/loop-1": Answer(status=302, headers={"Location": "/loop-2"}),
            "/loop-2": Answer(status=302, headers={"Location": "/loop-1"}),
            "/500": Answer(status=500),
            "/copy": tabs[latin],
            latin: Answer(tabs[latin].decode().encode("latin-1", "replace"), headers=html),
            late: Answer(tabs[late], seconds=0.5, headers=html),
            once: lambda count: Answer(status=429, headers={"Retry-After": "0"}) if count == 1 else Answer(tabs[once]),
        }
        file, out = config(tmp_path, site, select={"path": "{artist}/{title}"}), tmp_path / "out"
        kill_after(100, file, out)
        run("--config", file, "--out", out)
        allowed = [path for path in tabs if not path.startswith(f"/{artists[3]}/")]
        kept, without = urls(out, site), stats(out)["refused"]["no tab recognised"] - len(artists) + 1 - 1
        assert len(kept) == len(set(kept))
        assert set(kept) <= {*allowed, "/copy"}
        assert len(kept) == len(allowed) + 1 - without
        assert without <= 2  # six-line guitar
        assert stats(out)["refused"]["forbidden by robots.txt"] == 1  # its list; the pages behind it are not known
        assert all(page["artist"] in artists for page in scraped(out) if page["url"] != site.url("/copy"))
        report = build([str(out)], tmp_path / "data")
        assert report.kept.total() > 270
