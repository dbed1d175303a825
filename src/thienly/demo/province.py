"""The demo province as plain data: units, places, cameras with their scenes, and people with their posts.

Everything here is made up. `thienly sim` shows the cameras, `demo.seed` lays the rest.
"""

from dataclasses import dataclass
from datetime import date

from thienly.sim.spec import CameraSpec, SceneName

CAMERA_USER = "giamsat"
DEMO_PASSWORD = "ThienLy@2026"  # noqa: S105 - printed by `make run`; the demo holds nothing real
REGULATION = "QN"
DOCUMENT = "15/QĐ-UBND ngày 12/01/2026"
APPOINTING = ("16/QĐ-UBND", date(2025, 7, 2), "UBND tỉnh Thiên Lý", "Lê Quang Minh, Chủ tịch")


@dataclass(frozen=True, slots=True)
class DemoUnit:
    key: str
    name: str
    kind: str
    functions: tuple[str, ...]  # unit types of the regulation
    parent: str = ""


@dataclass(frozen=True, slots=True)
class DemoSite:
    key: str
    name: str
    kind: str
    unit: str
    address: str
    latitude: float  # degrees, WGS 84
    longitude: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoCamera:
    code: str
    name: str
    site: str
    sector: str
    scene: SceneName
    variant: int

    @property
    def path(self) -> str:
        return f"/{self.code.lower()}"

    @property
    def password(self) -> str:
        """Each device has its own, as it should be."""
        return f"Cam-{self.code}-2026"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    username: str
    full_name: str
    title: str
    unit: str
    role: str
    sees: str  # one line for the welcome text
    sector: str = ""
    sites: tuple[str, ...] = ()


UNITS = (
    DemoUnit("tinh", "UBND tỉnh Thiên Lý (mẫu)", "government", ("ubnd_tinh", "province_leadership")),
    DemoUnit("trungtam", "Trung tâm Giám sát, điều hành tỉnh", "designated", ("central_manager",), "tinh"),
    DemoUnit("nnmt", "Sở Nông nghiệp và Môi trường", "department", ("sector_center",), "tinh"),
    DemoUnit("khoangsan", "Chi cục Địa chất và Khoáng sản", "department", ("camera_manager",), "nnmt"),
    DemoUnit("cangca", "Ban Quản lý cảng cá tỉnh", "designated", ("camera_manager",), "nnmt"),
    DemoUnit("khcn", "Sở Khoa học và Công nghệ", "department", ("so_tttt",), "tinh"),
    DemoUnit("congan", "Công an tỉnh", "police", ("cong_an_tinh", "camera_manager"), "tinh"),
    DemoUnit("xadegi", "UBND xã Đề Gi", "government", ("camera_manager", "data_user"), "tinh"),
)

SITES = (
    DemoSite("nuiong", "Mỏ đá Núi Ông", "mine", "khoangsan", "thôn Hòa Hội, xã Cát Hải", 14.0312, 109.1627),
    DemoSite(
        "songha", "Mỏ cát Sông Hà", "mine", "khoangsan", "thôn An Lương, xã Mỹ Chánh", 14.1985, 109.0871
    ),
    DemoSite(
        "degi",
        "Cảng cá Đề Gi",
        "fishing_port",
        "cangca",
        "thôn An Quang, xã Đề Gi",
        14.1172,
        109.2013,
        ("Cảng cá Đê Gi",),
    ),
    DemoSite(
        "motcua", "Bộ phận Một cửa xã Đề Gi", "one_stop", "xadegi", "trụ sở UBND xã Đề Gi", 14.1139, 109.1926
    ),
    DemoSite(
        "ngatu", "Ngã tư Trần Phú – Lê Lợi", "public_place", "congan", "phường Hải Cảng", 13.7716, 109.2335
    ),
    DemoSite(
        "baixe", "Bãi giữ phương tiện Nhơn Bình", "depot", "congan", "phường Nhơn Bình", 13.7934, 109.1982
    ),
)

