"""What is asked of a camera, and how to mend what it lacks. The numbers come from the installation."""

import io
from dataclasses import dataclass

import av
from av.error import FFmpegError

from thienly.conf_quality import QualityConf
from thienly.conformance.dialogue import Answered
from thienly.conformance.report import Check, advice, failed, passed, untested
from thienly.conformance.watching import Watched
from thienly.doctor.finding import Both
from thienly.media.mp4.reader import scan
from thienly.rules.problems import Problem

FIRST_PICTURE_S = 5.0
KEY_GAP_S = 4.0
"""Seconds between key frames; more makes every live picture and every step back wait."""
KEY_ADVISED_S = 2.0


@dataclass(frozen=True, slots=True)
class Need:
    """What the installation asks; see `conf_quality`."""

    quality: QualityConf


_MENDS: dict[Problem, Both] = {
    Problem.AUTH_FAILED: Both(
        "Kiểm tra tên đăng nhập, mật khẩu và quyền xem RTSP của tài khoản trong camera.",
        "Check the user name, the password, and that the account in the camera may use RTSP.",
    ),
    Problem.NOT_FOUND: Both(
        "Kiểm tra đường dẫn trong địa chỉ theo tài liệu của hãng.",
        "Check the path of the address in the maker's documents.",
    ),
    Problem.UNSUPPORTED_CODEC: Both(
        "Đặt mã hóa H.264 hoặc H.265 (không dùng H.264+ / H.265+ dạng riêng của hãng, MJPEG, MPEG-4).",
        "Set the encoding to H.264 or H.265 (no maker's own variants, no MJPEG, no MPEG-4).",
    ),
    Problem.TRANSPORT_REFUSED: Both(
        "Bật RTP over RTSP (TCP), hoặc chạy lại với --transport udp.",
        "Switch RTP over RTSP (TCP) on, or run again with --transport udp.",
    ),
    Problem.CERTIFICATE_UNTRUSTED: Both(
        "Cài chứng thư được ký bởi tổ chức tin cậy, hoặc chạy lại với --fingerprint.",
        "Install a certificate of a known authority, or run again with --fingerprint.",
    ),
    Problem.ADDRESS_REFUSED: Both(
        "Dùng địa chỉ của camera trên mạng; để thử thiết bị mô phỏng, thêm --local.",
        "Use the camera's address on the network; for a simulated one add --local.",
    ),
}
_CONNECT = Both(
    "Kiểm tra nguồn, mạng, tường lửa, cổng và dịch vụ RTSP của camera.",
    "Check power, network, firewall, port, and that RTSP is switched on.",
)


def no_stream(watched: Watched) -> Check | None:
    """The one finding when there is no picture at all."""
    if watched.pictures:
        return None
    error = watched.problem
    if error is None:
        text = Both("không có ảnh nào", "no picture came")
        return failed("live", text, _CONNECT)
    detail = f"{error.problem.value}{f' ({error.detail})' if error.detail else ''}"
    text = Both(f"không lấy được hình: {detail}", f"no picture: {detail}")
    return failed("live", text, _MENDS.get(error.problem, _CONNECT), problem=error.problem.value)


def live(watched: Watched) -> Check:
    first = watched.first_picture_s or 0.0
    if watched.problem is not None:
        detail = f"{watched.problem.problem.value} {watched.problem.detail}".strip()
        text = Both(f"luồng bị ngắt khi đang xem: {detail}", f"the stream broke off: {detail}")
        return failed("live", text, _CONNECT, problem=watched.problem.problem.value)
    if first > FIRST_PICTURE_S:
        text = Both(f"ảnh đầu tiên sau {first:.1f} s", f"the first picture came after {first:.1f} s")
        todo = Both(
            f"Ảnh đầu tiên phải có trong {FIRST_PICTURE_S:.0f} s: giảm khoảng cách khung hình khóa.",
            f"It must come within {FIRST_PICTURE_S:.0f} s: shorten the distance of key frames.",
        )
        return failed("live", text, todo, first_picture_s=round(first, 2))
    return passed(
        "live",
        f"có hình trực tiếp; ảnh đầu tiên sau {first:.1f} s",
        f"live picture; the first after {first:.1f} s",
        first_picture_s=round(first, 2),
    )


