"""Looking at a device's certificate before anybody trusts it."""

import asyncio

from thienly.media.address import connect
from thienly.media.frames import SourceError
from thienly.media.rtsp.wire import TlsWire
from thienly.media.trust import ANYBODY, Certificate, describe
from thienly.rules.address import BadAddressError, parse
from thienly.rules.problems import Problem


async def shown_certificate(url: str, *, allow_local: bool, timeout_s: float) -> Certificate:
    """What the device at an encrypted address shows to whoever comes; it is told nothing.

    Raises SourceError.
    """
    try:
        address = parse(url)
    except BadAddressError as error:
        raise SourceError(error.problem, error.detail) from None
    sock = await connect(address.host, address.port, allow_local=allow_local, timeout_s=timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            return describe(await TlsWire(sock, ANYBODY.context(), address.host).handshake())
    except TimeoutError:
        raise SourceError(Problem.TIMEOUT, "no TLS handshake") from None
    finally:
        sock.close()
