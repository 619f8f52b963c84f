"""A browser with the page of either service."""

import pytest
from page_driver import PICTURE, SHOWN, STREAM, answer_with, opened


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from benchmarks import chromium  # needs a library that not all tests need

    with chromium.new_page(tmp_path_factory.mktemp("chromium")) as page:
        page.send("Emulation.setLocaleOverride", locale="en-GB")
        yield page


@pytest.fixture
def page(browser, app_client):
    return opened(browser, f"{app_client.base_url}/")


@pytest.fixture
def choose(page, tmp_path):
    def choose_contents(*contents):
        paths = [tmp_path / f"{number}.png" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        page.choose_file("#file", *paths)

    return choose_contents


@pytest.fixture
def receipt(page, choose):
    """The page with a result of three lines in two rows, as a service could answer it."""
    answer_with(page, STREAM)
    choose(PICTURE)
    page.wait_for(SHOWN)
    page.wait_for("document.getElementById('image').naturalWidth && !document.getElementById('stage').hidden")
    return page
