"""What the repository must not carry, and what its locks must agree on."""

import re
import subprocess
import tomllib
from pathlib import Path

# In parts, so that this file does not find itself.
HOSTS = "|".join(
    re.escape(name) + r"\." + ending
    for name, ending in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "(?:org|com)"),
        ("deb.debian", "org"),
        ("security.debian", "org"),
        ("archive.ubuntu", "com"),
        ("crates", "io"),
        ("proxy.golang", "org"),
    )
)
HOMES = r"/(?:work|farm|root|home|Users)/[.\w]"
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def tracked_texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        # What others wrote is kept as they wrote it; test_vendored.py answers for it.
        if path.is_file() and "/vendor/" not in name:
            content = path.read_bytes()
            if b"\0" not in content:
                texts[name] = content.decode()
    return texts


def places_of(pattern: str) -> list[str]:
    return [
        f"{name}: {line.strip()}"
        for name, text in tracked_texts().items()
        for line in text.splitlines()
        if re.search(pattern, line)
    ]


def pinned(lock: str) -> dict[str, str]:
    return dict(PINNED.findall(Path(lock).read_text()))


def test_no_file_names_a_package_host() -> None:
    assert places_of(HOSTS) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert places_of(HOMES) == []


def test_the_tests_run_with_the_versions_that_people_run() -> None:
    runtime = pinned("requirements.lock")
    assert runtime
    assert {name: pinned("requirements-test.lock").get(name) for name in runtime} == runtime


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())
    groups = project["dependency-groups"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^\w-]", requirement)[0].lower() for requirement in requirements}

    assert names(project["project"]["dependencies"] + groups["build"]) <= set(pinned("requirements.lock"))
    assert names(groups["test"] + groups["lint"]) <= set(pinned("requirements-test.lock"))
