"""The model against what queueing theory knows, and against itself."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from deploy.simulation import scenarios
from deploy.simulation.__main__ import main
from deploy.simulation.arrivals import arrivals, batch, day, flash_crowd, steady
from deploy.simulation.autoscaler import Autoscaler, Policy
from deploy.simulation.cluster import Setup, Traffic, simulate
from deploy.simulation.document import fill
from deploy.simulation.replica import Limits
from deploy.simulation.scenarios import plan
from deploy.simulation.service_times import MEASURED, ServiceTimes, load

ROOT = Path(__file__).parents[2]
ENDLESS = Limits(queue=math.inf, deadline=math.inf)
DRAWS = tuple(-math.log(1 - (index + 0.5) / 4000) for index in range(4000))
"""An exponential distribution of mean 1, by its quantiles."""


def times(readings=(1.0,), threads=1, **others):
    fields = {"overhead": 0.0, "hit": 0.0, "start": 0.0, **others}
    return ServiceTimes(tuple(readings), (1.0,) * threads, **fields)


def erlang_c(load_, threads):
    """Return the probability that a request must wait in M/M/c (Erlang 1917); `load_` in erlangs."""
    parts = [load_**k / math.factorial(k) for k in range(threads)]
    last = load_**threads / math.factorial(threads) / (1 - load_ / threads)
    return last / (sum(parts) + last)


def mean_wait(readings, threads, utilisation, requests=30_000):
    rate = utilisation * threads
    setup = Setup(times(readings, threads), limits=ENDLESS)
    outcome = simulate(Traffic(steady(rate), rate, requests / rate), setup, seed=3)
    return outcome.latencies().mean() - np.mean(readings)


@pytest.mark.parametrize(("threads", "utilisation"), [(1, 0.5), (1, 0.8), (4, 0.8)])
def test_exponential_readings_wait_as_erlang_says(threads, utilisation):
    expected = erlang_c(utilisation * threads, threads) / (threads * (1 - utilisation))
    assert mean_wait(DRAWS, threads, utilisation) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("threads", "utilisation"), [(1, 0.7), (4, 0.8)])
def test_constant_readings_wait_as_cosmetatos_says(threads, utilisation):
    """M/D/1 is exact (Pollaczek and Khinchine), M/D/c is Cosmetatos' approximation of 1975, good to 2 %."""
    exponential = erlang_c(utilisation * threads, threads) / (threads * (1 - utilisation))
    spread = (1 - utilisation) * (threads - 1) * (math.sqrt(4 + 5 * threads) - 2) / (16 * utilisation * threads)
    assert mean_wait((1.0,), threads, utilisation) == pytest.approx(exponential * (1 + spread) / 2, rel=0.06)


def test_every_request_is_answered_or_refused():
    traffic = Traffic(flash_crowd(20, 8, 30, 30), 160, 120, repeats=0.3)
    policy = Policy((("in-flight", 2.0),))
    for setup in (
        Setup(times((0.1, 0.2), 2), limits=Limits(queue=5, cached=50), policy=policy),
        Setup(times((0.1, 0.2), 2), replicas=3, limits=Limits(queue=5, cached=50), shared_cache=True),
    ):
        outcome = simulate(traffic, setup)
        assert outcome.refused
        assert outcome.unanswered == 0
        assert len({id(request) for request in outcome.answered}) == len(outcome.answered)
        assert len(outcome.answered) + len(outcome.refused) == outcome.arrived > 3000
        assert (outcome.latencies() > -1e-9).all()


def test_the_same_seed_gives_the_same_and_another_one_does_not():
    traffic, setup = Traffic(steady(15), 15, 60), Setup(times((0.1,)), replicas=2)
    first, again, other = (simulate(traffic, setup, seed).latencies() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first, other)


def test_a_full_queue_refuses_and_so_does_a_wait_beyond_the_deadline():
    rate = Traffic(steady(30), 30, 60)
    full = simulate(rate, Setup(times((0.1,)), limits=Limits(queue=3, deadline=math.inf)))
    assert full.refused_share == pytest.approx(2 / 3, abs=0.05)
    assert full.percentile(1.0) <= 4 * 0.1 + 1e-9
    late = simulate(rate, Setup(times((0.1,)), limits=Limits(queue=math.inf, deadline=0.4)))
    # the first ones come before anything is known of the time that readings take
    assert late.percentile(0.99) <= 0.4 / 2 + 0.1 + 1e-9