def password(stranger: Answered) -> Check:
    if stranger.refused:
        return passed("password", "từ chối người không có mật khẩu", "refuses who has no password")
    if stranger.problem is not None:
        detail = stranger.problem.problem.value
        return untested("password", f"không kiểm tra được: {detail}", f"could not be tested: {detail}")
    text = Both("ai cũng xem được, không cần mật khẩu", "gives its picture to anybody, without a password")
    todo = Both(
        "Bật xác thực RTSP (Digest) và đặt mật khẩu mạnh.",
        "Switch RTSP authentication (Digest) on, with a strong password.",
    )
    return failed("password", text, todo)


def codecs(watched: Watched) -> Check:
    assert watched.tracks is not None and watched.info is not None  # noqa: S101 - pictures came
    video, info = watched.tracks.video, watched.info
    picture = f"{video.codec.upper()} {video.width}×{video.height}"
    measured = {"codec": video.codec, "width": video.width, "height": video.height, "audio": info.audio}
    if info.audio and watched.tracks.audio is None:
        text = Both(
            f"{picture}; âm thanh {info.audio} không ghi được",
            f"{picture}; its sound ({info.audio}) cannot be recorded",
        )
        todo = Both(
            "Nếu cần ghi âm, đặt AAC, G.711 hoặc Opus.", "Where sound is needed, set AAC, G.711 or Opus."
        )
        return advice("codecs", text, todo, **measured)
    sound = watched.tracks.audio.codec if watched.tracks.audio else "–"
    return passed("codecs", f"{picture}, âm thanh {sound}", f"{picture}, sound {sound}", **measured)


def key_frames(watched: Watched) -> Check:
    if not watched.key_gaps_s:
        text = Both(
            "chỉ có một khung hình khóa trong thời gian thử", "only one key frame came during the test"
        )
        return failed("key_frames", text, _key_todo())
    worst = max(watched.key_gaps_s)
    text = Both(f"khung hình khóa cách nhau đến {worst:.1f} s", f"key frames up to {worst:.1f} s apart")
    if worst > KEY_GAP_S + 0.05:
        return failed("key_frames", text, _key_todo(), distance_s=round(worst, 2))
    if worst > KEY_ADVISED_S + 0.05:
        return advice("key_frames", text, _key_todo(), distance_s=round(worst, 2))
    return passed("key_frames", text.vi, text.en, distance_s=round(worst, 2))


def _key_todo() -> Both:
    return Both(
        f"Đặt khoảng cách khung hình khóa (I-frame interval) {KEY_ADVISED_S:.0f} s, nhiều nhất "
        f"{KEY_GAP_S:.0f} s; tắt chế độ GOP động.",
        f"Set the distance of key frames (I-frame interval) to {KEY_ADVISED_S:.0f} s, at most "
        f"{KEY_GAP_S:.0f} s; switch dynamic GOP off.",
    )


def frame_rate(watched: Watched, need: Need) -> Check:
    fps = (watched.pictures - 1) / watched.span_s if watched.span_s else 0.0
    declared = watched.meter.declared_fps
    if not declared:
        text = Both(f"{fps:.1f} khung/s; camera không khai báo", f"{fps:.1f} pictures/s; not declared")
        todo = Both("Khai báo a=framerate trong SDP.", "Declare a=framerate in the SDP.")
        return advice("frame_rate", text, todo, fps=round(fps, 2))
    text = Both(
        f"{fps:.1f} khung/s trên {declared:g} khai báo", f"{fps:.1f} pictures/s of {declared:g} declared"
    )
    if fps < need.quality.fps_watch * declared:
        todo = Both(
            "Giảm độ phân giải hoặc tốc độ khung hình mà camera không đạt được.",
            "Lower the picture size or the rate that the camera does not reach.",
        )
        return failed("frame_rate", text, todo, fps=round(fps, 2), declared=declared)
    return passed("frame_rate", text.vi, text.en, fps=round(fps, 2), declared=declared)


