"""docker-compose.yml, read as data: no engine is needed to see a missing check or a password in the file."""

import re
from pathlib import Path

import pytest
import yaml

from scripts import healthy

ROOT = Path(__file__).resolve().parents[2]
OURS = {"migrate", "web", "worker", "beat"}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_all_parts_are_there_and_come_back_after_a_crash(compose):
    services = compose["services"]
    assert services.keys() == OURS | {"db", "redis", "proxy"}
    for name, service in services.items():
        assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped"), name


def test_everything_that_stays_up_tells_whether_it_is_well(compose):
    for name, service in compose["services"].items():
        assert ("healthcheck" in service) == (name != "migrate"), name


def test_only_the_proxy_is_reachable_from_outside(compose):
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]


def test_our_containers_have_no_rights_and_wait_for_the_migrations(compose):
    assert "USER huiyin" in (ROOT / "Dockerfile").read_text()
    for name in OURS:
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "user" not in service
    for name in OURS - {"migrate"}:
        waits = compose["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_only_the_migrations_connect_as_the_owner_of_the_tables(compose):
    role = {name: compose["services"][name]["environment"]["DATABASE_URL"].split(":")[1] for name in OURS}
    assert role == {
        "migrate": "//huiyin_owner",
        "web": "//huiyin_app",
        "worker": "//huiyin_app",
        "beat": "//huiyin_app",
    }
    assert "NOBYPASSRLS" in (ROOT / "deploy" / "create-app-role.sh").read_text()


def test_secrets_come_from_the_environment_file(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / "deploy" / "env.example").read_text()
    for name in set(re.findall(r"\$\{(\w+)", text)):
        assert re.search(rf"^{name}=", example, re.MULTILINE), f"{name} is missing from deploy/env.example"
    for name in ("SECRET_KEY", "OWNER_DATABASE_PASSWORD", "APP_DATABASE_PASSWORD"):
        assert re.search(rf"^{name}=$", example, re.MULTILINE)
        assert f"${{{name}:?" in text, "an empty secret has to stop the start"


def test_volumes_that_are_used_are_declared_and_files_that_are_mounted_exist(compose):
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).is_file(), name
            else:
                assert source in compose["volumes"], name


def test_a_server_that_does_not_answer_is_not_healthy(unused_tcp_port):
    assert not healthy.healthy(unused_tcp_port, "huiyin.example")


@pytest.fixture
def unused_tcp_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
