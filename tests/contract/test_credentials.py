"""Secrets by name: the real files and the fake make the same promises."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.credentials import Credentials, FakeCredentials, Secret, read_credential

TOKEN = "hf_planted-T0P-SECRET"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """The folder of a user's own credentials."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path / "config"))
    folder = tmp_path / "config" / "sentinel" / "credentials"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def keep(home) -> Callable[..., Path]:
    def write(name: str, data: bytes = TOKEN.encode(), mode: int = 0o600) -> Path:
        (home / name).write_bytes(data)
        (home / name).chmod(mode)
        return home / name

    return write


@pytest.fixture(params=["files", "fake"])
def credentials(request, keep) -> Credentials:
    keep("hf-token")
    return read_credential if request.param == "files" else FakeCredentials({"hf-token": TOKEN})


def test_a_secret_is_found_by_its_name(credentials):
    assert credentials("hf-token") == TOKEN


def test_a_secret_is_not_in_its_repr_and_still_is_the_text(credentials):
    secret = credentials("hf-token")
    assert TOKEN not in f"{secret!r} {[secret]} {{'a': secret}}"
    assert f"Bearer {secret}" == f"Bearer {TOKEN}"
    assert isinstance(secret, str)


def test_a_name_that_has_no_secret_is_refused_with_where_to_put_it(credentials):
    with pytest.raises(Refused, match="no credential board-token") as refused:
        credentials("board-token")
    assert refused.value.refusal.where
    assert "600" in refused.value.refusal.todo


@pytest.mark.parametrize("name", ["", "..", "../hf-token", "/etc/passwd", "a/b", ".hidden", "UPPER", "a\nb", "x" * 65])
def test_a_name_never_becomes_a_path_of_its_own(credentials, name):
    with pytest.raises(Refused, match="a credential's name"):
        credentials(name)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused(keep, mode):
    path = keep("hf-token", mode=mode)
    with pytest.raises(Refused, match=rf"can be read by others \(mode {mode:04o}\)") as refused:
        read_credential("hf-token")
    assert refused.value.refusal.where == os.fspath(path)
    assert refused.value.refusal.todo == "chmod it to 600."
    assert TOKEN not in str(refused.value)


def test_a_stricter_file_is_fine(keep):
    keep("hf-token", mode=0o400)
    assert read_credential("hf-token") == TOKEN


def test_a_link_a_folder_and_a_pipe_are_refused(home, keep):
    (home / "link").symlink_to(keep("hf-token"))
    (home / "folder").mkdir(mode=0o700)
    os.mkfifo(home / "pipe", 0o600)
    for name, reason in (("link", "cannot be read"), ("folder", "is not a file"), ("pipe", "is not a file")):
        with pytest.raises(Refused, match=reason):
            read_credential(name)


def test_a_file_of_another_user_is_refused(keep):
    path = keep("hf-token")
    try:
        os.chown(path, 65534, -1)
    except PermissionError:
        pytest.skip("only root gives files away")
    with pytest.raises(Refused, match="belongs to another user"):
        read_credential("hf-token")


@pytest.mark.parametrize(
    "data, reason", [(b"", "empty"), (b"\n", "empty"), (b"x" * 70_000, "too long"), (b"\xff", "text")]
)
def test_a_file_that_holds_no_secret_is_refused_without_showing_what_it_holds(keep, data, reason):
    keep("hf-token", data)
    with pytest.raises(Refused, match=reason) as refused:
        read_credential("hf-token")
    assert "xx" not in str(refused.value)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_one_line_ending_is_not_part_of_the_secret(keep, ending):
    keep("hf-token", f" {TOKEN} \n{ending}".encode())
    assert read_credential("hf-token") == (f" {TOKEN} \n" if ending else f" {TOKEN} ")


def test_what_systemd_hands_over_comes_first_and_may_be_readable_by_a_group(keep, tmp_path, monkeypatch):
    keep("hf-token")
    keep("own")
    given = tmp_path / "given"
    given.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", os.fspath(given))
    (given / "hf-token").write_text("from systemd")
    (given / "hf-token").chmod(0o440)
    assert read_credential("hf-token") == "from systemd"
    assert read_credential("own") == TOKEN
    (given / "hf-token").chmod(0o444)
    with pytest.raises(Refused, match="can be read by others"):
        read_credential("hf-token")


def test_without_a_configured_folder_the_one_in_the_home_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    folder = tmp_path / ".config" / "sentinel" / "credentials"
    folder.mkdir(parents=True)
    (folder / "own").write_text(TOKEN)
    (folder / "own").chmod(0o600)
    assert read_credential("own") == Secret(TOKEN)