def loss(watched: Watched, need: Need) -> Check:
    meter = watched.meter
    if not meter.expected:
        return untested("loss", "nguồn không dùng RTP", "the source is not RTP")
    share = meter.lost / meter.expected
    text = Both(
        f"mất {meter.lost} trên {meter.expected} gói ({100 * share:.3f} %)",
        f"{meter.lost} of {meter.expected} packets lost ({100 * share:.3f} %)",
    )
    if share >= need.quality.loss_watch:
        todo = Both(
            "Dùng TCP, hoặc kiểm tra đường truyền, bộ chuyển mạch và băng thông.",
            "Use TCP, or check the line, the switch and the bandwidth.",
        )
        return failed("loss", text, todo, lost=meter.lost, expected=meter.expected)
    return passed("loss", text.vi, text.en, lost=meter.lost, expected=meter.expected)


def jitter(watched: Watched, need: Need) -> Check:
    if watched.meter.jitter_us is None:
        return untested("jitter", "chưa đủ gói để đo", "too few packets to measure")
    worst = watched.meter.jitter_worst_us / 1000
    text = Both(f"độ rung {worst:.1f} ms", f"jitter {worst:.1f} ms")
    if worst >= need.quality.jitter_watch_ms:
        todo = Both(
            "Đường truyền hoặc camera gửi không đều: kiểm tra tải của camera và của mạng.",
            "The line or the camera sends unevenly: check the load of both.",
        )
        return advice("jitter", text, todo, jitter_ms=round(worst, 1))
    return passed("jitter", text.vi, text.en, jitter_ms=round(worst, 1))


def time_sync(watched: Watched, need: Need) -> Check:
    """RTCP sender reports are how a camera tells its time (RFC 3550 section 6.4.1)."""
    if not watched.meter.reports:
        text = Both("không gửi RTCP Sender Report có thời gian", "sends no RTCP sender report with a time")
        todo = Both(
            "Bật RTCP và đồng bộ thời gian (NTP) trong camera.",
            "Switch RTCP and time synchronisation (NTP) on in the camera.",
        )
        return failed("time_sync", text, todo)
    offset_us = watched.memory.offset_us
    if offset_us is None:
        return untested("time_sync", "báo cáo đến quá muộn để so", "the report came too late to compare")
    offset = offset_us / 1e6
    text = Both(f"đồng hồ lệch {offset:+.2f} s", f"its clock differs by {offset:+.2f} s")
    if abs(offset) * 1000 > need.quality.clock_ms:
        todo = Both(
            "Đặt máy chủ NTP của hệ thống trong camera và kiểm tra múi giờ.",
            "Enter the system's NTP server in the camera and check its time zone.",
        )
        return failed("time_sync", text, todo, offset_s=round(offset, 3))
    return passed("time_sync", text.vi, text.en, offset_s=round(offset, 3))


def keep_alive(answered: Answered) -> Check:
    if answered.problem is None:
        return passed(
            "keep_alive",
            f"giữ phiên được; hết hạn sau {answered.timeout_s:.0f} s im lặng",
            f"keeps a session alive; it ends after {answered.timeout_s:.0f} s of silence",
            timeout_s=answered.timeout_s,
        )
    detail = f"{answered.problem.problem.value} {answered.problem.detail}".strip()
    text = Both(f"không giữ được phiên: {detail}", f"does not keep a session alive: {detail}")
    todo = Both(
        "Cập nhật phần mềm camera: phải trả lời GET_PARAMETER hoặc OPTIONS trong phiên.",
        "Update the camera: it must answer GET_PARAMETER or OPTIONS within a session.",
    )
    return failed("keep_alive", text, todo)


