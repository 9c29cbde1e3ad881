"""The run: people on one side, deaths on the other, and at the end everybody looks at everything once more."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import httpx

from soak.platform.people import Api, Drain, Life
from soak.platform.stage import Stage
from soak.platform.violations import Findings

WORKERS = 3
PATIENCE = 300.0


async def deaths(stage: Stage, drain: Drain, chance: random.Random, until: float) -> dict[str, int]:
    """Kill something every few seconds, until the time is over: how often what."""
    done = {"api killed": 0, "api asked to finish": 0, "worker killed": 0, "postgres killed": 0}
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(1, 4))
        what = chance.choice([*done])
        done[what] += 1
        if what == "api killed":
            await asyncio.to_thread(stage.kill_api)
        elif what == "api asked to finish":
            drain.asked = time.monotonic()
            await asyncio.to_thread(stage.kill_api, signal.SIGTERM)
            drain.ended = time.monotonic()
        elif what == "worker killed":
            await asyncio.to_thread(stage.kill_worker, chance.randrange(WORKERS))
        else:
            await asyncio.to_thread(stage.kill_postgres)
            await asyncio.sleep(chance.uniform(0, 3))
            await asyncio.to_thread(stage.start_postgres)
        if what != "worker killed":
            await ready(stage.port)
    return done


async def ready(port: int) -> None:
    """Wait until the service says that it is; after a death of Postgres it must come to that by itself."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def run(seconds: float, people: int, seed: int, folder: Path) -> dict[str, object]:
    """One run: what was done and found."""
    stage = await asyncio.to_thread(Stage, folder, WORKERS)
    findings, drain, chance = Findings(), Drain(), random.Random(seed)  # noqa: S311  # repeats a run
    try:
        await ready(stage.port)
        apis = [Api(f"http://127.0.0.1:{stage.port}", findings, drain) for _ in range(people)]
        lives = [Life(api, findings, stage.mails, random.Random(chance.random())) for api in apis]  # noqa: S311  # as above
        until = time.monotonic() + seconds
        done, *_ = await asyncio.gather(
            deaths(stage, drain, chance, until), *(life.live(until) for life in lives)
        )
        await ready(stage.port)
        for life in lives:
            for person in life.people:
                await life.look(person)
                if person.exists:
                    await life.sign_in(person)
        for api in apis:
            await api.close()
    finally:
        await asyncio.to_thread(stage.close)
    return {
        "seed": seed,
        "people": sum(len(life.people) for life in lives),
        "deaths": done,
        "answers": dict(findings.answers),
        "acknowledged": dict(findings.acknowledged),
        "violations": findings.violations,
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
