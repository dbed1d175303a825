"""What people type as a camera's address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thienly.rules import address
from thienly.rules.address import BadAddressError
from thienly.rules.problems import Problem


@pytest.mark.parametrize(
    ("text", "url", "username", "password"),
    [
        ("rtsp://10.1.2.3/live", "rtsp://10.1.2.3/live", "", ""),
        (
            "RTSP://Cam-1.Mo.Local:8554/a?channel=1&subtype=0",
            "rtsp://cam-1.mo.local:8554/a?channel=1&subtype=0",
            "",
            "",
        ),
        ("rtsp://admin:m%40t%3Akhau@10.1.2.3:554/s", "rtsp://10.1.2.3/s", "admin", "m@t:khau"),
        ("rtsp://admin:m@t@10.1.2.3/s", "rtsp://10.1.2.3/s", "admin", "m@t"),
        ("  rtsp://[2001:DB8::1]:8554/s ", "rtsp://[2001:db8::1]:8554/s", "", ""),
        ("rtsp://10.1.2.3?stream=1", "rtsp://10.1.2.3/?stream=1", "", ""),
        (
            "FILE:///c%E1%BB%95ng/a.mp4",
            "file:///c%E1%BB%95ng/a.mp4",
            "",
            "",
        ),
    ],
)
def test_an_address_is_kept_without_its_credentials(
    text: str, url: str, username: str, password: str
) -> None:
    parsed = address.parse(text)
    assert (parsed.url, parsed.username, parsed.password) == (url, username, password)
    assert not password or password not in repr(parsed)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "form"),
        ("10.1.2.3/live", "form"),
        ("ftp://10.1.2.3/live", "scheme"),
        ("file://host/a.mp4", "file"),
        ("file://u:p@/a.mp4", "file"),
        ("file:///", "file"),
        ("file:///a//b.mp4", "file"),
        ("file:////etc/passwd", "file"),
        ("file:///a/../b.mp4", "file"),
        ("file:///a/%2e%2e/b.mp4", "file"),
        ("file:///%2fetc/passwd", "file"),
        ("file:///a.mp4?x=1", "file"),
        ("file:///a%00.mp4", "file"),
        ("file:/a.mp4", "form"),
        ("rtsp:10.1.2.3", "form"),
        ("rtsp::////10.1.2.3", "form"),
        ("rtsp:///live", "host"),
        ("rtsp://10.1.2.3:0/live", "port"),
        ("rtsp://10.1.2.3:70000/live", "port"),
        ("rtsp://10.1.2.3:/live", "port"),
        ("rtsp://10.1.2.3/live#x", "form"),
        ("rtsp://10.1.2.3\\@evil/live", "characters"),
        ("rtsp://10.1.2.3/a b", "characters"),
        ("rtsp://10.1.2.3/a\r\nTEARDOWN", "characters"),
        ("rtsp://u:a%0d%0aX@10.1.2.3/", "login"),
        ("rtsp://máy-ảnh/live", "characters"),
        ("rtsp://10.1.2.3/live?user=a&password=b", "query_secret"),
        ("rtsp://-cam/live", "host"),
        ("rtsp://127.1/live", "host"),
        ("rtsp://2130706433/live", "host"),
        ("rtsp://0x7f.0.0.1/live", "host"),
        ("rtsp://0177.0.0.1/live", "host"),
        ("rtsp://256.1.1.1/live", "host"),
        ("rtsp://[fe80::1%25eth0]/live", "host"),
        ("rtsp://10.1.2.3/" + "a" * 600, "length"),
    ],
)
def test_a_malformed_address_is_refused_and_says_what_is_wrong(text: str, detail: str) -> None:
    with pytest.raises(BadAddressError) as caught:
        address.parse(text)
    assert (caught.value.problem, caught.value.detail) == (Problem.BAD_URL, detail)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "fe80::1", "224.0.0.1",  # noqa: S104
     "255.255.255.255", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
     "localhost", "LOCALHOST.", "a.localhost"],
)  # fmt: skip
def test_the_machine_itself_and_its_link_are_recognised(host: str) -> None:
    assert address.points_inside(host)


@pytest.mark.parametrize(
    "host", ["10.1.2.3", "192.168.1.9", "172.16.0.1", "100.64.0.7", "fd00::1", "cam.mo.vn", "1.1.1.1"]
)
def test_private_networks_and_names_are_where_cameras_live(host: str) -> None:
    assert not address.points_inside(host)


@given(st.text(max_size=80).map("rtsp://".__add__) | st.text(max_size=80))
def test_whatever_is_typed_either_parses_to_itself_again_or_is_refused(text: str) -> None:
    try:
        parsed = address.parse(text)
    except BadAddressError:
        return
    again = address.parse(parsed.url)
    assert (again.url, again.username, again.password) == (parsed.url, "", "")
