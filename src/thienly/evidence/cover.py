"""The printable cover sheet: the minutes of handing over, in the form of Vietnamese official papers (A4,
Vietnamese).

HTML without a script, made to be printed by any browser: no library of documents has to be shipped for it.
"""

from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from thienly.evidence.manifest import Gap, Manifest, Packed
from thienly.evidence.words import moment

_ROLES = {
    "requester": "Người đề nghị",
    "decider": "Người quyết định",
    "performer": "Người trích xuất",
    "releaser": "Người kiểm tra, phát hành",
    "recipient": "Người nhận",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = files("thienly.evidence").joinpath("pagefiles", "cover.css").read_text(encoding="utf-8")


def cover(manifest: Manifest) -> bytes:
    zone = ZoneInfo(manifest.time_zone)
    digests = {file.name: file.sha256 for file in manifest.files}
    body = [_head(manifest, zone), _about(manifest, zone)]
    for number, camera in enumerate(manifest.cameras, 1):
        body.append(_camera(number, camera, digests, zone))
    body.append(_checking(manifest))
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{_e(manifest.case)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    ).encode()


def _head(manifest: Manifest, zone: ZoneInfo) -> str:
    title = f"<p>{_e(manifest.title)}</p>" if manifest.title else ""
    return (
        f"<header><div><p><b>{_e(manifest.organisation.upper())}</b></p>"
        f"<p>Hồ sơ số: {_e(manifest.case)}</p></div>"
        "<div><p><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b></p>"
        "<p><b><u>Độc lập - Tự do - Hạnh phúc</u></b></p></div></header>"
        "<h1>BIÊN BẢN TRÍCH XUẤT, BÀN GIAO DỮ LIỆU CAMERA</h1>"
        f'<div class="sub">{title}<p>Lập lúc {moment(manifest.made_us, zone)[:-4]} '
        f"({_e(manifest.time_zone)})</p></div>"
    )


def _about(manifest: Manifest, zone: ZoneInfo) -> str:
    parts = [f"<h2>1. Mục đích</h2><p>{_e(manifest.purpose)}</p>"]
    if manifest.articles:
        items = "".join(
            f"<li>{_e(one.cite)} {_e(one.regulation)}{': ' + _e(one.text) if one.text else ''}</li>"
            for one in manifest.articles
        )
        parts.append(f"<h2>2. Căn cứ</h2><ul>{items}</ul>")
    if manifest.documents:
        rows = "".join(
            f"<tr><td>{_e(d.kind)} số {_e(d.number)}</td><td>{_e(d.date)}</td><td>{_e(d.issuer)}</td>"
            f"<td>{_e(d.signatory)}</td></tr>"
            for d in manifest.documents
        )
        parts.append(
            "<table><tr><th>Văn bản</th><th>Ngày</th><th>Cơ quan ban hành</th><th>Người ký</th></tr>"
            f"{rows}</table>"
        )
    rows = "".join(
        f"<tr><td>{_ROLES[p.role]}</td><td>{_e(p.name)}</td><td>{_e(p.post)}</td><td>{_e(p.unit)}</td>"
        f"<td>{moment(p.at_us, zone)[:-4] if p.at_us is not None else ''}</td></tr>"
        for p in manifest.people
    )
    parts.append(
        "<h2>3. Người tham gia</h2><table><tr><th>Vai trò</th><th>Họ tên</th><th>Chức vụ</th><th>Đơn vị</th>"
        f"<th>Thời điểm</th></tr>{rows}</table>"
    )
    if manifest.ownership:
        parts.append(f"<h2>4. Quyền sở hữu dữ liệu</h2><p>{_e(manifest.ownership)}</p>")
    if manifest.remarks:
        parts.append(f"<p>{_e(manifest.remarks)}</p>")
    return "".join(parts)


def _camera(number: int, camera: Packed, digests: dict[str, str], zone: ZoneInfo) -> str:
    clips = "".join(
        f"<tr><td>{moment(c.start_us, zone)} – {moment(c.end_us, zone)}</td><td>{_e(c.file)}<br>"
        f"<code>SHA-256: {digests.get(c.file, '')}</code></td></tr>"
        for c in camera.clips
    )
    gaps = "".join(_gap(gap, zone) for gap in camera.gaps)
    clock = (
        ", ".join(f"{c.offset_ms:+d} ms ({moment(c.at_us, zone)[:-4]})" for c in camera.clock)
        or "không có số liệu"
    )
    site = f" – {_e(camera.site)}" if camera.site else ""
    owner = f"<p>Chủ sở hữu camera: {_e(camera.owner)}</p>" if camera.owner else ""
    return (
        f"<h2>Camera {number}: {_e(camera.code)} – {_e(camera.name)}{site}</h2>{owner}"
        f"<p>Thời gian đề nghị: {moment(camera.from_us, zone)[:-4]} – {moment(camera.until_us, zone)[:-4]}. "
        f"Độ lệch đồng hồ camera so với máy chủ: {clock}.</p>"
        "<table><tr><th>Thời gian của đoạn hình</th><th>Tệp</th></tr>"
        f"{clips or '<tr><td colspan=2>Không có</td></tr>'}</table>"
        + (f"<p>Thời gian không có hình:</p><ul>{gaps}</ul>" if gaps else "<p>Không thiếu thời gian nào.</p>")
    )


def _gap(gap: Gap, zone: ZoneInfo) -> str:
    return (
        f"<li>{moment(gap.from_us, zone)} – {moment(gap.until_us, zone)}: {_e(gap.words or gap.reason)}</li>"
    )


def _checking(manifest: Manifest) -> str:
    return (
        "<h2>Kiểm tra</h2><p>Mở tệp verify.html trong gói bằng trình duyệt, không cần mạng. "
        "Mã khóa công khai của đơn vị (đối chiếu với mã do đơn vị công bố):</p>"
        f"<p><code>{_e(manifest.key)}</code></p>"
        '<div class="sign"><div><b>BÊN GIAO</b><br><i>(Ký, ghi rõ họ tên)</i></div>'
        "<div><b>BÊN NHẬN</b><br><i>(Ký, ghi rõ họ tên)</i></div></div>"
    )


def _e(text: str) -> str:
    return escape(text)
