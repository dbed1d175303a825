"""Faults by HTTP on loopback, for the command line and for tests in another process.

GET  /cameras                                   → [{"path", "name", "scene", "url", "fault", "viewers"}]
POST /fault  {"camera", "fault", "seconds"?, "amount"?} → {}
POST /clear  {"camera"}                         → {}
"""

import asyncio
import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from thienly.sim.faults import Fault
from thienly.sim.server import SimServer

_LARGEST_BODY = 65_536
_PATIENCE_S = 5.0


class FaultOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    camera: str
    fault: Fault
    seconds: float | None = None
    amount: float | None = None


class ClearOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    camera: str


async def serve_control(sim: SimServer, port: int) -> asyncio.Server:
    """Listens on 127.0.0.1 only; port 0 takes a free one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                method, path, body = await _request(reader)
            status, content = await _act(sim, method, path, body)
        except (ValidationError, ValueError) as error:
            status, content = "400 Bad Request", {"error": str(error)}
        except KeyError as error:
            status, content = "404 Not Found", {"error": f"no camera {error}"}
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        data = json.dumps(content, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + data)
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port)


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    sizes = [int(line.partition(":")[2]) for line in head[1:] if line.lower().startswith("content-length:")]
    size = sizes[0] if sizes else 0
    if not 0 <= size <= _LARGEST_BODY:
        raise ValueError("body too long")
    return method, path, await reader.readexactly(size)


async def _act(sim: SimServer, method: str, path: str, body: bytes) -> tuple[str, Any]:
    match method, path:
        case "GET", "/cameras":
            return "200 OK", [
                {
                    "path": camera.spec.path,
                    "name": camera.spec.name,
                    "scene": camera.spec.scene,
                    "url": sim.url(camera.spec.path, credentials=False),
                    "fault": camera.fault,
                    "viewers": camera.viewers,
                }
                for camera in sim.cameras
            ]
        case "POST", "/fault":
            order = FaultOrder.model_validate_json(body)
            await sim.set_fault(order.camera, order.fault, order.seconds, amount=order.amount)
            return "200 OK", {}
        case "POST", "/clear":
            await sim.clear_fault(ClearOrder.model_validate_json(body).camera)
            return "200 OK", {}
    return "404 Not Found", {"error": "no such address"}
