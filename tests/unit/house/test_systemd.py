"""The unit keeps its promises: systemd itself checks it where it is installed, its text is checked everywhere."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = "/opt/sentinel/bin/sentinel"

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("systemd-tmpfiles") or not shutil.which("systemd-sysusers"),
    reason="needs root and systemd's tools, to give folders away below another root",
)


def installed(root: Path, into: Path, gpu: bool = False) -> Path:
    """A copy of the unit whose program exists on this machine."""
    program = shutil.which("true")
    assert program
    unit = into / "sentinel.service"
    text = (root / "systemd/sentinel.service").read_text()
    unit.write_text(text.replace(PROGRAM, program))
    if gpu:
        (into / "sentinel.service.d").mkdir()
        shutil.copy(root / "systemd/sentinel-gpu.conf", into / "sentinel.service.d/gpu.conf")
    return unit


def run(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@analyze
@pytest.mark.parametrize("gpu", [False, True])
def test_systemd_finds_nothing_to_complain_about(root: Path, tmp_path: Path, gpu: bool) -> None:
    verified = run("systemd-analyze", "verify", "--man=no", installed(root, tmp_path, gpu))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@analyze
def test_a_misspelt_key_is_found(root: Path, tmp_path: Path) -> None:
    unit = installed(root, tmp_path)
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPriviledges="))
    verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert "NoNewPriviledges" in verified.stderr


@analyze
@pytest.mark.parametrize("gpu", [False, True])
def test_the_unit_is_rated_at_most_two_of_ten_exposed(root: Path, tmp_path: Path, gpu: bool) -> None:
    unit = installed(root, tmp_path, gpu)
    rated = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
    assert rated.returncode == 0, rated.stdout + rated.stderr


@analyze
def test_a_unit_that_lost_its_sandbox_is_refused(root: Path, tmp_path: Path) -> None:
    unit = installed(root, tmp_path)
    bare = [line for line in unit.read_text().splitlines() if not line.startswith(("Protect", "Restrict", "Capa"))]
    unit.write_text("\n".join(bare))
    rated = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
    assert rated.returncode != 0


def test_the_daemon_says_when_it_is_ready_and_is_watched(root: Path) -> None:
    unit = settings(root / "systemd/sentinel.service")
    assert unit["Type"] == ["notify"]
    assert unit["ExecStart"] == [f"{PROGRAM} up"]
    assert unit["WatchdogSec"]
    assert unit["Restart"] == ["on-failure"]


def test_workers_survive_a_restart_of_the_daemon(root: Path) -> None:
    unit = settings(root / "systemd/sentinel.service")
    assert unit["KillMode"] == ["process"]
    assert unit["OOMPolicy"] == ["continue"]
    assert unit["RemoveIPC"] == ["no"]
    assert unit["RuntimeDirectoryPreserve"] == ["restart"]
    assert unit["User"] == ["sentinel"]
    assert "DynamicUser" not in unit
    temporary = [value for value in unit["Environment"] if value.startswith("TMPDIR=")]
    assert temporary == ["TMPDIR=/var/cache/sentinel/tmp"], "PrivateTmp is emptied with every stop"


def test_torch_can_run_inside_the_sandbox(root: Path) -> None:
    unit = settings(root / "systemd/sentinel.service")
    assert unit["SystemCallErrorNumber"] == ["EPERM"]
    assert "MemoryDenyWriteExecute" not in unit
    assert "ProcSubset" not in unit


def test_the_door_can_tell_who_knocks(root: Path) -> None:
    unit = settings(root / "systemd/sentinel.service")
    assert "PrivateUsers" not in unit
    assert unit["RuntimeDirectoryMode"] == ["0750"]


def test_tokens_come_as_credentials_and_never_in_the_environment(root: Path) -> None:
    unit = settings(root / "systemd/sentinel.service")
    assert {"hf-token", "chat-hook"} <= set(unit["LoadCredential"])
    assert not [value for value in unit["Environment"] if "TOKEN" in value.upper()]
    assert "EnvironmentFile" not in unit


def test_every_folder_that_the_unit_relies_on_is_made_by_somebody(root: Path) -> None:
    made = {line.split()[1] for line in tmpfiles(root)}
    unit = settings(root / "systemd/sentinel.service")
    for variable in unit["Environment"]:
        name, _, path = variable.partition("=")
        parents = {str(parent) for parent in Path(path).parents}
        assert path in made or "/var/cache/sentinel" in parents, f"nobody makes {path} for {name}"


@as_root
def test_the_user_and_the_folders_come_into_being(root: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    users = run("systemd-sysusers", f"--root={tmp_path}", root / "systemd/sentinel-sysusers.conf")
    assert users.returncode == 0, users.stderr
    folders = run("systemd-tmpfiles", f"--root={tmp_path}", "--create", root / "systemd/sentinel-tmpfiles.conf")
    assert folders.returncode == 0, folders.stderr
    account = next(line for line in (tmp_path / "etc/passwd").read_text().splitlines() if line.startswith("sentinel:"))
    number = int(account.split(":")[2])
    assert account.endswith(":/usr/sbin/nologin")
    for line in tmpfiles(root):
        _, path, mode, user, *_ = line.split()
        status = (tmp_path / path.lstrip("/")).stat()
        assert status.st_mode & 0o777 == int(mode, 8)
        assert status.st_uid == (number if user == "sentinel" else 0)


def tmpfiles(root: Path) -> list[str]:
    text = (root / "systemd/sentinel-tmpfiles.conf").read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]
