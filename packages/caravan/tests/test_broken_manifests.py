from __future__ import annotations

from pathlib import Path

import pytest
from workshop import ToyApp, Workshop, write


def refusal(workshop: Workshop, **environment: str) -> str:
    result = workshop.run("status", **environment)
    assert (result.code, result.error, result.out) == (2, "bad-manifest", "")
    return result.text


def test_a_manifest_that_is_not_toml_is_named_with_the_place(workshop: Workshop, platform: ToyApp) -> None:
    path = write(platform.folder / "caravan.toml", 'app = "platform"\nschema = platform\n')
    text = refusal(workshop)
    assert str(path) in text
    assert "line 2" in text


def test_a_manifest_that_is_not_text_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    (platform.folder / "caravan.toml").write_bytes(b'app = "\xff\xfe"\n')
    assert "not TOML" in refusal(workshop)


def test_a_package_without_a_manifest_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    (platform.folder / "caravan.toml").unlink()
    assert "there is no such file" in refusal(workshop)


@pytest.mark.parametrize("key", ["app", "schema", "metadata"])
def test_each_missing_key_is_named(workshop: Workshop, platform: ToyApp, key: str) -> None:
    platform.write_manifest(**{key: None})
    assert f'the key "{key}" is missing' in refusal(workshop)


def test_an_unknown_key_is_named(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_manifest(shema="platform")
    assert 'the key "shema" is unknown' in refusal(workshop)


@pytest.mark.parametrize("line", ["schema = 5", 'schema = ""', "schema = []"])
def test_a_value_that_is_no_text_is_refused(workshop: Workshop, platform: ToyApp, line: str) -> None:
    write(platform.folder / "caravan.toml", f'app = "platform"\nmetadata = "a:b"\n{line}\n')
    assert '"schema" must be a text' in refusal(workshop)


@pytest.mark.parametrize("schema", ["caravan", "information_schema", "pg_toys", "pg_catalog"])
def test_a_schema_that_is_somebody_elses_by_nature_is_refused(
    workshop: Workshop, platform: ToyApp, schema: str
) -> None:
    platform.write_manifest(schema=schema)
    assert f'schema = "{schema}" cannot be an app\'s' in refusal(workshop)


@pytest.mark.parametrize("key", ["schema", "version_table", "owner", "runtime"])
@pytest.mark.parametrize("name", ["n" * 64, "ü" * 32, "a\0b"], ids=["64 letters", "64 bytes", "NUL"])
def test_a_name_that_postgres_would_cut_short_or_refuse_is_refused(
    workshop: Workshop, platform: ToyApp, key: str, name: str
) -> None:
    platform.write_manifest(**{key: name})
    assert f'"{key}" must have at most 63 bytes and no NUL' in refusal(workshop)


def test_a_role_that_is_named_after_a_long_app_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_manifest(app="p" * 60, owner=None)
    assert '"owner" must have at most 63 bytes' in refusal(workshop)


@pytest.mark.parametrize("keys", [("owner", "owner"), ("runtime", "runtime"), ("owner", "runtime")])
def test_two_apps_cannot_have_one_role(workshop: Workshop, platform: ToyApp, keys: tuple[str, str]) -> None:
    ours, theirs = keys
    trading = workshop.app("trading")
    trading.write_manifest(**{ours: platform.manifest[theirs]})
    assert f"is also the {theirs} role of platform; each role" in refusal(workshop)


def test_an_app_needs_two_roles(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_manifest(runtime=platform.owner)
    assert "is also the owner role of platform; each role" in refusal(workshop)


def test_a_manifest_that_cannot_be_read_is_named(workshop: Workshop, platform: ToyApp) -> None:
    (platform.folder / "caravan.toml").unlink()
    (platform.folder / "caravan.toml").mkdir()
    text = refusal(workshop)
    assert str(platform.folder / "caravan.toml") in text
    assert "Is a directory" in text


@pytest.mark.parametrize("key", ["metadata", "references"])
def test_a_value_that_is_no_attribute_of_a_module_is_refused(
    workshop: Workshop, platform: ToyApp, key: str
) -> None:
    platform.write_manifest(**{key: "tables.metadata"})
    assert f'"{key}" must look like "module:attribute"' in refusal(workshop)


@pytest.mark.parametrize("metadata", ["no_such_module:metadata", "{package}.tables:no_such_name", "os:path"])
def test_models_that_are_not_there_are_refused_with_the_place_that_was_named(
    workshop: Workshop, platform: ToyApp, metadata: str
) -> None:
    named = metadata.format(package=platform.package)
    platform.write_manifest(metadata=named)
    result = workshop.run("bootstrap")
    assert (result.code, result.error) == (2, "bad-manifest")
    assert named in result.text


def test_references_that_are_not_there_are_refused(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_manifest(references=f"{platform.package}.nowhere:references")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (2, "bad-manifest")
    assert f"{platform.package}.nowhere:references" in result.text


def test_a_missing_migrations_folder_is_named(workshop: Workshop, platform: ToyApp) -> None:
    platform.write_manifest(migrations="elsewhere")
    assert "the migrations folder elsewhere does not exist" in refusal(workshop)


def test_a_package_that_is_not_installed_is_named(workshop: Workshop, platform: ToyApp) -> None:
    assert 'no package "no_such_package"' in refusal(
        workshop, CARAVAN_APPS=f"{platform.package},no_such_package"
    )
    assert 'no package "no.such.package"' in refusal(workshop, CARAVAN_APPS="no.such.package")


def test_two_packages_cannot_have_one_name(workshop: Workshop, platform: ToyApp) -> None:
    other = workshop.app("other")
    other.write_manifest(app="platform")
    assert f'the app name "platform" is also used by {platform.package}' in refusal(workshop)


def test_two_apps_cannot_keep_their_versions_in_one_table(workshop: Workshop, platform: ToyApp) -> None:
    workshop.app("audit", schema="platform")
    text = refusal(workshop)
    assert f"also keeps its version in {platform.schema}.alembic_version" in text
    assert 'version_table = "alembic_version_' in text


def test_apps_are_found_by_entry_point_under_the_name_their_manifest_gives(
    workshop: Workshop, platform: ToyApp
) -> None:
    name = f"shop_{workshop.suffix}"
    platform.write_manifest(app=name, schema=name)
    install(workshop.root, name, platform.package)
    result = workshop.process("status", "--json", CARAVAN_APPS="")
    assert result.code == 0, result.err
    assert name in [app["app"] for app in result.data["apps"]]


def test_an_entry_point_and_its_manifest_must_agree_on_the_name(workshop: Workshop, platform: ToyApp) -> None:
    install(workshop.root, "plattform", platform.package)
    result = workshop.process("status", CARAVAN_APPS="")
    assert (result.code, result.error) == (2, "bad-manifest")
    assert 'the entry point calls it "plattform"' in result.text


@pytest.mark.usefixtures("trading")
def test_an_app_that_is_not_there_is_refused_with_the_names_of_those_that_are(workshop: Workshop) -> None:
    for arguments in (("migrate", "tradign"), ("rollback", "tradign"), ("history", "tradign")):
        result = workshop.run(*arguments)
        assert (result.code, result.error) == (2, "no-such-app")
        assert "Known: platform, trading" in result.text


def install(root: Path, name: str, package: str) -> None:
    folder = root / f"{package}-1.0.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    write(folder / "entry_points.txt", f"[caravan.apps]\n{name} = {package}\n")
