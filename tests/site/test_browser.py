"""The site in a real browser, from `file://`, on a narrow screen: what loads, what is shown, what can be found.

Chromium visits each page once, and says what `facts.js` sees there.
"""

import importlib
import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import minigrad as mg
from tests.conformance import names

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]

WAIT = 60  # seconds for what a browser is asked for
WIDTH = 360
FACTS = Path(__file__).with_name("facts.js").read_text(encoding="utf-8")
LESSON = "lessons/01_information/02_cross_entropy.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium with a dark, narrow screen, that reaches no network."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: the extra [test] is")
    driver = shutil.which("chromedriver")
    if driver is None or shutil.which("chromium") is None:
        pytest.skip("chromium and chromedriver are not installed (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    profile = tmp_path_factory.mktemp("chromium")
    for argument in ("headless=new", f"user-data-dir={profile}", "host-resolver-rules=MAP * ~NOTFOUND", "disable-gpu"):
        options.add_argument(f"--{argument}")
    if hasattr(os, "getuid") and os.getuid() == 0:
        options.add_argument("--no-sandbox")
    chromium = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        chromium.set_page_load_timeout(WAIT)
        chromium.set_script_timeout(WAIT)
        screen = {"width": WIDTH, "height": 640, "deviceScaleFactor": 1, "mobile": True}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
        yield chromium
    finally:
        chromium.quit()


def requested(browser):
    """The addresses that the pages have asked for since this was last called."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def errors(browser):
    """What the console shows beside news of no importance."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] not in ("INFO", "DEBUG")]


@pytest.fixture(scope="module")
def visits(site, browser):
    """{page: what is seen there}, with the addresses `requested` and the messages on the `console`."""
    browser.get("about:blank")
    requested(browser)  # what Chromium itself asks for at its start
    found = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if not name.startswith("_static"):
            browser.get(path.as_uri())
            found[name] = browser.execute_async_script(FACTS)
            found[name] |= {"requested": requested(browser), "console": errors(browser)}
    return found


def told(visits, what):
    """{page: what was found there} of the pages where something was."""
    return {page: seen[what] for page, seen in visits.items() if seen[what]}


def test_every_page_was_visited_and_has_text(visits):
    assert {"index.html", LESSON, "reference/core.html", "reference/minigrad.nn.html", "search.html"} <= visits.keys()
    assert min(seen["texts"] for seen in visits.values()) >= 1


def test_no_page_asks_the_network(visits):
    addresses = [address for seen in visits.values() for address in seen["requested"]]
    assert len(addresses) > 3 * len(visits)
    assert {urlsplit(address).scheme for address in addresses} <= {"file", "data", "blob"}


def test_no_page_has_an_error_on_the_console(visits):
    assert told(visits, "console") == {}


def test_formulas_are_typeset(visits):
    assert visits[LESSON]["formulas"] > 40
    assert {page: seen["typeset"] for page, seen in visits.items()} == {
        page: seen["formulas"] for page, seen in visits.items()
    }
    assert told(visits, "misread") == {}


def test_pictures_are_shown_and_have_a_text_instead(visits):
    assert visits[LESSON]["pictures"] >= 1
    assert told(visits, "poor") == {}


def test_pictures_keep_their_proportions(visits):
    assert visits["reference/curves.html"]["pictures"] == 2
    assert told(visits, "distorted") == {}


def test_links_inside_end_somewhere(site, visits):
    ids, lost = {}, []
    links = {link for seen in visits.values() for link in seen["links"] if link.startswith("file:")}
    for link in links:
        parts = urlsplit(link)
        path = Path(unquote(parts.path))
        if path not in ids:
            text = path.read_text(encoding="utf-8") if path.is_file() and path.suffix == ".html" else ""
            ids[path] = set(re.findall(r'\bid="([^"]+)"', text))
        if not path.is_file() or (parts.fragment and unquote(parts.fragment) not in ids[path]):
            lost.append(link)
    assert len(links) > 1000 and lost == []


def test_no_page_is_wider_than_the_screen(visits):
    assert {page: seen["widths"] for page, seen in visits.items() if max(seen["widths"]) > WIDTH} == {}


def test_what_is_wider_than_the_screen_scrolls_in_itself(visits):
    assert told(visits, "cut") == {}


def test_text_stands_out_in_dark_and_in_light(visits):
    assert {seen["theme"] for seen in visits.values()} == {"dark"}  # as the screen is
    assert told(visits, "paleInDark") == {}
    assert told(visits, "paleInLight") == {}


def found_by_search(site, browser, words):
    """The links that the search page shows for these words, in its order."""
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(f"{(site / 'search.html').as_uri()}?q={words}")
    ended = "return document.querySelector('#search-results h2')?.innerText === 'Search Results'"
    WebDriverWait(browser, WAIT).until(lambda _: browser.execute_script(ended))
    results = "return [...document.querySelectorAll('#search-results li a')].map((link) => link.href)"
    return browser.execute_script(results)


def test_search_finds_cross_entropy(site, browser):
    found = found_by_search(site, browser, "cross-entropy")
    assert any(urlsplit(link).path.endswith(LESSON) for link in found)
    (place,) = [at for at, link in enumerate(found) if urlsplit(link).path.endswith("glossary.html")]
    assert place > 0
    assert requested(browser) and errors(browser) == []


@pytest.mark.parametrize(
    ("words", "page", "rank"),
    [
        ("autodiff", "reference/core.html", 1),
        ("backpropagation", "reference/core.html", 4),
        ("automatic differentiation", "reference/core.html", 4),
        ("indexing", "reference/minigrad.Tensor.html", 1),
        ("slice", "reference/minigrad.Tensor.html", 1),
        ("operators", "reference/minigrad.Tensor.html", 1),
    ],
)
def test_search_finds_by_the_fields_word_where_it_is_told(site, browser, words, page, rank):
    found = [urlsplit(link).path for link in found_by_search(site, browser, words)]
    assert any(path.endswith(page) for path in found[:rank])


# -- The reference -----------------------------------------------------------------------------------------------


def test_each_public_name_has_an_entry_that_the_reference_links_to(site):
    for module in names.MODULES:
        page = (site / "reference" / f"{module}.html").read_text(encoding="utf-8")
        wanted = {f"{module}.{name}" for name in names.public_names(importlib.import_module(module))}
        assert wanted - {"minigrad.Tensor"} <= set(re.findall(r'<dt [^>]*id="([\w.]+)"', page))
        assert wanted <= set(re.findall(r'<td>.*?href="[\w.]*#([\w.]+)" title="', page))


def test_tensor_has_a_page_with_its_sections_and_an_entry_for_each_member(site):
    page = (site / "reference" / "minigrad.Tensor.html").read_text(encoding="utf-8")
    wanted = {f"minigrad.Tensor.{name}" for name in vars(mg.Tensor) if not name.startswith("_")}
    assert {"minigrad.Tensor", *wanted} <= set(re.findall(r'<dt [^>]*id="([\w.]+)"', page))
    contents = re.search(r'<nav [^>]*class="page-toc".*?</nav>', page, re.DOTALL)[0]
    sections = ["How one is made", "Indexing and slices", "Operators", "Attributes", "Methods", "Methods in place"]
    assert re.findall(r'nav-link" href="#[\w-]+">(.+?)<', contents) == sections
