"""The commit of a folder, asked of the real git."""

import os
import subprocess
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside import git as port
from sentinel.outside.git import commit_of


def git(folder: Path, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": os.fspath(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    settings = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    )
    return subprocess.run(["git", *settings, *words], cwd=folder, env=environment, check=True, capture_output=True,
                          text=True).stdout.strip()  # fmt: skip


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    folder = tmp_path / "workspace"
    (folder / "recipes").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "recipes" / "retrain.yaml").write_text("recipe: retrain\n")
    (folder / ".gitignore").write_text(".sentinel/\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def test_a_clean_folder_is_its_commit(repository):
    head = git(repository, "rev-parse", "HEAD")
    assert commit_of(repository) == (head, False, None)
    assert commit_of(repository / "recipes") == (head, False, None)


def test_what_git_ignores_does_not_make_a_folder_dirty(repository):
    (repository / ".sentinel").mkdir()
    (repository / ".sentinel" / "ledger").write_text("x")
    assert commit_of(repository)[1:] == (False, None)


def test_every_way_of_being_dirty_has_its_own_digest(repository):
    recipe, head = repository / "recipes" / "retrain.yaml", git(repository, "rev-parse", "HEAD")
    seen = [commit_of(repository)]
    recipe.write_text("recipe: other\n")
    seen.append(commit_of(repository))
    recipe.write_text("recipe: third\n")
    seen.append(commit_of(repository))
    recipe.unlink()
    seen.append(commit_of(repository))
    recipe.symlink_to("elsewhere")
    seen.append(commit_of(repository))
    recipe.unlink()
    git(repository, "checkout", "--", ".")
    recipe.chmod(0o755)
    seen.append(commit_of(repository))
    git(repository, "checkout", "--", ".")
    (repository / "new ü\nfile").write_bytes(b"new")
    seen.append(commit_of(repository))
    with open(os.fsencode(repository) + b"/\xff", "w"):
        seen.append(commit_of(repository))
    assert [commit for commit, _, _ in seen] == [head] * 8
    assert [dirty for _, dirty, _ in seen] == [False] + [True] * 7
    assert len({digest for _, _, digest in seen}) == 8


def test_the_same_change_has_the_same_digest_staged_or_not_and_again_later(repository):
    (repository / "recipes" / "retrain.yaml").write_text("recipe: other\n")
    (repository / "recipes" / "new.yaml").write_text("recipe: new\n")
    before = commit_of(repository)
    git(repository, "add", ".")
    assert commit_of(repository) == before
    os.utime(repository / "recipes" / "new.yaml", (1, 1))
    assert commit_of(repository) == before


def test_only_the_folder_itself_counts_where_a_repository_is_larger(repository):
    (repository / "outside.txt").write_text("x")
    assert commit_of(repository / "recipes")[1] is False
    (repository / "recipes" / "in.txt").write_text("x")
    assert commit_of(repository / "recipes")[1] is True


def test_before_the_first_commit_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    folder = tmp_path / "workspace"
    folder.mkdir()
    git(folder, "init", "--quiet")
    assert commit_of(folder) == (None, False, None)
    (folder / "file").write_text("x")
    commit, dirty, digest = commit_of(folder)
    assert (commit, dirty) == (None, True) and digest


def test_outside_a_repository_there_is_no_commit(tmp_path):
    assert commit_of(tmp_path) == (None, False, None)
    (tmp_path / ".git").mkdir()
    assert commit_of(tmp_path) == (None, False, None)


def test_nothing_that_a_repository_configures_is_run_and_nothing_in_it_is_written(repository, tmp_path, monkeypatch):
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "pager.status"):
        git(repository, "config", name, os.fspath(trap))
    (repository / ".git" / "hooks").mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman"):
        (repository / ".git" / "hooks" / hook).write_text(trap.read_text())
        (repository / ".git" / "hooks" / hook).chmod(0o755)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", os.fspath(trap))
    os.utime(repository / "recipes" / "retrain.yaml", (1, 1))
    before = (repository / ".git" / "index").read_bytes()
    assert commit_of(repository)[1] is False
    assert not (tmp_path / "sprung").exists()
    assert (repository / ".git" / "index").read_bytes() == before


def test_a_repository_that_git_will_not_read_is_a_refusal_and_not_a_clean_folder(repository):
    (repository / ".git" / "config").write_text("[broken\n")
    with pytest.raises(Refused, match="E-git: the commit of this repository cannot be read"):
        commit_of(repository)


def test_a_machine_without_git_and_a_git_that_hangs_are_refusals(repository, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(Refused, match="git is not installed"):
        commit_of(repository)
    (tmp_path / "git").write_text("#!/bin/sh\nexec /bin/sleep 5\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setattr(port, "_TIMEOUT", 0.1)
    with pytest.raises(Refused, match="did not answer"):
        commit_of(repository)
