"""Where the door is, and who can look into its folder."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from sentinel.api.place import address, door_path, found_doors, make_private
from sentinel.domain.refusal import Refused

ME = os.geteuid()


def test_the_runtime_folder_of_a_service_comes_first(tmp_path: Path) -> None:
    told = {"RUNTIME_DIRECTORY": "/run/sentinel:/run/other", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert door_path(tmp_path, told, ME) == Path("/run/sentinel/door.sock")


def test_then_the_users_own_with_a_name_for_each_workspace(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    one, other = (door_path(tmp_path / name, {"XDG_RUNTIME_DIR": str(tmp_path)}, ME) for name in ("one", "other"))
    assert one.parent == tmp_path / "sentinel" == other.parent
    assert one != other
    assert len(one.stem) == 8 and int(one.stem, 16) >= 0


def test_a_workspace_has_one_door_however_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    told = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert door_path(tmp_path / "link", told, ME) == door_path(tmp_path, told, ME)


def test_without_either_it_is_in_the_temporary_folder_under_the_users_number(tmp_path: Path) -> None:
    assert door_path(tmp_path, {}, ME).parent == Path(tempfile.gettempdir()) / f"sentinel-{ME}"


def test_a_client_also_looks_where_the_owner_of_the_workspace_would_open(tmp_path: Path) -> None:
    found = found_doors(tmp_path, {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert found[0].parent == tmp_path / "sentinel"
    assert Path(tempfile.gettempdir()) / f"sentinel-{tmp_path.stat().st_uid}" in {door.parent for door in found}


def test_a_folder_that_was_open_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    make_private(folder, None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(ME != 0, reason="only root can give a folder to any group")
def test_the_group_may_pass_where_there_is_one(tmp_path: Path) -> None:
    make_private(tmp_path / "door", 54321)
    status = (tmp_path / "door").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o750, 54321)


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "door").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="E-door"):
        make_private(tmp_path / "door", None)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "door").touch()
    with pytest.raises(Refused, match="E-door"):
        make_private(tmp_path / "door", None)


@pytest.mark.skipif(ME != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "door").mkdir()
    os.chown(tmp_path / "door", 65534, -1)
    with pytest.raises(Refused, match="belongs to somebody else"):
        make_private(tmp_path / "door", None)


def test_a_path_too_long_for_a_socket_works_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with address(folder / "door.sock") as place:
            server.bind(place)
        server.listen()
        with address(folder / "door.sock") as place:
            client.connect(place)
    assert (folder / "door.sock").exists()
