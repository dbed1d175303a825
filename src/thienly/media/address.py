"""Where a camera may be: names are resolved once, checked, and the very address that was checked is
connected to.

Without this a camera's address could make the recorder speak to services of its own machine (SSRF), and a
name that resolves differently the second time (DNS rebinding) would get around the check.
"""

import asyncio
import errno
import ipaddress
import socket

from thienly.media.frames import SourceError
from thienly.rules.address import reserved, undressed
from thienly.rules.problems import Problem

MAX_ADDRESSES = 8
"""Addresses of one name that are tried, in the resolver's order."""


def permitted(address: str, *, allow_local: bool) -> bool:
    """Whether a camera may have this IP address. Private networks are where cameras live; hosts themselves
    not.

    Loopback, link-local, unspecified, multicast, broadcast and reserved ones are refused; `allow_local`
    allows loopback (the demo's simulated cameras) and nothing else.
    """
    ip = undressed(ipaddress.ip_address(address.partition("%")[0]))
    return allow_local if ip.is_loopback else not reserved(ip)


async def resolve(host: str, port: int, *, allow_local: bool) -> list[tuple[int, str]]:
    """(address family, IP address) pairs of `host`, all permitted.

    Raises SourceError: HOST_UNKNOWN, or ADDRESS_REFUSED when any of them is refused, since a name that
    points to both a camera and this machine is no honest camera.
    """
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(Problem.HOST_UNKNOWN, "the name does not resolve") from error
    found: list[tuple[int, str]] = []
    for family, _, _, _, where in infos[:MAX_ADDRESSES]:
        address = str(where[0])
        if family not in (socket.AF_INET, socket.AF_INET6) or (family, address) in found:
            continue
        if not permitted(address, allow_local=allow_local):
            raise SourceError(Problem.ADDRESS_REFUSED, "loopback, link-local or reserved address")
        found.append((family, address))
    if not found:
        raise SourceError(Problem.HOST_UNKNOWN, "the name has no address")
    return found


async def connect(host: str, port: int, *, allow_local: bool, timeout_s: float) -> socket.socket:
    """A non-blocking TCP connection to `host`.

    Raises SourceError: HOST_UNKNOWN, ADDRESS_REFUSED, REFUSED (nothing listens), UNREACHABLE.
    """
    loop = asyncio.get_running_loop()
    failure = SourceError(Problem.UNREACHABLE, "no answer")
    try:
        async with asyncio.timeout(timeout_s):
            for family, address in await resolve(host, port, allow_local=allow_local):
                sock = socket.socket(family, socket.SOCK_STREAM)
                try:
                    sock.setblocking(False)
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    await loop.sock_connect(sock, (address, port))
                except OSError as error:
                    sock.close()
                    refused = error.errno == errno.ECONNREFUSED
                    problem = Problem.REFUSED if refused else Problem.UNREACHABLE
                    failure = SourceError(problem, errno.errorcode.get(error.errno or 0, "no connection"))
                except BaseException:
                    sock.close()
                    raise
                else:
                    return sock
    except TimeoutError:
        raise SourceError(Problem.UNREACHABLE, f"no connection within {timeout_s:g} s") from None
    raise failure
