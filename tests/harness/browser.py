"""Chromium, as a test drives it: alone, with an empty profile, and with no network but loopback."""

import contextlib
import json
import pathlib
import shutil
import tempfile
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

DRIVER = "chromedriver"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
         # No name is resolved, so that nothing can be asked of anybody else.
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]
#: Before anything of the page runs.
WATCH = """window.policyReports = [];
document.addEventListener('securitypolicyviolation', (e) => window.policyReports.push(
  `${e.effectiveDirective} refused ${e.blockedURI} (${e.sourceFile}:${e.lineNumber})`));"""
#: What is on the screen wider than the window, the deepest elements first; what scrolls by itself may be. Not innerWidth: a
#: telephone zooms out until all is in it.
TOO_WIDE = """const width = document.documentElement.clientWidth;
if (document.scrollingElement.scrollWidth <= width) return [];
return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
  .reverse().slice(0, 3).map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 60)}`);"""
#: Texts with their own colours that are hard to read, by WCAG 2: the ratio of luminances must be 4.5.
HARD_TO_READ = """
const channel = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
const background = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255]; };
const found = new Set();
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
  if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(e.tagName)) continue;
  const [a, b] = [luminance(rgba(getComputedStyle(e).color)), luminance(background(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) found.add(`${e.tagName}.${e.className}: ${ratio.toFixed(1)}`);
}
return [...found];"""


def why_missing():
    """Why no browser can be had here, or None."""
    if webdriver is None:
        return "python3-selenium is not installed"
    return None if shutil.which(DRIVER) else f"{DRIVER} is not on PATH"


class Browser:
    """One window. With `arguments` of Chromium beside those that keep it to itself."""

    def __init__(self, *arguments):
        if reason := why_missing():
            raise unittest.SkipTest(f"SKIPPED: {reason}")
        self.profile = tempfile.mkdtemp(prefix="vigie-browser-")
        options = webdriver.ChromeOptions()
        for argument in [*FLAGS, f"--user-data-dir={self.profile}", *arguments]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        try:
            self.driver = webdriver.Chrome(service=Service(shutil.which(DRIVER)), options=options)
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self.driver.set_page_load_timeout(60)
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def close(self):
        with contextlib.suppress(Exception):
            self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def screen(self, width=1280, height=1000, is_dark=False):
        """The size of the window, in CSS pixels, and the colours that the reader prefers."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]})

    def open(self, url):
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # what was before is forgotten
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, selector, timeout_s=30):
        from selenium.webdriver.support.ui import WebDriverWait
        WebDriverWait(self.driver, timeout_s, 0.05).until(
            lambda driver: driver.execute_script("return document.querySelector(arguments[0]) !== null", selector))

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def ids(self):
        return set(self.run("return [...document.querySelectorAll('[id]')].map((e) => e.id)"))

    def faults(self):
        """What the browser has to say against the page since it was opened: errors and warnings of its console, reports of its
        security policy, requests to anybody but loopback."""
        messages = [f"console: {entry['message']}" for entry in self.driver.get_log("browser")
                    if entry["level"] in ("SEVERE", "WARNING")]
        reports = [f"policy: {report}" for report in self.run("return window.policyReports")]
        return messages + reports + [f"asked elsewhere: {url}" for url in self.asked() if not is_near(url)]

    def asked(self):
        """Every URL that was asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def layout_faults(self):
        """What sticks out of the window, and what is hard to read."""
        return ([f"wider than the window: {text}" for text in self.run(TOO_WIDE)]
                + [f"hard to read: {text}" for text in self.run(HARD_TO_READ)])

    def picture(self, path):
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))


def is_near(url):
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "about:", "blob:", "chrome:", "chrome-extension:"))
