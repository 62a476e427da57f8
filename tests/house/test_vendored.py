"""What others wrote and we serve: known by name, licence and checksum, and not changed by a hand or a download."""

from hashlib import sha256
from pathlib import Path

import msgspec

VENDOR = Path("static/vendor")


class Vendored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str
    name: str
    version: str
    licence: str
    licence_file: str
    sha256: str


def manifest() -> list[Vendored]:
    return msgspec.json.decode((VENDOR / "manifest.json").read_bytes(), type=list[Vendored])


def test_the_manifest_names_every_vendored_file_with_its_checksum() -> None:
    aside = {"manifest.json", *(row.licence_file for row in manifest())}
    found = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file()}
    assert {row.file: row.sha256 for row in manifest()} == {
        name: sha256(path.read_bytes()).hexdigest() for name, path in found.items() if name not in aside
    }


def test_every_vendored_file_has_a_version_and_the_text_of_its_licence() -> None:
    assert manifest()
    for row in manifest():
        assert row.name
        assert row.version
        assert row.licence
        assert (VENDOR / row.licence_file).read_text().strip(), row.file
