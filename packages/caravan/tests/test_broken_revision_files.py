from __future__ import annotations

import pytest
from workshop import Result, ToyApp, Workshop, write


def refusal(workshop: Workshop) -> Result:
    result = workshop.run("migrate")
    assert (result.code, result.error) == (2, "bad-revision-file")
    assert workshop.value("SELECT to_regnamespace('platform')") is None, "nothing may be begun"
    return result


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def upgrade(:\n", "not Python"),
        ("a = 'nul\0byte'\n", "not Python"),
        ("down_revision = None\n", "it has no line like revision ="),
        ('revision = ""\ndown_revision = None\n', "it has no line like revision ="),
        ('revision = "aaa"\n', "it has no down_revision"),
        ('revision = "aaa"\ndown_revision = 5\n', "down_revision must be"),
        ('revision = "aa" + str(1)\ndown_revision = None\n', "revision must be written out"),
        ('revision = "aaa"\ndown_revision = None\nrequires = ["platform"]\n', "requires must look like"),
        ('revision = "aaa"\ndown_revision = None\nrequires = {"platform": 5}\n', "requires must look like"),
        ('revision = "aaa"\ndown_revision = None\naccepts = "all"\n', "accepts must look like"),
        (
            'revision = "aaa"\ndown_revision = None\nphase = "later"\n',
            "phase must be one of expand, contract",
        ),
        (
            'revision = "aaa"\ndown_revision = None\ndepends_on = "bbb"\n',
            "depends_on is not followed; name revisions of other apps in requires, and of this one in down_revision",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    workshop: Workshop, source: str, reason: str
) -> None:
    app = workshop.app("platform")
    path = write(app.versions / "2026_11_21_1001_broken.py", source)
    text = refusal(workshop).text
    assert str(path) in text
    assert reason in text


def test_what_is_no_file_is_named_with_the_reason(workshop: Workshop, platform: ToyApp) -> None:
    (platform.versions / "2026_11_21_1200_folder.py").mkdir()
    text = refusal(workshop).text
    assert "2026_11_21_1200_folder.py: it cannot be read: Is a directory" in text


def test_two_files_cannot_be_the_same_revision(workshop: Workshop, platform: ToyApp) -> None:
    write(platform.versions / "2026_11_21_1200_copy.py", platform.revisions[platform.head].read_text())
    assert f'revision "{platform.head}" is also 2026_11_21_1001_step_1.py' in refusal(workshop).text


def test_a_revision_cannot_follow_one_that_does_not_exist(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT 1", follows="0123456789ab")
    assert 'follows "0123456789ab", which does not exist' in refusal(workshop).text


def test_revisions_cannot_follow_each_other_in_a_circle(workshop: Workshop) -> None:
    app = workshop.app("platform")
    app.revise("SELECT 1", revision="aaa", follows="bbb")
    app.revise("SELECT 1", revision="bbb", follows="aaa")
    assert "in a circle" in refusal(workshop).text


def test_annotated_headers_and_a_missing_docstring_are_understood(workshop: Workshop) -> None:
    app = workshop.app("platform")
    source = (
        "from collections.abc import Sequence\nfrom alembic import op\n"
        'revision: str = "aaa"\ndown_revision: str | Sequence[str] | None = None\nphase: str = "expand"\n'
        'accepts = {"rename": "nobody reads it yet"}\n'
        "def upgrade():\n    op.execute('CREATE TABLE platform.thing ()')\n"
        "def downgrade():\n    op.execute('DROP TABLE platform.thing')\n"
    )
    write(app.versions / "2026_11_21_1001_add_thing.py", source)
    result = workshop.run("migrate", "--json")
    [applied] = result.data["applied"]
    assert (applied["app"], applied["revision"], applied["message"]) == ("platform", "aaa", "add thing")


def test_files_that_are_no_revisions_do_not_disturb(workshop: Workshop, platform: ToyApp) -> None:
    write(platform.versions / "README.md", "not Python")
    write(platform.versions / "__init__.py", "")
    write(platform.versions / "__pycache__" / "stale.py", "revision = 1")
    assert workshop.run("migrate", "--json").applied == [platform.head]


def test_a_merge_of_two_branches_is_one_head(workshop: Workshop, platform: ToyApp) -> None:
    first = platform.head
    left = platform.revise("CREATE TABLE platform.a ()", "DROP TABLE platform.a", follows=first)
    right = platform.revise("CREATE TABLE platform.b ()", "DROP TABLE platform.b", follows=first)
    merged = platform.revise("CREATE TABLE platform.c ()", "DROP TABLE platform.c", follows=(left, right))
    result = workshop.run("migrate", "--json")
    assert (result.applied[0], result.applied[-1]) == (first, merged)
    assert workshop.version("platform") == [merged]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
    assert workshop.relations("platform") == ["a", "b", "c", "user"]


def test_windows_line_ends_are_the_same_revision(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    path = platform.revisions[platform.head]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
