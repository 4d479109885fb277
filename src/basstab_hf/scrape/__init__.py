"""A Scrapy project for tab pages: polite, bounded, and resumable after kill -9 without losing or repeating a page.

site.py        what to fetch: a YAML file or URLs -> a checked `Site`
addresses.py   which machines are public, however their address is spelt
rules.py       which URLs belong to a site
frontier.py    every known URL and what became of it, in SQLite
pages_file.py  pages.jsonl: whole lines, torn ones cut off
job.py         a scrape folder: rows and pages together, opened, resumed, summed up
items.py       the values that spiders hand to the pipeline
reading.py     a response -> text, title, artist, links, stored JSON
spiders/       pages, jsstore, folder
scheduler.py   Scrapy's scheduler over a job
pipelines.py   ends visits in the job
guard.py       refuses private addresses, as written and as resolved, and files outside the folder
robots.py      obeys robots.txt
backoff.py     retries with pauses
cache.py       HTTP cache
progress.py    the bar on stderr
settings.py    Scrapy's settings
run.py         one scrape from start to end
"""

from basstab_hf.scrape.run import scrape
from basstab_hf.scrape.site import Site

__all__ = ["Site", "scrape"]