CAMERAS = (
    DemoCamera("MO-001", "Cổng chính mỏ đá Núi Ông", "nuiong", "mining", "mine_gate", 0),
    DemoCamera("MO-002", "Trạm cân mỏ đá Núi Ông", "nuiong", "mining", "mine_gate", 1),
    DemoCamera("MO-003", "Cổng mỏ cát Sông Hà", "songha", "mining", "mine_gate", 2),
    DemoCamera("CC-001", "Cầu cảng số 1 Đề Gi", "degi", "fishing_port", "quay", 0),
    DemoCamera("CC-002", "Cầu cảng số 2 Đề Gi", "degi", "fishing_port", "quay", 1),
    DemoCamera("CC-003", "Khu neo đậu tàu Đề Gi", "degi", "fishing_port", "quay", 2),
    DemoCamera("MC-001", "Quầy tiếp nhận hồ sơ", "motcua", "one_stop", "one_stop", 0),
    DemoCamera("MC-002", "Khu chờ của công dân", "motcua", "one_stop", "one_stop", 1),
    DemoCamera("GT-001", "Trần Phú – Lê Lợi, hướng bắc", "ngatu", "traffic", "street", 0),
    DemoCamera("GT-002", "Trần Phú – Lê Lợi, hướng nam", "ngatu", "traffic", "street", 1),
    DemoCamera("AN-001", "Cổng bãi giữ phương tiện", "baixe", "security", "night_yard", 0),
    DemoCamera("AN-002", "Dãy B bãi giữ phương tiện", "baixe", "security", "night_yard", 1),
)

PEOPLE = (
    DemoPerson(
        "quantri",
        "Đặng Thị Hồng Nhung",
        "quản trị hệ thống",
        "trungtam",
        "central_admin",
        "tài khoản và phân quyền, không xem hình",
    ),
    DemoPerson("trucban", "Nguyễn Văn Trực", "trực ban", "trungtam", "central_operator", "mọi camera"),
    DemoPerson("lanhdao", "Trần Quốc Bình", "Phó Chủ tịch UBND tỉnh", "tinh", "command_user", "mọi camera"),
    DemoPerson(
        "khoangsan",
        "Lê Thị Thu Hà",
        "chuyên viên trung tâm ngành",
        "nnmt",
        "sector_user",
        "camera mỏ",
        sector="mining",
    ),
    DemoPerson(
        "cangca",
        "Phạm Minh Hải",
        "quản trị hệ thống camera cảng cá",
        "cangca",
        "cam_admin",
        "camera cảng cá, quản trị thiết bị",
    ),
    DemoPerson(
        "motcua",
        "Võ Thị Kim Ngân",
        "công chức một cửa",
        "xadegi",
        "user_member",
        "camera bộ phận Một cửa",
        sites=("motcua",),
    ),
    DemoPerson(
        "thanhtra",
        "Huỳnh Công Tâm",
        "chuyên viên Sở KH&CN",
        "khcn",
        "tttt_guide",
        "hồ sơ và thống kê, không xem hình",
    ),
)


def specs(*, width: int = 960, height: int = 540) -> list[CameraSpec]:
    """The cameras as `thienly sim` serves them, each with a second stream of half the size at `/sub`.

    Small and short: twelve are rendered at first.
    """
    main = [
        CameraSpec(
            path=camera.path,
            name=camera.name,
            scene=camera.scene,
            variant=camera.variant,
            username=CAMERA_USER,
            password=camera.password,
            width=width,
            height=height,
            fps=20,
            bitrate=1_000_000,
            loop_s=12.0,
        )
        for camera in CAMERAS
    ]
    half = {"width": width // 4 * 2, "height": height // 4 * 2, "fps": 10, "bitrate": 200_000}
    return [*main, *(spec.model_copy(update={"path": f"{spec.path}/sub", **half}) for spec in main)]
