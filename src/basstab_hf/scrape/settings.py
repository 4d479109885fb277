"""Scrapy's project settings: polite and bounded. A site file changes delay, contact and limits through its spider."""

BOT_NAME = "basstab_hf"
SPIDER_MODULES = ["basstab_hf.scrape.spiders"]
#: Also the name by which robots.txt may address us; the contact follows it in brackets.
USER_AGENT = BOT_NAME
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

SCHEDULER = "basstab_hf.scrape.scheduler.JobScheduler"
ITEM_PIPELINES = {"basstab_hf.scrape.pipelines.JobPipeline": 100}
EXTENSIONS = {"basstab_hf.scrape.progress.Progress": 100}
DOWNLOADER_MIDDLEWARES = {
    "basstab_hf.scrape.guard.Guard": 50,
    "basstab_hf.scrape.robots.Robots": 100,
    "basstab_hf.scrape.backoff.Backoff": 550,
    "basstab_hf.scrape.guard.NetworkGuard": 560,
    # Ours take their place; that of off-site requests would drop redirects without a word to the job.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
}
#: Links of a page first, its end last: what `Job` relies on.
CONCURRENT_ITEMS = 1

ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0  # Scrapy's 50 % would fall below the delay
CONCURRENT_REQUESTS_PER_DOMAIN = 1
AUTOTHROTTLE_ENABLED = True  # slows down with the server, never below the delay
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 60.0
COOKIES_ENABLED = False
RETRY_TIMES = 3
#: Seconds before the first retry; each further one waits twice as long.
BACKOFF_SECONDS = 5.0
REDIRECT_MAX_TIMES = 5
# A page that refreshes itself is a page, no redirect.
METAREFRESH_ENABLED = False
# A proxy would connect to addresses that we cannot check.
HTTPPROXY_ENABLED = False

HTTPCACHE_ENABLED = True
HTTPCACHE_POLICY = "basstab_hf.scrape.cache.Policy"
HTTPCACHE_STORAGE = "basstab_hf.scrape.cache.SqliteCache"

DOWNLOAD_VERIFY_CERTIFICATES = True  # not Scrapy's default; by what OpenSSL, or $SSL_CERT_FILE, trusts
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 5_000_000
DOWNLOAD_WARNSIZE = 0
# Depth and length are limits of the site, which counts what it refuses.
DEPTH_LIMIT = 0
URLLENGTH_LIMIT = 0

# Its cache misses with callbacks of the scheduler's, and reading our source costs a millisecond a page.
WARN_ON_GENERATOR_RETURN_VALUE = False
PROGRESS_ENABLED = False
TELNETCONSOLE_ENABLED = False
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
LOG_LEVEL = "WARNING"
