"""The private folder of one pair of servers: data, logs, locks, and whose they are."""

import contextlib
import hashlib
import os
import pwd
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from clinic.dev.processes import Identity, StartError, run

NAME = "footwork"  # database, database role and prefix of folders outside the checkout
MARK = f"{NAME}.lock"  # only a folder that holds it is ever adopted, given away or deleted
SYSTEM_TEMPORARY = Path("/tmp")  # noqa: S108  short on purpose: a socket path holds 107 bytes
SYSTEM_STATE = Path("/var/tmp")  # noqa: S108  survives a restart, and `nobody` can walk to it


def _is_reachable(path: Path) -> bool:
    """May a user without rights of its own walk to this path?"""
    return all(part.stat().st_mode & 0o005 == 0o005 for part in [path, *path.parents] if part.exists())


def _site_packages(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StartError(f"{package} is missing: run `make setup` first")
    return Path(spec.origin).parent.parent


class Folder:
    """As root the servers run as `nobody`, because PostgreSQL refuses to run as root."""

    def __init__(self, chosen: Path) -> None:
        chosen = chosen.resolve()
        digest = hashlib.sha256(str(chosen).encode()).hexdigest()[:8]
        self.is_root = os.geteuid() == 0
        nobody = pwd.getpwnam("nobody")
        self.uid, self.gid = (nobody.pw_uid, nobody.pw_gid) if self.is_root else (os.geteuid(), os.getegid())
        reachable = not self.is_root or _is_reachable(chosen.parent)  # not so: a checkout in a 0700 home
        self.home = chosen if reachable else SYSTEM_STATE / f"{NAME}-{digest}"
        self.sockets = SYSTEM_TEMPORARY / f"{NAME}-{os.geteuid()}-{digest}"

    @property
    def is_ours(self) -> bool:
        return (self.home / MARK).exists()

    @property
    def identity(self) -> Identity:
        if not self.is_root:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def make(self) -> None:
        for path in (self.home, self.sockets):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.is_symlink() or path.stat().st_uid not in {os.geteuid(), self.uid}:
                raise StartError(f"{path} belongs to somebody else")
            if path == self.home and not self.is_ours and any(path.iterdir()):
                raise StartError(f"{path} holds other files; name an empty folder")
            self.give(path)
            path.chmod(0o700)
        (self.home / MARK).touch()

    def give(self, path: Path) -> None:
        if self.is_root:
            os.chown(path, self.uid, self.gid)

    def write(self, name: str, text: str) -> Path:
        """Whole or not at all, readable by the server and by us only."""
        path = self.home / name
        part = path.with_name(f"{name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(text)
        self.give(part)
        return part.replace(path)

    def read(self, name: str) -> str:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return (self.home / name).read_text().strip()
        return ""

    def delete(self) -> None:
        if self.is_ours:
            for path in (self.home, self.sockets):
                shutil.rmtree(path, ignore_errors=True)

    def wheel(self, distribution: str, *names: str) -> Path:
        """Where the wheel's files lie; as root, where `nobody` can reach them: one copy per version."""
        source = _site_packages(distribution.replace("-", "_"))
        present = [name for name in names if (source / name).exists()]
        if not self.is_root or all(_is_reachable(source / name) for name in present):
            return source
        target = self.home / f"{distribution}-{version(distribution)}"
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            for name in present:
                shutil.copytree(source / name, part / name, symlinks=True)
            run(["chmod", "-R", "a+rX", part])
            part.rename(target)
        return target
