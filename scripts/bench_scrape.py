"""Pages a second of `basstab scrape` on loopback with delays off, beside stock Scrapy over the same pages in one run.

    scripts/bench_scrape.py [FOLDER] [--rounds N]     speed
    scripts/bench_scrape.py --memory 10000 100000     peak memory of a scrape that knows so many URLs

FOLDER holds .html pages (default: the pages of $BASSTAB_REAL_TABS, ../shared/real_tabs; else 300 generated ones). Stock
Scrapy is a spider of a dozen lines: its own disk queue (JOBDIR), one request at a time as ours, a JSON-lines feed, no
recognition, no robots.txt, no cache, and it may lose pages at kill -9. Each runs in a fresh process, start included.
CONCURRENT_REQUESTS is 1 for it, not only CONCURRENT_REQUESTS_PER_DOMAIN: with 16 requests waiting for one domain,
Scrapy 2.19 takes 60 ms a page.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from pathlib import Path
from typing import Any

STOCK = """
import sys
import scrapy
from scrapy.crawler import CrawlerProcess

class Stock(scrapy.Spider):
    name = "stock"
    start_urls = [sys.argv[1]]

    def parse(self, response):
        yield {"url": response.url, "title": response.css("h1::text, title::text").get(), "content": response.text}
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.parse)

process = CrawlerProcess({
    "JOBDIR": sys.argv[2] + "/job", "FEEDS": {sys.argv[2] + "/pages.jsonl": {"format": "jsonlines"}},
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_DELAY": 0, "LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False,
    "WARN_ON_GENERATOR_RETURN_VALUE": False, "CONCURRENT_REQUESTS": 1,
})
process.crawl(Stock)
process.start()
"""


def serve(pages: dict[str, bytes], endless: int, port: Any) -> None:
    """Serve pages, and below /more/N lists of links to new pages, `endless` in all."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = pages.get(self.path)
            if body is None and self.path.startswith("/more/"):
                first = int(self.path.split("/")[2]) * 1000
                body = b"".join(b'<a href="/page/%d/">x</a>' % number for number in range(first, first + 1000))
            if body is None and self.path == "/" and endless:
                body = b"".join(b'<a href="/more/%d/">x</a>' % number for number in range(endless // 1000))
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_address[1])
    server.serve_forever()


def served(pages: dict[str, bytes], endless: int = 0) -> tuple[Process, str]:
    ours, theirs = Pipe()
    process = Process(target=serve, args=(pages, endless, theirs), daemon=True)
    process.start()
    return process, f"http://127.0.0.1:{ours.recv()}/"


def pages_of(folder: Path) -> dict[str, bytes]:
    found = {f"/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sorted(folder.rglob("*.html"))}
    if not found:
        bars = "".join(f"{label}|" + "--3-5---7-5-----|" * 4 + "<br>\n" for label in "GDAE")
        found = {f"/artist-{n % 20}/{n}.html": f"<h1>{n}</h1>{bars * 20}".encode() for n in range(300)}
    found["/"] = "".join(f'<a href="{path}">x</a>' for path in found).encode()
    return found


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def speed(folder: Path, rounds: int) -> None:
    pages = pages_of(folder)
    server, url = served(pages)
    print(f"{len(pages)} pages, {sum(map(len, pages.values())) / 1e6:.1f} MB, best of {rounds} rounds")
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name in ("stock Scrapy", "basstab scrape"):
            with tempfile.TemporaryDirectory() as out:
                command = [sys.executable, "-c", STOCK, url, out]
                if name != "stock Scrapy":
                    arguments = ["scrape", url, "--delay", "0", "--out", f"{out}/pages"]
                    command = [sys.executable, "-m", "basstab_hf", *arguments]
                best[name] = min(best.get(name, 1e9), seconds(command))
                if name == "stock Scrapy":
                    lines = Path(out, "pages.jsonl").read_bytes().count(b"\n")
                    if lines != len(pages):
                        raise SystemExit(f"stock Scrapy kept {lines} of {len(pages)} pages")
    server.terminate()
    for name, taken in best.items():
        print(f"{name:<16} {taken:6.2f} s {len(pages) / taken:7.1f} pages/s")
    print(f"basstab scrape takes {best['basstab scrape'] / best['stock Scrapy']:.2f} times as long as stock Scrapy")


def memory(counts: list[int]) -> None:
    for count in counts:
        server, url = served({}, endless=count)
        with tempfile.TemporaryDirectory() as out:
            site = Path(out, "site.yaml")
            limits = {"urls": count + 1000, "per_folder": count + 1000, "pages": 1}
            values = {"start_urls": [url], "allow_private": True, "delay": 0, "limits": limits}
            site.write_text(json.dumps(values))  # JSON is YAML
            command = [sys.executable, "-m", "basstab_hf", "scrape", "--config", str(site), "--out", f"{out}/pages"]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
            known = json.loads(Path(out, "pages", "stats.json").read_text())
            rows = sum(known["errors"].values()) + sum(known["refused"].values())
            size = sum(path.stat().st_size for path in Path(out, "pages", "job").iterdir()) / 1e6
            report(count, rows, used, size)
        server.terminate()


def report(count: int, rows: int, used: resource.struct_rusage, size: float) -> None:
    spent = used.ru_utime + used.ru_stime
    print(
        f"{count:7} URLs: {rows} fetched, peak {used.ru_maxrss / 1024:.0f} MB, job {size:.0f} MB, {spent:.0f} s of CPU"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("BASSTAB_REAL_TABS", "../shared/real_tabs")) / "pages"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--rounds", type=int, default=3, help="best of so many, the two taking turns")
    parser.add_argument("--memory", nargs="+", type=int, metavar="URLS")
    options = parser.parse_args()
    if options.memory:
        memory(options.memory)
    else:
        speed(options.folder, options.rounds)


if __name__ == "__main__":
    main()
