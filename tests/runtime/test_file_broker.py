"""The file broker: nothing lost, nothing half-read, whatever dies and whoever deletes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from types import SimpleNamespace

import pytest
from kombu import Connection, Consumer, Queue
from kombu.exceptions import ChannelError

from config import file_broker
from config.file_broker import MAX_RECOVERIES, STALE_TMP_AFTER, Spool, Transport

ROOT = Path(__file__).resolve().parents[2]
QUEUE = "celery"

# A consumer that takes messages, prints their bodies and acknowledges them only when told to.
CONSUMER = """
import sys
from kombu import Connection, Queue
from config.file_broker import Transport
folder, acknowledge = sys.argv[1], sys.argv[2] == "ack"
def handle(body, message):
    if acknowledge:
        message.ack()
    print(body, flush=True)
options = {"folder": folder, "polling_interval": 0.01}
with Connection(transport=Transport, transport_options=options) as connection:
    with connection.Consumer(Queue("celery"), callbacks=[handle]) as consumer:
        consumer.qos(prefetch_count=0 if acknowledge else 3)
        print("ready", flush=True)
        while True:
            connection.drain_events()
"""

PRODUCER = """
import sys
from kombu import Connection
from config.file_broker import Transport
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Connection(transport=Transport, transport_options={"folder": folder}) as connection:
    producer = connection.Producer()
    for number in range(count):
        producer.publish(f"{name}-{number}", routing_key="celery")
"""


@pytest.fixture
def broker(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def start(broker: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process in the repository's root; whatever still runs at the end is killed."""
    processes: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, str(broker), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def connect(broker: Path) -> Connection:
    return Connection(
        transport=Transport, transport_options={"folder": str(broker), "polling_interval": 0.01}
    )


def publish(broker: Path, *bodies: str) -> None:
    with connect(broker) as connection:
        producer = connection.Producer()
        for body in bodies:
            producer.publish(body, routing_key=QUEUE)


def consume_all(broker: Path, *, quiet_for: float = 0.1) -> list[str]:
    """Take and acknowledge messages until none has come for `quiet_for` seconds."""
    bodies: list[str] = []

    def handle(body: str, message) -> None:
        bodies.append(body)
        message.ack()

    with connect(broker) as connection, Consumer(connection, Queue(QUEUE), callbacks=[handle]):
        while True:
            try:
                connection.drain_events(timeout=quiet_for)
            except TimeoutError:
                return bodies


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.msg") if path.is_file())


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def test_messages_come_in_order_and_leave_nothing_behind(broker):
    publish(broker, "a", "b", "c")

    assert consume_all(broker) == ["a", "b", "c"]
    assert files(broker) == []


def test_a_message_that_is_taken_but_not_acknowledged_goes_back_when_the_connection_closes(broker):
    publish(broker, "a")
    with connect(broker) as connection:
        message = connection.SimpleQueue(QUEUE).get(timeout=1)
        assert message.payload == "a"
        assert connect(broker).default_channel.queue_declare(QUEUE).message_count == 0

    assert consume_all(broker) == ["a"]


def test_a_rejected_message_is_gone_and_a_requeued_one_comes_again(broker):
    publish(broker, "reject", "requeue")
    with connect(broker) as connection:
        queue = connection.SimpleQueue(QUEUE)
        queue.get(timeout=1).reject()
        queue.get(timeout=1).requeue()

    assert consume_all(broker) == ["requeue"]
    assert files(broker) == []


def test_a_consumer_without_acknowledgement_leaves_no_files(broker):
    publish(broker, "a", "b")
    bodies = []
    with connect(broker) as connection:
        channel = connection.default_channel
        with Consumer(channel, Queue(QUEUE), no_ack=True, callbacks=[lambda body, _: bodies.append(body)]):
            connection.drain_events(timeout=1)
        assert channel.basic_get(QUEUE, no_ack=True) is not None

        assert bodies == ["a"]
        assert files(broker) == []


def test_queues_with_awkward_names_do_not_mix(broker):
    names = ["celery", "my.celery", "../celery", "celery.msg", "队列"]
    with connect(broker) as connection:
        for name in names:
            connection.Producer().publish(name, routing_key=name)
        for name in names:
            assert connection.default_channel.queue_declare(name).message_count == 1
            assert connection.SimpleQueue(name).get(timeout=1).payload == name
    assert {path.parent for path in files(broker)} == {broker / "ready"}


def test_purge_deletes_what_waits_in_one_queue(broker):
    publish(broker, "a", "b")
    with connect(broker) as connection:
        connection.Producer().publish("c", routing_key="other")
        assert connection.default_channel.queue_purge(QUEUE) == 2
        assert connection.SimpleQueue("other").get(timeout=1).payload == "c"


def test_messages_in_the_hands_of_a_killed_consumer_are_delivered_again(broker, start):
    publish(broker, "a", "b", "c", "d")
    consumer = start(CONSUMER, "hold")
    taken = [consumer.stdout.readline().strip() for _ in range(4)]
    assert taken == ["ready", "a", "b", "c"]
    assert consume_all(broker) == ["d"], "a living consumer's messages must not be taken from it"

    os.kill(consumer.pid, signal.SIGKILL)
    consumer.wait()

    assert Spool(broker).recover() == 3
    assert consume_all(broker) == ["a", "b", "c"]
    assert files(broker) == []


