"""CPU and memory of processes, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def family(pids: list[int]) -> list[int]:
    """The processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(_fields(int(entry.name))[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = list(pids)
    for pid in found:
        found += children.get(pid, [])
    return found


@dataclass(frozen=True)
class Usage:
    """`cpu_ms`: user and system time of each process since it began; `memory_mb`: proportional set size of
    all."""

    cpu_ms: dict[int, float]
    memory_mb: float

    def since(self, before: "Usage") -> float:
        """CPU ms since `before`, of the processes that are still alive; the loss of the others shows in
        frames."""
        return sum(cpu - before.cpu_ms[pid] for pid, cpu in self.cpu_ms.items() if pid in before.cpu_ms)


def usage(pids: list[int]) -> Usage:
    """Of the processes that are alive."""
    cpu: dict[int, float] = {}
    memory = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            fields = _fields(pid)
        except OSError:
            continue
        cpu[pid] = (int(fields[11]) + int(fields[12])) * _TICK_MS
        memory += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return Usage(cpu, memory / 1024)


def _fields(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on (field 3), behind the name, which may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