def recording(watched: Watched) -> Check:
    """What was recorded into memory is read back box by box."""
    memory = watched.memory
    found = scan(memory.file)
    frames = sum(fragment.frames for fragment in found.fragments)
    expected = sum(fragment.frames for fragment in memory.fragments)
    if not found.complete or not frames or frames != expected or memory.segments > 1:
        text = Both(
            f"bản ghi không liền: {frames}/{expected} khung, {memory.segments} đoạn",
            f"the recording is not whole: {frames} of {expected} pictures, {memory.segments} pieces",
        )
        todo = Both(
            "Camera đổi tham số hoặc thời gian khi đang phát: cố định độ phân giải, mã hóa và NTP.",
            "The camera changes parameters or its time while it sends: fix size, encoding and NTP.",
        )
        return failed("recording", text, todo, frames=frames, pieces=memory.segments)
    vi, en = f"ghi được {frames} khung liền nhau", f"{frames} pictures recorded without a break"
    return passed("recording", vi, en, frames=frames)


def playback(watched: Watched) -> Check:
    """What was recorded is decoded again, from its first key frame on."""
    pictures = 0
    try:
        held = io.BytesIO(watched.memory.file.getvalue())
        with av.open(held, mode="r", format="mp4") as container:
            for _ in container.decode(video=0):
                pictures += 1
                if pictures >= 25:
                    break
    except (FFmpegError, IndexError) as error:
        text = Both(f"bản ghi không giải mã được: {error}", f"the recording does not decode: {error}")
        todo = Both(
            "Tắt các chế độ mã hóa riêng của hãng (Smart codec, H.264+/H.265+).",
            "Switch the maker's own encodings off (smart codec, H.264+/H.265+).",
        )
        return failed("playback", text, todo)
    if not pictures:
        text = Both("bản ghi không có hình", "the recording shows no picture")
        return failed("playback", text, _key_todo())
    return passed("playback", f"xem lại được {pictures} khung", f"{pictures} pictures played back")


def again(watched: Watched) -> Check:
    """After an orderly end the device serves anew."""
    if watched.pictures:
        return passed("reconnect", "kết nối lại được ngay", "can be connected to again at once")
    detail = watched.problem.problem.value if watched.problem else "timeout"
    text = Both(f"không kết nối lại được: {detail}", f"cannot be connected to again: {detail}")
    todo = Both(
        "Tăng số phiên RTSP cho phép; camera phải giải phóng phiên sau TEARDOWN.",
        "Allow more RTSP sessions; the camera must free a session after TEARDOWN.",
    )
    return failed("reconnect", text, todo)


def second(main: Watched, sub: Watched | None) -> Check:
    if sub is None:
        return untested("second_stream", "không cho địa chỉ (--sub)", "no address given (--sub)")
    if not sub.pictures or sub.tracks is None or main.tracks is None:
        detail = sub.problem.problem.value if sub.problem else "timeout"
        text = Both(f"luồng phụ không có hình: {detail}", f"the second stream gives no picture: {detail}")
        return failed("second_stream", text, _sub_todo())
    video, large = sub.tracks.video, main.tracks.video
    size = f"{video.codec.upper()} {video.width}×{video.height}"
    text = Both(f"luồng phụ {size}", f"second stream {size}")
    if video.width * video.height >= large.width * large.height:
        return failed("second_stream", text, _sub_todo(), width=video.width, height=video.height)
    if video.codec != "h264":
        return advice("second_stream", text, _sub_todo(), codec=video.codec)
    return passed("second_stream", text.vi, text.en, width=video.width, height=video.height)


def _sub_todo() -> Both:
    return Both(
        "Đặt luồng phụ H.264, độ phân giải nhỏ hơn luồng chính (ví dụ 640×360).",
        "Set the second stream to H.264 and a smaller picture than the main one (for example 640×360).",
    )


def not_here() -> list[Check]:
    """Parts of integration (QN Đ3.9) that no stream shows."""
    return [
        untested(
            "events",
            "sự kiện: không kiểm tra bằng luồng RTSP",
            "events: not tested by the RTSP stream",
        ),
        untested(
            "control",
            "điều khiển (PTZ): không kiểm tra bằng luồng RTSP",
            "control (PTZ): not tested by the RTSP stream",
        ),
    ]