def test_a_waiting_consumer_picks_up_after_a_killed_one_by_itself(broker, start, monkeypatch):
    monkeypatch.setattr(file_broker, "RECOVER_EVERY", 0.05)
    publish(broker, "a")
    consumer = start(CONSUMER, "hold")
    assert [consumer.stdout.readline().strip() for _ in range(2)] == ["ready", "a"]
    heir = Spool(broker)
    with pytest.raises(Empty):
        heir.take(QUEUE)

    os.kill(consumer.pid, signal.SIGKILL)
    consumer.wait()

    def taken() -> bool:
        try:
            heir.take(QUEUE)
        except Empty:
            return False
        return True

    wait_until(taken)


def test_a_message_that_keeps_killing_its_consumer_is_set_aside(broker):
    publish(broker, "poison")
    for _ in range(MAX_RECOVERIES):
        die_with_a_message(broker)
        assert Spool(broker).recover() == 1
    die_with_a_message(broker)

    assert Spool(broker).recover() == 0
    assert [path.parent.name for path in files(broker)] == ["bad"]
    assert consume_all(broker) == []


def die_with_a_message(broker: Path) -> None:
    """Leave the folder as a process leaves it that was killed while holding a message."""
    spool = Spool(broker)
    spool.take(QUEUE)
    os.close(spool._lock_fd)


@pytest.mark.parametrize(
    "content",
    [b"", b'{"body": "hal', b"\xff\xfe", b"[]", b'"text"', b"{}", b'{"properties": null}'],
)
def test_a_damaged_file_is_set_aside_and_the_next_message_comes(broker, content):
    publish(broker, "good")
    damaged = broker / "ready" / f"{0:020d}_{0:032x}_0.{QUEUE}.msg"
    damaged.write_bytes(content)

    assert consume_all(broker) == ["good"]
    assert files(broker) == [broker / "bad" / damaged.name]


def test_a_half_written_message_is_never_seen_and_its_remains_are_removed(broker, monkeypatch):
    publish(broker, "good")

    def die_half_way(source, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(file_broker.os, "rename", die_half_way)
        with pytest.raises(KeyboardInterrupt):
            Spool(broker).put(QUEUE, b"{}")
    (remains,) = (broker / "tmp").glob("*.msg")

    assert consume_all(broker) == ["good"]
    assert remains.exists(), "its writer may still be at work"
    os.utime(remains, (time.time() - STALE_TMP_AFTER - 1,) * 2)
    Spool(broker).recover()
    assert not remains.exists()


def test_a_full_disk_is_a_channel_error_and_leaves_no_remains(broker, monkeypatch):
    with connect(broker) as connection:
        producer = connection.Producer()
        producer.publish("before", routing_key=QUEUE)

        def no_space(fd):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(file_broker.os, "fsync", no_space)
            with pytest.raises(ChannelError, match="No space left"):
                producer.publish("lost", routing_key=QUEUE)
    assert list((broker / "tmp").glob("*.msg")) == []
    assert consume_all(broker) == ["before"]


def test_the_folder_may_be_deleted_under_a_running_system(broker):
    publish(broker, "before")
    with connect(broker) as connection:
        queue = connection.SimpleQueue(QUEUE)
        queue.get(timeout=1).ack()
        shutil.rmtree(broker)
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.05)
        publish(broker, "after")
        assert queue.get(timeout=1).payload == "after"


def test_two_recoverers_that_meet_neither_crash_nor_double_a_message(broker, monkeypatch):
    publish(broker, "a", "b")
    die_with_a_message(broker)
    first, second = Spool(broker), Spool(broker)
    recover_file = first._recover_file

    def meet(path: Path) -> int:
        second.recover()
        return recover_file(path)

    monkeypatch.setattr(first, "_recover_file", meet)
    first.recover()

    assert sorted(consume_all(broker)) == ["a", "b"]
    assert list((broker / "inflight").glob("*/*.msg")) == []


def test_a_forked_child_does_not_use_its_parents_folder(broker, monkeypatch):
    parent = file_broker.spool_for(broker)
    assert file_broker.spool_for(broker) is parent

    monkeypatch.setattr(file_broker, "os", SimpleNamespace(getpid=lambda: -1))

    assert file_broker.spool_for(broker) is not parent


def test_a_consumer_passes_over_what_another_took_after_it_had_looked(broker):
    publish(broker, "a", "b", "c")
    first, second = Spool(broker), Spool(broker)

    taken = [spool.take(QUEUE)[1]["properties"]["delivery_tag"] for spool in (first, second, first)]

    assert len(set(taken)) == 3
    with pytest.raises(Empty):
        first.take(QUEUE)


def test_two_producers_and_two_consumers_lose_and_double_nothing(broker, start):
    count = 400
    consumers = [start(CONSUMER, "ack") for _ in range(2)]
    for consumer in consumers:
        assert consumer.stdout.readline().strip() == "ready"
    producers = [start(PRODUCER, name, str(count)) for name in ("left", "right")]
    for producer in producers:
        assert producer.wait(timeout=60) == 0

    wait_until(lambda: files(broker) == [])
    for consumer in consumers:
        assert consumer.poll() is None
        consumer.kill()
    received = Counter(line.strip() for consumer in consumers for line in consumer.stdout)

    assert received == Counter(f"{name}-{number}" for name in ("left", "right") for number in range(count))


def test_what_is_stored_is_plain_json(broker):
    publish(broker, "a")
    (path,) = files(broker)
    assert json.loads(path.read_text())["properties"]["delivery_info"]["routing_key"] == QUEUE