@pytest.mark.parametrize("shared", [False, True])
def test_a_shared_cache_spares_readings_that_separate_ones_repeat(shared):
    traffic = Traffic(steady(20), 20, 60, repeats=1.0, pictures=1)
    setup = Setup(times((0.05,)), replicas=4, limits=Limits(cached=10), shared_cache=shared)
    outcome = simulate(traffic, setup)
    read = sum(request.finished - request.arrived > 0.04 for request in outcome.answered)
    assert read >= (1 if shared else 4)
    assert read <= (4 if shared else 12)


def test_arrivals_follow_their_curves():
    random = np.random.default_rng(5)
    found = np.array(list(arrivals(day(100, 400), 100, 400, random)))
    noon, night = (found > 150) & (found < 250), (found < 50) | (found > 350)
    assert noon.sum() == pytest.approx(
        100 * (0.575 * 100 + 0.425 * 400 / math.pi * math.sin(math.pi / 4)), rel=0.05
    )
    assert noon.sum() > 3 * night.sum()
    crowd = flash_crowd(10, 5, 100, 60)
    assert [crowd(moment) for moment in (99, 105, 110, 160, 165, 170)] == [10, 30, 50, 50, 30, 10]
    job = batch(10, 90, 300, 60)
    assert [job(moment) for moment in (0, 239, 240, 299, 300)] == [10, 10, 100, 100, 10]


def test_the_autoscaler_follows_the_rules_of_kubernetes():
    policy = Policy((("cpu", 0.5),), highest=20)
    assert Autoscaler(policy).decide(0, {"cpu": 0.54}, 4, 4) == 4  # within the tolerance
    assert Autoscaler(policy).decide(0, {"cpu": 0.8}, 4, 4) == 7
    assert Autoscaler(policy).decide(0, {"cpu": 5.0}, 3, 3) == 7  # at most 4 more, or twice as many
    assert Autoscaler(policy).decide(0, {"cpu": 5.0}, 8, 8) == 16
    assert Autoscaler(policy).decide(0, {"cpu": 5.0}, 16, 16) == 20
    assert Autoscaler(policy).decide(0, {"cpu": 0.8}, 2, 4) == 4  # those on their way will help
    two = Policy((("cpu", 0.5), ("in-flight", 2.0)), highest=20)
    assert Autoscaler(two).decide(0, {"cpu": 0.5, "in-flight": 3.0}, 4, 4) == 6  # the signal that asks for most


def test_fewer_replicas_only_when_none_more_were_wanted_for_a_while():
    scaler = Autoscaler(Policy((("cpu", 0.5),), calm_down=60, shrinkage=1.0))
    assert scaler.decide(0, {"cpu": 0.5}, 8, 8) == 8
    assert [scaler.decide(now, {"cpu": 0.1}, 8, 8) for now in (15, 30, 60)] == [8, 8, 8]
    assert scaler.decide(61, {"cpu": 0.1}, 8, 8) == 2


def test_replicas_shrink_by_a_quarter_in_a_minute():
    scaler, replicas, numbers = Autoscaler(Policy((("cpu", 0.5),), calm_down=0)), 16, []
    for now in range(0, 180, 15):
        replicas = scaler.decide(now, {"cpu": 0.0}, replicas, replicas)
        numbers.append(replicas)
    assert numbers[:5] == [12] * 5
    assert numbers[5:] == sorted(numbers[5:], reverse=True)
    assert numbers[-1] >= 5


def test_a_crowd_brings_replicas_after_they_have_started():
    traffic = Traffic(flash_crowd(10, 6, 60, 200), 60, 300)
    setup = Setup(times((0.1,), 1, start=5.0), 2, policy=Policy((("in-flight", 1.0),)), pod_start=20.0)
    ready = [(moment, ready) for moment, ready, _ in simulate(traffic, setup).timeline]
    assert max(number for moment, number in ready if moment <= 60 + 25) <= 3
    assert max(number for _, number in ready) >= 6


