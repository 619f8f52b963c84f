"""Raw requests of a run -> the figures of each stage. Pure functions."""

from collections import Counter
from collections.abc import Sequence

from locustfiles.stages import Stage
from locustfiles.study.records import Level
from locustfiles.study.watch import Health, Usage

SATURATED = 0.85
"""Share of its CPU above which a load generator measures itself; its figures are refused."""

ERROR_LETTERS = 60

Request = tuple[float, float, str]
"""When it was sent, or due, in seconds since the epoch; milliseconds; error or ""."""


def figures(
    stage: Stage,
    begun: float,
    requests: Sequence[Request],
    usages: tuple[Usage, Usage, Usage],
    health: Health,
    error_over_s: float,
) -> Level:
    """Return the figures of a stage that began at `begun`, seconds since the epoch.

    A closed loop counts what was answered in the measured time, an open one what was due in it.

    Args:
        stage: the load.
        begun: see above.
        requests: of the whole run.
        usages: of the server, the load generator and the whole machine.
        health: checks of the whole run.
        error_over_s: seconds from which on an answer is too late.
    """
    begin, end = begun + stage.settle, begun + stage.seconds
    inside = [row for row in requests if begin <= (row[0] if stage.rate else row[0] + row[1] / 1e3) < end]
    right = [row for row in inside if not row[2]]
    late = sum(ms > error_over_s * 1e3 for _, ms, _ in right)
    errors = Counter(error[:ERROR_LETTERS] for _, _, error in inside if error)
    if late:
        errors[f"over {error_over_s:g} s"] = late
    server, generator, machine = (usage.share(begin, end) for usage in usages)
    return Level(
        name=stage.name,
        users=stage.users,
        rate=stage.rate,
        seconds=end - begin,
        answered=len(right),
        qps=(len(right) - late) / (end - begin),
        mean=sum(ms for _, ms, _ in right) / max(1, len(right)),
        errors=dict(errors),
        server_cpu=server,
        generator_cpu=generator,
        foreign_cpu=max(0.0, machine - server - generator),
        memory=usages[0].peak(begin, end),
        health=[ms for at, ms in health.rows if at < end and at + abs(ms) / 1e3 >= begin],
        samples=[(at - begun, ms) for at, ms, _ in right],
        refused=f"the load generator took {generator:.0%} of its CPU" if generator > SATURATED else "",
    )
