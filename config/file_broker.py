"""A message broker in a folder: the Celery transport of an installation without Redis.

kombu's own ``filesystem://`` transport loses messages (it deletes them when they are read, and its readers
can pick up half-written files), so this one replaces it. It serves one machine; with ``REDIS_URL`` set it is
not used at all.

    tmp/             files and folders being written; nobody reads here
    ready/           one JSON file per waiting message, ``<time ns>_<uuid>_<recoveries>.<queue>.msg``
    inflight/<id>/   messages a living process has taken and not yet acknowledged, and its lock file
    bad/             files that are no message, and messages that took their consumer down again and again

A message moves between these folders by ``rename`` only, so at every moment it exists exactly once and
complete. A process holds ``flock`` on the lock file of its inflight folder: the kernel lets go of it however
the process ends, and the next consumer that looks moves what was left behind back to ``ready``. Delivery is
therefore at least once, in about the order of publishing. The database is the durable record of work; a
message only wakes a worker.

Not supported: broadcast (remote control, events) and priorities.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote

from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.utils.json import dumps, loads

LOCK_NAME = "lock"
MAX_RECOVERIES = 5  # a message that was with more killed consumers than this is set aside, not tried again
RECOVER_EVERY = 10.0  # seconds between two looks for the folders of dead processes
STALE_TMP_AFTER = 3600.0  # seconds after which an unfinished file in tmp/ has no writer any more

logger = logging.getLogger(__name__)


class Spool:
    """The folders of one broker, as one process sees them.

    One instance serves all channels of a process (see `spool_for`), because the lock that marks the process
    as alive belongs to the process and not to a connection.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pid = os.getpid()
        self.tmp, self.ready, self.inflight, self.bad = (
            root / name for name in ("tmp", "ready", "inflight", "bad")
        )
        self.make_folders()
        self._owner: Path | None = None
        self._lock_fd = -1
        self._listings: dict[str, deque[str]] = {}
        self._next_recovery = 0.0

    def make_folders(self) -> None:
        for folder in (self.tmp, self.ready, self.inflight, self.bad):
            folder.mkdir(parents=True, exist_ok=True)

    # writing

    def put(self, queue: str, payload: bytes) -> None:
        """Store one message durably; readers see it complete or not at all.

        Raises OSError when it cannot be stored (disk full, no permission).
        """
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}_0.{_quoted(queue)}.msg"
        try:
            self._write(name, payload)
        except FileNotFoundError:  # somebody emptied the broker's folder under a running system
            self.make_folders()
            self._write(name, payload)

    def _write(self, name: str, payload: bytes) -> None:
        unfinished = self.tmp / name
        try:
            with open(unfinished, "wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            os.rename(unfinished, self.ready / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    # taking

    def take(self, queue: str) -> tuple[Path, dict[str, Any]]:
        """Move the oldest waiting message of `queue` into this process's hands; returns its file and content.

        Raises queue.Empty when nothing is waiting. Files that are no message are set aside.
        """
        self.recover_now_and_then()
        while True:
            path = self._claim(queue)
            try:
                message = loads(path.read_text(encoding="utf-8"))
                message["properties"]["delivery_tag"]  # what kombu reads first of every message
            except (ValueError, TypeError, KeyError):
                self._set_aside(path, "it is not a message")
            else:
                return path, message

    def _claim(self, queue: str) -> Path:
        listing = self._listings.setdefault(queue, deque())
        for fresh in (False, True):
            if fresh:
                listing.extend(self._list(queue))
            while listing:
                name = listing.popleft()
                target = self._own_folder() / name
                try:
                    os.rename(self.ready / name, target)
                except FileNotFoundError:  # another consumer was first, or the broker was emptied
                    continue
                return target
        raise Empty

    def _list(self, queue: str) -> list[str]:
        ending = f".{_quoted(queue)}.msg"
        try:
            return sorted(name for name in os.listdir(self.ready) if name.endswith(ending))
        except FileNotFoundError:
            self.make_folders()
            return []

    def count(self, queue: str) -> int:
        return len(self._list(queue))

    def purge(self, queue: str) -> int:
        """Delete what waits in `queue`, leave what is in somebody's hands; returns how many."""
        count = 0
        for name in self._list(queue):
            try:
                (self.ready / name).unlink()
            except FileNotFoundError:
                continue
            count += 1
        return count

    def give_back(self, path: Path) -> None:
        """Put a taken message back where everybody can take it; one that is gone stays gone."""
        try:
            os.rename(path, self.ready / path.name)
        except FileNotFoundError:
            logger.warning("Message %s vanished from the broker's folder", path.name)

    def _set_aside(self, path: Path, reason: str) -> None:
        try:
            os.rename(path, self.bad / path.name)
        except FileNotFoundError:
            return
        logger.error("Broker file %s moved to %s: %s", path.name, self.bad, reason)

    # ownership and recovery

    def _own_folder(self) -> Path:
        """The inflight folder of this process, made and locked on first use.

        It is locked under tmp/ and renamed into place, so that nobody ever sees it unlocked while its process
        lives.
        """
        if self._owner is not None and self._owner.exists():
            return self._owner
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
        self.make_folders()
        name = f"{os.getpid()}-{uuid.uuid4().hex}"
        hidden = self.tmp / name
        hidden.mkdir()
        self._lock_fd = os.open(hidden / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
        self._owner = self.inflight / name
        os.rename(hidden, self._owner)
        return self._owner

    def recover_now_and_then(self) -> None:
        if time.monotonic() >= self._next_recovery:
            self._next_recovery = time.monotonic() + RECOVER_EVERY
            self.recover()

    def recover(self) -> int:
        """Give the messages of dead processes back to the queue; returns how many files were moved."""
        self.make_folders()
        self._remove_stale_tmp()
        others = [folder for folder in self.inflight.iterdir() if folder != self._owner]
        return sum(map(self._recover_folder, others))

    def _recover_folder(self, folder: Path) -> int:
        lock_path = folder / LOCK_NAME
        try:
            fd = os.open(lock_path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            fd = -1  # another process is at the end of recovering this one; finish with it
        try:
            if fd >= 0:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            moved = sum(self._recover_file(path) for path in sorted(folder.glob("*.msg")))
            lock_path.unlink(missing_ok=True)
            folder.rmdir()
        except BlockingIOError:
            return 0  # its process is alive
        except OSError as error:
            # Two recoverers may meet here; whatever one leaves the next look finds.
            logger.debug("Recovery of %s stopped: %s", folder.name, error)
            return 0
        finally:
            if fd >= 0:
                os.close(fd)
        if moved:
            logger.warning("Recovered %d message(s) of a dead process, %s", moved, folder.name)
        return moved

    def _recover_file(self, path: Path) -> int:
        head, dot, rest = path.name.partition(".")
        stamp, _, recoveries = head.rpartition("_")
        tries = int(recoveries) + 1 if recoveries.isdigit() else 1
        if tries > MAX_RECOVERIES:
            self._set_aside(path, f"its consumer died {tries} times")
            return 0
        try:
            os.rename(path, self.ready / f"{stamp}_{tries}{dot}{rest}")
        except FileNotFoundError:
            return 0
        return 1

    def _remove_stale_tmp(self) -> None:
        limit = time.time() - STALE_TMP_AFTER
        for path in self.tmp.iterdir():
            try:
                if path.stat().st_mtime >= limit:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            except FileNotFoundError:
                continue


_spools: dict[Path, Spool] = {}


def spool_for(root: Path) -> Spool:
    """The spool of this process for the broker folder `root`.

    A forked child gets its own: with its parent's it would share the parent's inflight folder, and its
    messages would look held for as long as either of the two lives.
    """
    spool = _spools.get(root)
    if spool is None or spool.pid != os.getpid():
        spool = _spools[root] = Spool(root)
    return spool


class QoS(virtual.QoS):
    """Takes a message's file away when the message is acknowledged, not when it is read."""

    def ack(self, delivery_tag: str) -> None:
        self.channel.forget(delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().reject(delivery_tag, requeue=requeue)  # a requeued one has been given back there
        self.channel.forget(delivery_tag)


class Channel(virtual.Channel):
    """A kombu channel over a `Spool`. Transport option: ``folder``, the broker's folder."""

    QoS = QoS

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self._taken: dict[str, Path] = {}
        self._no_ack_queues: set[str] = set()
        self._root = Path(self.connection.client.transport_options["folder"])

    @property
    def spool(self) -> Spool:
        return spool_for(self._root)

    def forget(self, delivery_tag: str) -> None:
        """Delete the file of a message that is done with. Called from worker threads, too."""
        path = self._taken.pop(delivery_tag, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[..., Any], consumer_tag: str, **kwargs: Any
    ) -> None:
        # kombu keeps no_ack to itself, and nobody would ever acknowledge these messages.
        (self._no_ack_queues.add if no_ack else self._no_ack_queues.discard)(queue)
        super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> virtual.Message | None:
        message = super().basic_get(queue, no_ack=no_ack, **kwargs)
        if message is not None and no_ack:
            self.forget(message.delivery_tag)
        return message

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        try:
            self.spool.put(queue, dumps(message).encode())
        except OSError as error:
            raise ChannelError(f"Cannot store a message in {self._root}: {error}") from error

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        path, message = self.spool.take(queue)
        if queue in self._no_ack_queues:
            path.unlink(missing_ok=True)
        else:
            self._taken[message["properties"]["delivery_tag"]] = path
        return message

    def _restore(self, message: virtual.Message) -> None:
        path = self._taken.pop(message.delivery_tag, None)
        if path is not None:
            self.spool.give_back(path)

    def _size(self, queue: str) -> int:
        return self.spool.count(queue)

    def _purge(self, queue: str) -> int:
        return self.spool.purge(queue)


class Transport(virtual.Transport):
    """``safefs://`` with the transport options ``folder`` and ``polling_interval`` (seconds)."""

    Channel = Channel
    implements = virtual.Transport.implements.extend(
        asynchronous=False, exchange_type=frozenset(["direct", "topic"])
    )
    driver_type = driver_name = "safefs"

    def driver_version(self) -> str:
        return "1"

    @property
    def default_connection_params(self) -> dict[str, Any]:
        return {}  # no host and no port; kombu would warn that it takes localhost


def _quoted(queue: str) -> str:
    """A queue's name as one harmless part of a file name; dots would end it early."""
    return quote(queue, safe="").replace(".", "%2E")