def test_plan_takes_as_few_replicas_as_keep_the_promise(monkeypatch):
    monkeypatch.setattr(scenarios, "REQUESTS", 10_000)
    found = plan(times((0.1,)), 50, p99=0.25, dollars_an_hour=0.036)
    fewer = simulate(Traffic(steady(50), 50, 200), Setup(times((0.1,)), found.replicas - 1))
    assert 5 < found.replicas <= 11
    assert found.p99 <= 0.25 < fewer.percentile(0.99)
    assert found.utilisation == pytest.approx(5 / found.replicas)
    assert found.dollars == pytest.approx(found.replicas * 0.036 / 3600 / 50 * 1e6)
    with pytest.raises(ValueError, match=r"takes 0\.10 s alone"):
        plan(times((0.1,)), 50, p99=0.09, dollars_an_hour=1)


def test_the_signals_in_a_flash_crowd_are_tabled_and_drawn(tmp_path, capsys):
    times((2.0,)).save(tmp_path / "times.json")
    arguments = ["--times", str(tmp_path / "times.json"), "signals", "--weather", "flash crowd", "--seeds", "1"]
    main([*arguments, "--plots", str(tmp_path)])
    rows = [row.split(" | ") for row in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1] for row in rows] == ["CPU 70 %", "in-flight 2", "queue wait 50 ms", "CPU 70 % and in-flight 2"]
    assert (tmp_path / "simulation-flash-crowd.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.scale
def test_one_replica_of_the_model_is_like_the_real_service(tmp_path, capsys):
    """The figures are in docs/scale.md; here the two must not be different things."""
    file = str(tmp_path / "times.json")
    main(["--times", file, "measure", "--seconds", "4"])
    main(["--times", file, "check", "--seconds", "10", "--loads", "0.3", "0.6"])
    rows = [row.strip("| ").split(" | ") for row in capsys.readouterr().out.splitlines() if row.startswith("| ")][
        1:
    ]
    for _, requests, real, model, *_ in rows:
        assert int(requests) > 10
        assert 1 / 3 < float(real) / float(model) < 3


def test_what_is_simulated_is_what_kubernetes_is_given():
    base, more = (ROOT / f"deploy/kubernetes/{name}" for name in ("base/service", "with-prometheus"))
    given = yaml.safe_load((base / "autoscaler.yaml").read_text())["spec"]
    (patch,) = yaml.safe_load((more / "in-flight.yaml").read_text())
    targets = {
        "cpu": given["metrics"][0]["resource"]["target"]["averageUtilization"] / 100,
        "in-flight": float(patch["value"]["pods"]["target"]["averageValue"]),
    }
    shipped = list(scenarios.policies(times()).values())[-1]
    assert dict(shipped.targets) == targets
    assert (shipped.lowest, shipped.highest) == (given["minReplicas"], given["maxReplicas"])
    down, (shrink,) = given["behavior"]["scaleDown"], given["behavior"]["scaleDown"]["policies"]
    assert (shipped.calm_down, shipped.shrinkage * 100) == (down["stabilizationWindowSeconds"], shrink["value"])
    (container,) = yaml.safe_load((base / "deployment.yaml").read_text())["spec"]["template"]["spec"]["containers"]
    assert {"name": "OCR_QUEUE", "value": str(scenarios.QUEUE)} in container["env"]


def test_tables_go_between_their_marks(tmp_path, capsys):
    document = tmp_path / "a.md"
    document.write_text("A\n<!-- simulation:plan -->\nold\n<!-- /simulation:plan -->\nZ\n")
    for text in ("one", r"\1 two"):
        fill(document, "plan", lambda text=text: print(text))  # noqa: T201
        assert document.read_text() == f"A\n<!-- simulation:plan -->\n{text}\n<!-- /simulation:plan -->\nZ\n"
    assert capsys.readouterr().out.startswith("plan\none\n")
    with pytest.raises(ValueError, match="no place for check"):
        fill(document, "check", lambda: None)


def test_what_was_measured_can_be_loaded(tmp_path):
    measured = load(MEASURED)
    assert measured.threads >= 1
    assert measured.stretch[0] == 1.0
    assert measured.capacity > 0
    assert measured.source
    measured.save(tmp_path / "again.json")
    assert load(tmp_path / "again.json") == measured
