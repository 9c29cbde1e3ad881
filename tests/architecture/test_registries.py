"""What .ci/registries.py refuses: shown on small repositories made for the purpose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import registries

HOST = registries.HOSTS[0]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    write("README.md", "A project.\n")
    commit("Begin")
    return tmp_path


def git(*command: str) -> None:
    subprocess.run(["git", *command], check=True)


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def commit(message: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)


@pytest.mark.usefixtures("checkout")
def test_a_clean_repository_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert registries.main([]) == 0
    assert capsys.readouterr().out == "No registry, no address, no local path.\n"


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("host", registries.HOSTS)
def test_a_file_that_names_a_registry_is_refused_with_its_line(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("docs/index.md", f"Install it\nfrom https://{host}/project\n")
    assert registries.main(["--tree"]) == 1
    assert capsys.readouterr().out == f"docs/index.md:2: names a package registry, {host}\n"


@pytest.mark.usefixtures("checkout")
def test_a_mirror_of_a_registry_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    mirror = "mirror.company.test/" + "simple/"
    write("setup.cfg", f"index = https://{mirror}\n")
    assert registries.main(["--tree"]) == 1
    assert "mirror.company.test" in capsys.readouterr().out


@pytest.mark.usefixtures("checkout")
def test_an_address_that_is_kept_for_examples_is_accepted() -> None:
    write("docs/index.md", "index = https://mirror.example.com/simple/\n")
    assert registries.main(["--tree"]) == 0


@pytest.mark.usefixtures("checkout")
def test_a_name_that_only_ends_like_a_registrys_is_accepted() -> None:
    write("docs/index.md", f"See not-{HOST} and {HOST}-like.example.com\n")
    assert registries.main(["--tree"]) == 0


@pytest.mark.usefixtures("checkout")
def test_what_was_removed_again_is_still_found_in_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    write("notes.txt", f"{HOST}\n")
    commit("Add notes")
    Path("notes.txt").unlink()
    commit("Remove notes")
    assert registries.main(["--tree"]) == 0
    assert registries.main([]) == 1
    assert "notes.txt in " in capsys.readouterr().out


@pytest.mark.usefixtures("checkout")
def test_a_commit_message_that_names_a_registry_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    write("notes.txt", "clean\n")
    commit(f"Take packages from {HOST}")
    assert registries.main([]) == 1
    assert capsys.readouterr().out.startswith("commit in ")


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.com/packages",
        "--extra-index-url=https://example.com/packages",
        "--find-links wheels",
        "-i https://example.com/packages",
        "thing @ file:///wheels/thing.whl",
    ],
)
def test_a_lock_with_an_address_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("requirements/tests.txt", f"pytest==9.2.0 \\\n    --hash=sha256:00\n{line}\n")
    assert registries.main(["--tree"]) == 1
    assert capsys.readouterr().out.startswith("requirements/tests.txt:3: a lock with an address")


@pytest.mark.usefixtures("checkout")
def test_a_lock_of_versions_and_hashes_is_accepted() -> None:
    write(
        "requirements/tests.txt",
        "pytest==9.2.0 ; python_version > '3' \\\n    --hash=sha256:00\n    # via caravan\n",
    )
    assert registries.main(["--tree"]) == 0


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("name", sorted(registries.RECORDS_ADDRESSES))
def test_a_lock_of_a_kind_that_records_addresses_is_refused(name: str) -> None:
    write(name, "nothing yet\n")
    assert registries.main(["--tree"]) == 1


def test_a_file_that_names_the_checkouts_own_folder_is_refused(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("docs/index.md", f"cd {checkout}/docs\n")
    assert registries.main(["--tree"]) == 1
    assert capsys.readouterr().out == f"docs/index.md:1: names a folder of this machine, {checkout}/\n"


@pytest.mark.usefixtures("checkout")
def test_a_file_that_git_ignores_may_say_anything() -> None:
    write(".gitignore", "private\n")
    write("private", f"{HOST}\n")
    assert registries.main(["--tree"]) == 0
