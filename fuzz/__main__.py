"""Runs one target under atheris (libFuzzer): `python -m fuzz decode --seconds 600 --corpus build/fuzz/decode`."""

import argparse
import importlib
import sys
from pathlib import Path

import atheris

SEEDS = Path(__file__).with_name("seeds")
WORDS = Path(__file__).with_name("multipart.dict")
TARGETS = {
    "decode": ["ocr_core.image_header", "ocr_core.image_io"],
    "multipart": ["services.multipart", "python_multipart.multipart"],
    "ctc": ["ocr_core.ctc", "ocr_core.alphabet"],
}
"""Each target with the modules whose branches guide it."""


def main() -> None:
    """Fuzz until the time is over or an input breaks the target; libFuzzer then keeps that input."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600, help="how long (default 600)")
    parser.add_argument("--corpus", type=Path, help="where new inputs go (default build/fuzz/TARGET)")
    options = parser.parse_args()
    corpus = options.corpus or Path("build/fuzz") / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=TARGETS[options.target]):
        one_input = importlib.import_module(f"fuzz.{options.target}").one_input
    folders = [str(corpus), *(str(folder) for folder in [SEEDS / options.target] if folder.is_dir())]
    # a leak or a hang is a finding: 2 GiB of memory and 10 s for one input are far beyond any picture of its size
    flags = [f"-max_total_time={options.seconds}", "-rss_limit_mb=2048", "-timeout=10", "-max_len=4096"]
    flags += ["-print_final_stats=1", f"-artifact_prefix={corpus}-"]
    flags += [f"-dict={WORDS}"] if options.target == "multipart" else []
    atheris.Setup([sys.argv[0], *flags, *folders], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
