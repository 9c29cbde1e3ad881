"""An image holds Python, one app, what that stands on, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine import ROOT, engine
from images import APPS, BASE, run_in, size

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 150_000_000
MOST_CONTEXT = 5_000_000

CODE = ("caravan", "devdb", "servicekit", "platform_app", "trading_app")


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest, images: dict[str, str]) -> str:
    assert images
    name: str = request.param
    return name


@pytest.fixture
def image(app: str, images: dict[str, str]) -> str:
    return images[app]


def test_an_image_adds_less_than_150_mb_to_its_base(app: str, image: str, figures: list[str]) -> None:
    added = size(image) - size(BASE)
    figures.append(f"{app}: its image adds {added / 1e6:.0f} MB to {BASE}")

    assert added < MOST_BYTES


def test_an_image_holds_the_code_of_its_app_alone(app: str, image: str) -> None:
    names = " -o ".join(f"-name {name}" for name in CODE)
    found = run_in(image, f"find / -xdev -type d '(' {names} ')' 2>/dev/null || true").split()

    assert {place.rpartition("/")[2] for place in found} == {"caravan", "servicekit", f"{app}_app"}


def test_an_image_holds_neither_compiler_nor_installer_nor_cache_nor_tests(image: str) -> None:
    tools = run_in(image, "command -v gcc cc c++ make ld git pip pip3 uv || true")
    caches = run_in(image, "find / -xdev -name .cache 2>/dev/null; find /tmp /srv -mindepth 1")
    tests = run_in(image, "find /opt/app -type d -name tests -o -name conftest.py")

    assert (tools, caches, tests) == ("", "", "")
    assert "No module named pip" in run_in(image, "python -m pip 2>&1 || true")
    assert "No module named ensurepip" in run_in(image, "python -m ensurepip 2>&1 || true")


def test_an_image_starts_as_nobody_and_is_compiled(app: str, image: str) -> None:
    compiled = run_in(
        image, f"cd /opt/app/lib/python3*/site-packages/{app}_app && ls __pycache__ tables/__pycache__"
    )

    assert run_in(image, "id -u; id -g").split() == ["10001", "10001"]
    assert run_in(image, "touch /opt/app/x 2>&1 || true").endswith("Read-only file system\n")
    assert "main.cpython-313.pyc" in compiled


def test_an_image_says_what_it_is_and_what_its_entry_point_can_do(app: str, image: str) -> None:
    labels = engine().inspect(image)["Config"]["Labels"]
    said = engine().run("run", "--rm", "--read-only", image, "--help")

    assert labels["org.opencontainers.image.title"] == image
    assert labels["org.opencontainers.image.base.name"] == BASE
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    assert {"migrate", "serve", "worker"} <= set(said.split()), app


@pytest.fixture
def context() -> Iterator[str]:
    """An image of nothing but the build context."""
    name = "tradepost-context"
    dockerfile = ROOT / "infra/tests/support/context.Dockerfile"
    engine().run("build", "--file", str(dockerfile), "--tag", name, str(ROOT))
    yield name
    engine().remove_image(name)


def test_the_build_context_is_small_and_holds_no_tests(context: str) -> None:
    folders = run_in(context, "ls /context /context/packages /context/apps /context/requirements").split()
    tests = run_in(
        context, "find /context -name tests -o -name 'test*.py' -o -name '.git*' -o -name __pycache__"
    )
    size_of_it = int(run_in(context, "du -sb /context").split()[0])

    assert {"apps", "packages", "requirements", "caravan", "servicekit", "platform", "trading"} <= set(
        folders
    )
    assert not {"devdb", "docs", "infra", "bench"} & set(folders)
    assert tests == ""
    assert size_of_it < MOST_CONTEXT


def test_a_missing_setting_ends_the_process_with_its_name(image: str) -> None:
    said = engine().run("run", "--rm", image, "serve", check=False)
    migrating = engine().run("run", "--rm", image, "migrate", check=False)

    assert "settings: DATABASE_URL: it is not set" in said
    assert "error[no-database-url]" in migrating
