"""Whether a disk is encrypted is proven by what the kernel shows, down through every layer below it."""

import os
from pathlib import Path

import pytest

from tests.media.recorder.rig import recorder, rig, until
from thienly.bus.messages import Gap
from thienly.conf import Conf
from thienly.media import encryption
from thienly.media.encryption import encryption_of, of_device

LUKS = "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-footage\n"
LVM = "LVM-abcdefghijklmnopqrstuvwxyzabcdef\n"


class Kernel:
    """A /sys of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._places: dict[str, Path] = {}
        (root / "dev" / "block").mkdir(parents=True)

    def block(self, name: str, number: str, *below: str, uuid: str = "", parent: str = "") -> None:
        """A device; `below`: those it lies on; `parent`: the disk whose partition it is."""
        place = self.place(parent) / name if parent else self.place(name)
        place.mkdir(parents=True)
        (place / "slaves").mkdir()
        if parent:
            (place / "partition").write_text("1\n")
        if uuid:
            (place / "dm").mkdir()
            (place / "dm" / "uuid").write_text(uuid)
        self._places[name] = place
        for one in below:
            (place / "slaves" / one).symlink_to(self._places[one])
        (self.root / "dev" / "block" / number).symlink_to(place)

    def place(self, name: str) -> Path:
        return self.root / "devices" / name


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setattr(encryption, "SYS", tmp_path / "sys")
    return Kernel(tmp_path / "sys")


def proven(major: int, minor: int) -> bool:
    return of_device(os.makedev(major, minor)).proven


def test_dm_crypt_is_encrypted_and_a_plain_disk_or_partition_is_not(kernel: Kernel) -> None:
    kernel.block("sda", "8:0")
    kernel.block("sda1", "8:1", parent="sda")
    kernel.block("dm-0", "253:0", "sda1", uuid=LUKS)
    assert proven(253, 0)
    assert not proven(8, 0) and not proven(8, 1)
    assert "sda" in of_device(os.makedev(8, 1)).detail
    assert not proven(9, 9), "a number that the kernel does not know"


def test_what_stands_above_it_is_followed_down_lvm_raid_and_partitions(kernel: Kernel) -> None:
    kernel.block("sda", "8:0")
    kernel.block("sdb", "8:16")
    kernel.block("dm-0", "253:0", "sda", uuid=LUKS)
    kernel.block("dm-1", "253:1", "sdb", uuid=LUKS)
    kernel.block("dm-2", "253:2", "dm-0", "dm-1", uuid=LVM)  # a volume over two encrypted disks
    kernel.block("md0", "9:0", "dm-0", "dm-1")  # a RAID over them
    kernel.block("md0p1", "9:1", parent="md0")
    assert proven(253, 2) and proven(9, 0) and proven(9, 1)


def test_one_plain_disk_below_is_enough_to_be_not_encrypted(kernel: Kernel) -> None:
    kernel.block("sda", "8:0")
    kernel.block("sdb", "8:16")
    kernel.block("dm-0", "253:0", "sda", uuid=LUKS)
    kernel.block("dm-1", "253:1", "dm-0", "sdb", uuid=LVM)
    found = of_device(os.makedev(253, 1))
    assert not found.proven and "sdb" in found.detail
    # A name that merely sounds so proves nothing.
    kernel.block("dm-7", "253:7", "sdb", uuid="LVM-CRYPT-LUKS2-x\n")
    assert not proven(253, 7)


def test_a_directory_is_judged_by_its_device_and_one_without_a_device_is_not_proven(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path.stat().st_dev
    if os.major(device):
        kernel.block("dm-3", f"{os.major(device)}:{os.minor(device)}", uuid=LUKS)
        assert encryption_of(tmp_path).proven
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 0:{os.minor(device)} / /mnt rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(encryption, "MOUNTS", mounts)
    found = encryption._of_mount(os.makedev(0, os.minor(device)))
    assert not found.proven and "nfs4" in found.detail


def test_btrfs_is_encrypted_when_each_of_its_devices_is(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.block("sda", "8:0")
    kernel.block("dm-0", "253:0", "sda", uuid=LUKS)
    mounts = tmp_path / "mountinfo"
    mounts.write_text("36 35 0:44 / /mnt rw shared:1 - btrfs /dev/mapper/a rw\n")
    monkeypatch.setattr(encryption, "MOUNTS", mounts)
    monkeypatch.setattr(encryption, "_btrfs", lambda source: [os.makedev(253, 0)])
    assert encryption._of_mount(os.makedev(0, 44)).proven
    monkeypatch.setattr(encryption, "_btrfs", lambda source: [os.makedev(253, 0), os.makedev(8, 0)])
    assert not encryption._of_mount(os.makedev(0, 44)).proven


async def test_a_recorder_goes_on_on_a_disk_that_is_not_encrypted_and_tells_it_until_it_is(
    tmp_path: Path, kernel: Kernel
) -> None:
    async with rig(tmp_path) as made:
        text = (
            'profile = "demo"\nsegment_s = 2\n[[recorders]]\nname = "r1"\n'
            'stores = ["plain", { path = "secret", encrypted = true }]\n'
        )
        (made.conf.data / "thienly.toml").write_text(text)
        made.conf = Conf(made.conf.data, env={})
        async with recorder(made) as running:
            camera = await made.want(0)
            await made.recording(camera, segments=2)
            plain, secret = running.store.alive()
            assert (plain.must_encrypt, plain.encrypted) == (False, False)
            assert (secret.must_encrypt, secret.encrypted) == (True, False) and secret.encryption
            assert secret.problem is None and made.of(Gap) == []
            device = (made.conf.data / "secret").stat().st_dev
            if os.major(device):
                kernel.block("dm-0", f"{os.major(device)}:{os.minor(device)}", uuid=LUKS)
                await until(lambda: running.store.alive()[1].encrypted is True, "proven")
