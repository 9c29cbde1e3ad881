"""What this repository can do. `nox -l` lists it; arguments after `--` go to the command a session runs."""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests"]

WORKSPACE = ("packages/caravan", "packages/devdb", "packages/servicekit", "apps/platform", "apps/trading")
SOURCES = os.pathsep.join(f"{package}/src" for package in WORKSPACE)
LOCKED = (
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--universal",
    "--python-version",
    "3.11",
)


@nox.session
def migrate(session: nox.Session) -> None:
    """Bring the database to the newest schema of every app: DATABASE_URL, or a server of our own."""
    install(session, "migrate")
    session.run("devdb", "run", "--", "caravan", "migrate", *session.posargs)


@nox.session(venv_backend="none")
def status(session: nox.Session) -> None:
    """Show what each app has applied and what is pending."""
    caravan(session, "status")


@nox.session(venv_backend="none")
def generate(session: nox.Session) -> None:
    """Write an app's next revision from its models: nox -s generate -- trading -m "add a note"."""
    caravan(session, "generate")


@nox.session(venv_backend="none")
def check(session: nox.Session) -> None:
    """Find what would stop a deploy: heads, models, references, ownership, checksums."""
    caravan(session, "check")


@nox.session(venv_backend="none")
def rollback(session: nox.Session) -> None:
    """Take an app's last revision back: nox -s rollback -- trading [--to REVISION]."""
    caravan(session, "rollback")


@nox.session(venv_backend="none")
def reset(session: nox.Session) -> None:
    """Drop every app's schema in the development database and migrate from nothing."""
    caravan(session, "reset")


@nox.session(venv_backend="none")
def bootstrap(session: nox.Session) -> None:
    """Create schemas, roles, grants and Caravan's bookkeeping; safe to repeat."""
    caravan(session, "bootstrap")


@nox.session(venv_backend="none")
def db(session: nox.Session) -> None:
    """Keep the development server up and print its address, ready for psql."""
    devdb(session, "serve")


@nox.session
def serve(session: nox.Session) -> None:
    """Run both services and a worker on the development database, migrated first, reloading when a file changes."""
    install(session, "serve")
    session.run("devdb", "run", "--", "caravan", "migrate")
    session.run("devdb", "run", "--", "python", "infra/serve.py", *session.posargs, interrupt_timeout=10)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Trade half a day: two people, quotes from a file, orders, positions, ledger and books as tables."""
    install(session, "demo")
    session.run("devdb", "run", "--", "python", "-m", "demo", interrupt_timeout=10)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test on a real Postgres; the whole suite also measures coverage, Caravan's at least 95 %."""
    install(session, "tests")
    if session.posargs:
        session.run("pytest", *session.posargs)
    else:
        covered(session)


@nox.session(name="tests-on", python=["3.12", "3.13"], default=False)
def tests_on(session: nox.Session) -> None:
    """Run every test on another Python, without coverage."""
    install(session, "tests")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure a service, or Caravan, beside its peers and what the machine allows: nox -s bench -- platform [--quick]."""
    install(session, "bench")
    served = programs(session, "serve")
    service, *options = session.posargs or ["platform"]
    command = (f"{session.bin}/python", "-m", f"bench.{service}", "--ours", f"{served}/python", *options)
    session.run(f"{served}/devdb", "run", "--", *command, external=True, interrupt_timeout=10)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Kill a service's processes and its Postgres under load, and count: nox -s soak -- trading [--orders N]."""
    install(session, "tests")
    service, *options = session.posargs or ["platform"]
    session.run("python", "-m", f"soak.{service}", *options, interrupt_timeout=10)


@nox.session(default=False)
def integration(session: nox.Session) -> None:
    """Try a deployed stack with the cross-app suite: nox -s integration -- --platform-url URL --trading-url URL."""
    install(session, "tests")
    session.run("pytest", "tests/integration", *session.posargs)


@nox.session(default=False)
def containers(session: nox.Session) -> None:
    """Build the images, bring the compose file up, break it and take it down, on any Docker-compatible engine."""
    install(session, "containers")
    session.run("pytest", *(session.posargs or ["infra/tests"]), interrupt_timeout=60)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, who imports whom, and that no address or path slipped in."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": SOURCES})
    session.run("python", ".ci/registries.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check every type, strictly: apps, packages, tests."""
    install(session, "types")
    session.run("mypy", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Compile requirements/*.in into hash-pinned locks; `-- --upgrade` moves every version."""
    session.install("--require-hashes", "-r", "requirements/ci.txt")
    here = [option for package in WORKSPACE for option in ("--no-emit-package", distribution(package))]
    compiler = ("uv", "pip", "compile", *LOCKED, *here, *session.posargs)
    for source in sorted(Path("requirements").glob("*.in")):
        session.run(*compiler, f"{source}", "-o", f"{source.with_suffix('.txt')}", silent=True)


def install(session: nox.Session, purpose: str) -> None:
    """Install requirements/<purpose>.txt and the workspace itself, unless that is what is there already."""
    stamp, wanted = Path(session.virtualenv.location, "installed"), fingerprint(purpose)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    session.install("--require-hashes", "-r", f"requirements/{purpose}.txt")
    if "hatchling==" in Path(f"requirements/{purpose}.txt").read_text():
        editable = [argument for package in WORKSPACE for argument in ("-e", package)]
        session.install("--no-deps", "--no-build-isolation", *editable)
    stamp.write_text(wanted)


def fingerprint(purpose: str) -> str:
    """Everything that an environment is made of, as one digest: its lock and the packages' own metadata."""
    files = [Path(f"requirements/{purpose}.txt"), *(Path(package, "pyproject.toml") for package in WORKSPACE)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def caravan(session: nox.Session, command: str) -> None:
    """Run one of Caravan's commands on the development database."""
    devdb(session, "run", "--", "caravan", command, *session.posargs)


def devdb(session: nox.Session, *arguments: str) -> None:
    """Run devdb in the one environment of every session that speaks to Caravan."""
    folder = programs(session, "migrate")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    session.run(f"{folder}/devdb", *arguments, env={"PATH": path}, external=True, interrupt_timeout=10)


def programs(session: nox.Session, purpose: str) -> Path:
    """Give the folder of another session's programs, whose environment is made first if it is missing or stale."""
    environment = Path(".nox", purpose).absolute()
    stamp = environment / "installed"
    if not (stamp.is_file() and stamp.read_text() == fingerprint(purpose)):
        session.run(sys.executable, "-m", "nox", "-s", purpose, "--install-only", silent=True, external=True)
    return environment / "bin"


def covered(session: nox.Session) -> None:
    """Run the whole suite under coverage, subprocesses included, and hold Caravan's share of it."""
    folder = Path(session.virtualenv.location, "coverage").absolute()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)  # tests that act as another user write their share too
    session.env["COVERAGE_FILE"] = f"{folder}/data"
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "auto")
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--include", "packages/caravan/src/*", "--fail-under", "95")


def distribution(package: str) -> str:
    """The name a workspace package has when installed; such a name never comes from a registry."""
    name: str = tomllib.loads(Path(package, "pyproject.toml").read_text())["project"]["name"]
    return name
