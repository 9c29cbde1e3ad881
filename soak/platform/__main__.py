"""The run: people on one side, deaths on the other, and at the end everybody looks at everything once more."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from soak.deaths import deaths
from soak.platform.people import Api, Life
from soak.platform.stage import API, Stage, worker
from soak.processes import ask_to_finish, ready
from soak.violations import Drain, Findings

WORKERS = 3


class Killer:
    """The ways in which something dies here.

    Args:
        stage: what can be killed.
        drain: is told when the API process was asked to finish, and when it had.
        chance: decides.
    """

    def __init__(self, stage: Stage, drain: Drain, chance: random.Random) -> None:
        self._stage = stage
        self._drain = drain
        self._chance = chance
        self.ways = {
            "api killed": self._kill_api,
            "api asked to finish": self._ask_api,
            "worker killed": self._kill_worker,
            "postgres killed": self._kill_postgres,
        }

    async def moment(self) -> None:
        """Wait a few seconds."""
        await asyncio.sleep(self._chance.uniform(1, 4))

    async def _kill_api(self) -> None:
        await asyncio.to_thread(self._stage.processes.kill, API)
        await ready(self._stage.port)

    async def _ask_api(self) -> None:
        await ask_to_finish(self._stage.processes, API, self._drain)
        await ready(self._stage.port)

    async def _kill_worker(self) -> None:
        await asyncio.to_thread(self._stage.processes.kill, worker(self._chance.randrange(WORKERS)))

    async def _kill_postgres(self) -> None:
        await asyncio.to_thread(self._stage.processes.kill_postgres)
        await asyncio.sleep(self._chance.uniform(0, 3))
        await asyncio.to_thread(self._stage.processes.start_postgres)
        await ready(self._stage.port)


async def run(seconds: float, people: int, seed: int, folder: Path) -> dict[str, object]:
    """One run: what was done and found."""
    stage = await asyncio.to_thread(Stage, folder, WORKERS)
    findings, drain, chance = Findings(), Drain(), random.Random(seed)  # noqa: S311  # repeats a run
    try:
        await ready(stage.port)
        apis = [Api(f"http://127.0.0.1:{stage.port}", findings, drain) for _ in range(people)]
        lives = [Life(api, findings, stage.mails, random.Random(chance.random())) for api in apis]  # noqa: S311  # as above
        until = time.monotonic() + seconds
        killer = Killer(stage, drain, chance)
        dying = asyncio.create_task(
            deaths(killer.ways, chance, killer.moment, lambda: time.monotonic() >= until)
        )
        await asyncio.gather(dying, *(life.live(until) for life in lives))
        await ready(stage.port)
        for life in lives:
            for person in life.people:
                await life.look(person)
                if person.exists:
                    await life.sign_in(person)
        for api in apis:
            await api.close()
    finally:
        await asyncio.to_thread(stage.processes.close)
    return {
        "seed": seed,
        "people": sum(len(life.people) for life in lives),
        "deaths": dict(dying.result()),
        "answers": dict(findings.answers),
        "acknowledged": dict(findings.acknowledged),
        "violations": findings.violations + stage.processes.strange,
    }


def main() -> int:
    """Run, say what came of it as JSON, and fail if anything happened that must not."""
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--people", type=int, default=8, help="how many at once")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of a run")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user where we are root
        outcome = asyncio.run(run(60 * options.minutes, options.people, seed, Path(folder)))
    sys.stdout.write(json.dumps(outcome, indent=2) + "\n")
    return 1 if outcome["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
