"""Which addresses a camera may have."""

import asyncio
import socket

import pytest

from thienly.media import address
from thienly.media.frames import SourceError
from thienly.rules.problems import Problem


@pytest.mark.parametrize("ip", ["10.1.2.3", "192.168.1.9", "172.16.0.1", "100.64.3.2", "8.8.8.8", "fd00::1"])
def test_where_cameras_live_is_permitted(ip: str) -> None:
    assert address.permitted(ip, allow_local=False)


@pytest.mark.parametrize(
    "ip",
    ["169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "fe80::1",  # noqa: S104
     "fe80::1%eth0", "::", "ff02::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::"],
)  # fmt: skip
@pytest.mark.parametrize("demo", [False, True])
def test_what_is_no_camera_is_refused_even_in_the_demo(ip: str, demo: bool) -> None:
    assert not address.permitted(ip, allow_local=demo)


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "2002:7f00:1::"])
def test_this_machine_is_permitted_in_the_demo_only(ip: str) -> None:
    assert address.permitted(ip, allow_local=True)
    assert not address.permitted(ip, allow_local=False)


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1", "0"])
async def test_other_spellings_of_this_machine_are_refused(name: str) -> None:
    with pytest.raises(SourceError) as caught:
        await address.resolve(name, 554, allow_local=False)
    assert caught.value.problem in (Problem.ADDRESS_REFUSED, Problem.HOST_UNKNOWN)


async def test_a_name_with_one_refused_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [[("10.0.0.5", 554)], [("10.0.0.5", 554), ("127.0.0.1", 554)]]

    async def getaddrinfo(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in answers.pop(0)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert await address.resolve("cam.xa", 554, allow_local=False) == [(socket.AF_INET, "10.0.0.5")]
    with pytest.raises(SourceError) as caught:
        await address.resolve("cam.xa", 554, allow_local=False)
    assert caught.value.problem is Problem.ADDRESS_REFUSED


async def test_the_address_that_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to a camera first and to this machine afterwards gets nowhere."""
    loop = asyncio.get_running_loop()
    asked: list[object] = []
    tried: list[object] = []

    async def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[tuple[object, ...]]:
        asked.append(host)
        where = "10.0.0.5" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, 554))]

    async def sock_connect(sock: socket.socket, where: object) -> None:
        tried.append(where)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    with pytest.raises(SourceError) as caught:
        await address.connect("cam.xa", 554, allow_local=False, timeout_s=2)
    assert (asked, tried) == (["cam.xa"], [("10.0.0.5", 554)])
    assert caught.value.problem is Problem.REFUSED
