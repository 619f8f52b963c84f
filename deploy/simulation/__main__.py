"""Plans beyond this machine: `python -m deploy.simulation {measure,check,plan,signals,caches,document} --help`."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from deploy.simulation import scenarios
from deploy.simulation.arrivals import flash_crowd, steady
from deploy.simulation.cluster import Setup, Traffic, simulate
from deploy.simulation.document import fill
from deploy.simulation.replica import Limits
from deploy.simulation.service_times import MEASURED, load

DOCUMENTS = Path(__file__).parents[2] / "docs"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands and print its table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m deploy.simulation")
    parser.add_argument("--times", type=Path, default=MEASURED, help="what `measure` has written")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("measure", help="measure the real service, for --times; about 25 s")
    command.add_argument("--threads", type=int, default=1, help="OCR_THREADS")
    command.add_argument("--seconds", type=float, default=5.0, help="for each number of threads")
    command.add_argument("--rounds", type=int, default=3, help="of which the fastest counts")
    command.set_defaults(run=_measure)

    command = commands.add_parser("check", help="one replica: the model beside the real service; about 50 s")
    command.add_argument("--seconds", type=float, default=12.0, help="for each load")
    command.add_argument("--loads", type=float, nargs="+", default=[0.3, 0.6, 0.8], help="of the capacity")
    command.set_defaults(run=_check)

    command = commands.add_parser("plan", help="replicas, P99 and cost by requests a second")
    command.add_argument("--p99", type=float, default=0.5, help="seconds within which 99 of 100 answers come")
    command.add_argument("--price", type=float, default=0.04, help="dollars for an hour of a CPU")
    command.add_argument("--rates", type=float, nargs="+", default=list(scenarios.RATES))
    command.set_defaults(run=_plan)

    command = commands.add_parser("signals", help="what to scale on, by kind of traffic")
    command.add_argument("--pod-start", type=float, default=20.0, help="seconds until a new replica is started")
    command.add_argument("--weather", action="append", choices=["day", "flash crowd", "batch"])
    command.add_argument(
        "--seeds", type=int, default=3, help="of which the medians are told; of the day there is one"
    )
    command.add_argument("--plots", type=Path, help="folder for the plots; needs matplotlib")
    command.set_defaults(run=_signals)

    command = commands.add_parser("caches", help="separate, shared and no caches when a crowd comes")
    command.add_argument("--repeats", type=float, default=0.5, help="share of requests whose picture is sent again")
    command.set_defaults(run=_caches)

    command = commands.add_parser(
        "document", help="all of them, into docs/scale.md and docs/images; about 4 minutes"
    )
    command.set_defaults(run=_document)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except ValueError as error:
        parser.error(str(error))


def _measure(options: argparse.Namespace) -> None:
    from deploy.simulation.real_service import measure  # starts services, which the others need not

    times = measure(options.threads, options.seconds, options.rounds)
    times.save(options.times)
    print(f"{times.source}; capacity {times.capacity:.1f} a second, stretch {times.stretch}, start {times.start} s")


def _check(options: argparse.Namespace) -> None:
    from deploy.simulation.real_service import observe

    times, deadline = load(options.times), 30.0
    print("| load | requests | P50 ms: real | model | P90 ms: real | model | P99 ms: real | model |")
    print("|---|---|---|---|---|---|---|---|")
    for part in options.loads:
        rate = part * times.capacity
        real = observe(times.threads, rate, options.seconds, round(deadline * 1e3))
        # the model runs for longer, so that the noise is that of the real run
        model = simulate(Traffic(steady(rate), rate, 2000.0), Setup(times, limits=Limits(deadline=deadline)))
        cells = " | ".join(
            f"{outcome.percentile(share) * 1e3:.0f}" for share in (0.5, 0.9, 0.99) for outcome in (real, model)
        )
        print(f"| {part:.0%} | {real.arrived} | {cells} |", flush=True)


def _plan(options: argparse.Namespace) -> None:
    times = load(options.times)
    print(f"One replica: {times.threads} CPUs, {times.capacity:.1f} requests a second at most.")
    print("| requests/s | replicas | P99 ms | CPUs busy | $ for a million | $ a month |")
    print("|---|---|---|---|---|---|")
    for rate in options.rates:
        found = scenarios.plan(times, rate, options.p99, options.price * times.threads)
        month = found.replicas * options.price * times.threads * 730
        print(
            f"| {rate:,.0f} | {found.replicas} | {found.p99 * 1e3:.0f} | {found.utilisation:.0%} "
            f"| {found.dollars:.2f} | {month:,.0f} |",
            flush=True,
        )


def _signals(options: argparse.Namespace) -> None:
    times = load(options.times)
    found = scenarios.trials(times, options.pod_start, options.seeds, options.weather)
    print("| traffic | signal | P50 ms | P99 ms | refused | replica hours | most replicas | changes |")
    print("|---|---|---|---|---|---|---|---|")
    for trial in found:
        p50 = trial.median(lambda one: one.percentile(0.5)) * 1e3
        p99 = trial.median(lambda one: one.percentile(0.99)) * 1e3
        refused = trial.median(lambda one: one.refused_share)
        hours, most, changes = (
            trial.median(figure) for figure in (scenarios.replica_hours, scenarios.most_replicas, scenarios.changes)
        )
        print(
            f"| {trial.weather} | {trial.signal} | {p50:.0f} | {p99:,.0f} | {refused:.1%} | {hours:.2f} "
            f"| {most:.0f} | {changes:.0f} |"
        )
    if options.plots:
        from deploy.simulation.plots import draw_trials  # matplotlib is an extra

        draw_trials(found, scenarios.weathers(times), options.plots)


def _caches(options: argparse.Namespace) -> None:
    times = load(options.times)
    rate = 1.8 * times.capacity
    crowd = flash_crowd(rate, 3, 120, 240)
    traffic = Traffic(crowd, 3 * rate, 480, options.repeats)
    policy = next(iter(reversed(scenarios.policies(times).values())))
    base = Setup(times, 3, Limits(scenarios.QUEUE), policy)
    rows = {
        "none": base,
        "one in each replica": replace(base, limits=Limits(scenarios.QUEUE, cached=5000)),
        "one for all (Redis)": replace(base, limits=Limits(scenarios.QUEUE, cached=20000), shared_cache=True),
    }
    print("| cache | P50 ms | P99 ms | refused | replica hours |")
    print("|---|---|---|---|---|")
    for name, setup in rows.items():
        found = simulate(traffic, setup)
        print(
            f"| {name} | {found.percentile(0.5) * 1e3:.0f} | {found.percentile(0.99) * 1e3:,.0f} "
            f"| {found.refused_share:.1%} | {found.replica_seconds / 3600:.2f} |"
        )


def _document(options: argparse.Namespace) -> None:
    times = ["--times", str(options.times)]
    for name in ("measure", "check", "plan", "signals", "caches"):
        plots = ["--plots", str(DOCUMENTS / "images")] if name == "signals" else []
        fill(DOCUMENTS / "scale.md", name, partial(main, [*times, name, *plots]))


if __name__ == "__main__":
    main()
