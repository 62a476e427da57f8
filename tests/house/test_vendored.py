"""What others wrote and we keep: known by name, licence and checksum, and not changed by a hand or a download."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

folders = pytest.mark.parametrize("folder", [Path("static/vendor"), Path("tests/vendor")], ids=str)


class Vendored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str
    name: str
    version: str
    licence: str
    licence_file: str
    sha256: str


def manifest(folder: Path) -> list[Vendored]:
    return msgspec.json.decode((folder / "manifest.json").read_bytes(), type=list[Vendored])


@folders
def test_the_manifest_names_every_vendored_file_with_its_checksum(folder: Path) -> None:
    aside = {"manifest.json", *(row.licence_file for row in manifest(folder))}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert {row.file: row.sha256 for row in manifest(folder)} == {
        name: sha256(path.read_bytes()).hexdigest() for name, path in found.items() if name not in aside
    }


@folders
def test_every_vendored_file_has_a_version_and_the_text_of_its_licence(folder: Path) -> None:
    assert manifest(folder)
    for row in manifest(folder):
        assert row.name
        assert row.version
        assert row.licence
        assert (folder / row.licence_file).read_text().strip(), row.file
