"""Where bulk jobs of the tests are, and what they read."""

import pytest


@pytest.fixture
def source(tmp_path):
    """Fourteen pictures, of which one is bad and one meets a fault of ours."""
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(14):
        (folder / f"{index:02}.png").write_bytes({3: b"bad", 9: b"bug"}.get(index, f"text {index}".encode()))
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, in which the test is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
