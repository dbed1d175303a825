"""Disks: room, speed, and who may read what lies there."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from thienly.conf import Conf
from thienly.doctor.finding import Finding, fault, ok, warning
from thienly.media.encryption import Encryption, encryption_of

_PROBE_BYTES = 16 * 1024 * 1024
_SLOW_MB_S = 20.0
_SLOW_SYNC_MS = 100.0
_LEAST_FREE = 0.05  # of the disk, as the pruner wants it
_MUST_BE_FREE = 256 * 1024 * 1024
_GIB = 1024**3


def check(conf: Conf) -> Iterator[Finding]:
    for name, path in _places(conf).items():
        if not path.is_dir():
            yield ok("disk", f"{name}: chưa có, sẽ được tạo khi chạy", f"{name}: made when it is first used")
            continue
        yield _room(name, path)
        yield from _speed(name, path)
    yield from _encryption(conf)
    yield from _modes(conf)


def _places(conf: Conf) -> dict[str, Path]:
    stores = {
        f"{disk} {recorder.name}": path
        for recorder in conf.file.recorders
        for disk, path in conf.stores(recorder).items()
    }
    return {"data": conf.data, **stores}


def _encryption(conf: Conf) -> Iterator[Finding]:
    """Of the disks that thienly.toml says are encrypted."""
    for recorder in conf.file.recorders:
        for disk, path in zip(recorder.disks, conf.stores(recorder).values(), strict=True):
            if not disk.encrypted:
                continue
            name = f"{disk.path} {recorder.name}"
            place = next((one for one in (path, *path.parents) if one.is_dir()), path)
            try:
                found = encryption_of(place)
            except OSError as error:
                found = Encryption(False, error.strerror or "")
            if found.proven:
                yield ok("disk.encrypted", f"{name}: đã mã hóa ({found.detail})", f"{name}: encrypted")
                continue
            yield fault(
                "disk.encrypted",
                f"{name}: CHƯA mã hóa ({found.detail}), trái với thienly.toml",
                f"{name}: NOT encrypted ({found.detail}), against thienly.toml",
                "Thiết lập lại đĩa bằng LUKS (docs/operation.md); trong lúc đó vẫn ghi hình.",
                "Set the disk up anew with LUKS (docs/operation.md); recording goes on meanwhile.",
            )


def _room(name: str, path: Path) -> Finding:
    usage = os.statvfs(path)
    free, total = usage.f_bavail * usage.f_frsize, max(1, usage.f_blocks * usage.f_frsize)
    vi = f"{name}: còn trống {free / _GIB:.1f} trên {total / _GIB:.1f} GiB"
    en = f"{name}: {free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    if free < _MUST_BE_FREE or (usage.f_files and usage.f_favail < 1000):
        return fault(
            "disk.space",
            vi,
            en,
            "Thêm dung lượng hoặc giảm keep_days; camera đang mất hình lưu.",
            "Add space or lower keep_days; recordings are being lost.",
        )
    if free < _LEAST_FREE * total and free < 10 * _GIB:
        return warning(
            "disk.space",
            vi,
            en,
            "Đĩa gần đầy: hình cũ nhất đang bị xóa sớm. Thêm dung lượng.",
            "Nearly full: the oldest recordings are deleted early. Add space.",
        )
    return ok("disk.space", vi, en)


def _speed(name: str, path: Path) -> Iterator[Finding]:
    probe = path / f".doctor-{os.getpid()}"
    usage = os.statvfs(path)
    if usage.f_bavail * usage.f_frsize < _MUST_BE_FREE:
        return
    try:
        rate, sync_ms = _measure(probe)
    except OSError as error:
        yield fault(
            "disk.write",
            f"{name}: không ghi được ({error.strerror})",
            f"{name}: cannot be written ({error.strerror})",
            "Kiểm tra đĩa có bị gắn chỉ đọc không và chủ sở hữu thư mục.",
            "See whether the disk is mounted read-only, and who owns the directory.",
        )
        return
    finally:
        probe.unlink(missing_ok=True)
    vi = f"{name}: ghi {rate:.0f} MB/s, fsync {sync_ms:.1f} ms"
    en = f"{name}: writes {rate:.0f} MB/s, fsync {sync_ms:.1f} ms"
    if rate < _SLOW_MB_S or sync_ms > _SLOW_SYNC_MS:
        yield warning(
            "disk.write",
            vi,
            en,
            "Đĩa chậm: kiểm tra tình trạng đĩa, tải của máy, và số camera trên đĩa này.",
            "Slow: look at the disk's health, the machine's load, and how many cameras it keeps.",
        )
    else:
        yield ok("disk.write", vi, en)


def _measure(probe: Path) -> tuple[float, float]:
    """MB/s of one large write, and the median of five small synced ones in ms. Raises OSError."""
    block = os.urandom(1024 * 1024)
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        began = time.monotonic()
        for _ in range(_PROBE_BYTES // len(block)):
            os.write(descriptor, block)
        os.fsync(descriptor)
        rate = _PROBE_BYTES / 1e6 / max(1e-6, time.monotonic() - began)
        times = []
        for _ in range(5):
            began = time.monotonic()
            os.write(descriptor, b"x" * 4096)
            os.fsync(descriptor)
            times.append((time.monotonic() - began) * 1000)
    finally:
        os.close(descriptor)
    return rate, sorted(times)[2]


def _modes(conf: Conf) -> Iterator[Finding]:
    private = [conf.data / "recorders", conf.nats_dir / "login.json", conf.data / "thienly.toml"]
    private += [path for recorder in conf.file.recorders for path in conf.stores(recorder).values()]
    open_ = [path for path in private if path.exists() and path.stat().st_mode & 0o077]
    outer = conf.data.stat().st_mode & 0o077 if conf.data.exists() else 0
    if open_ and outer:
        names = ", ".join(
            str(path.relative_to(conf.data)) for path in open_ if path.is_relative_to(conf.data)
        )
        yield warning(
            "disk.modes",
            f"người dùng khác trên máy đọc được: {names}",
            f"other users of this machine can read: {names}",
            f"chmod 700 {conf.data}",
            f"chmod 700 {conf.data}",
        )
    else:
        yield ok("disk.modes", "chỉ người dùng của dịch vụ đọc được", "readable by the service's user alone")
