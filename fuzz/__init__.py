"""Coverage-guided fuzzing of what reads a stranger's bytes: `python -m fuzz TARGET --seconds 600`.

Each target is one module with `one_input(data)`, which raises on any behaviour that is not documented.
The inputs worth keeping lie in `seeds/`, and `tests/hostile/test_fuzz_seeds.py` replays them without atheris.
"""
