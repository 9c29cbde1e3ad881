"""Runs both services and a worker that fills orders for development, each as its runtime role, until one ends or Ctrl-C.

python infra/serve.py [--host HOST] [--platform-port PORT] [--trading-port PORT]

DATABASE_URL must be set; `nox -s serve` does so. What is set in the environment already, stays.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from types import FrameType

LOOK_EVERY = 0.2  # seconds
MAILBOX = {  # mails become files, and their links are worth nothing outside this machine
    "PLATFORM_MAIL_TRANSPORT": "directory",
    "PLATFORM_MAIL_DIRECTORY": ".devdb/mailbox",
    "PLATFORM_MAIL_IN_PROCESS": "true",
}


def main() -> int:
    """Start all three, wait until one of them ends or somebody asks to stop, then stop them."""
    options = _options()
    ports = {"platform": options.platform_port, "trading": options.trading_port}
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    services = [_serve(app, options.host, port) for app, port in ports.items()]
    services.append(_start(("trading", "worker"), {"ENVIRONMENT": "development"}))
    try:
        while all(service.poll() is None for service in services):
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        pass
    for service in services:
        service.terminate()
    return max(service.wait() for service in services)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run both services for development.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--platform-port", type=int, default=8001)
    parser.add_argument("--trading-port", type=int, default=8002)
    return parser.parse_args()


def _serve(app: str, host: str, port: int) -> subprocess.Popen[bytes]:
    defaults = {"ENVIRONMENT": "development", f"{app.upper()}_PUBLIC_URL": f"http://{host}:{port}", **MAILBOX}
    print(f"{app}: http://{host}:{port}", flush=True)
    return _start((app, "serve", "--host", host, "--port", str(port), "--reload"), defaults)


def _start(command: tuple[str, ...], defaults: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches this process alone, which then ends each service once, in order.
    return subprocess.Popen(command, env=defaults | os.environ, start_new_session=True)  # noqa: S603 - our own commands


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
