"""How long a frame of sound lasts, whatever its codec."""

from thienly.media.codecs import g711, opus
from thienly.media.frames import AudioTrack, Part


def samples(track: AudioTrack, frame: Part) -> int:
    """In ticks of the track's `sample_rate`. Raises ValueError when the frame cannot be one."""
    if track.samples_per_frame:
        return track.samples_per_frame
    return opus.samples(frame) if track.codec == "opus" else g711.samples(frame, track.channels)
