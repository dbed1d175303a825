"""Decodes files with GStreamer, run by Debian's own Python (see `gst_server`).

    /usr/bin/python3 gst_reader.py FILE...

Prints a JSON object a file: `video` and `audio`, the presentation times and durations (ns) of what was
decoded; `said`, its warnings and errors.
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402 - versions first


class Reading:
    """One file, decoded as fast as it can be."""

    def __init__(self, path: str) -> None:
        self.found: dict[str, list[list[int]]] = {"video": [], "audio": []}
        self.said: list[str] = []
        self._loop = GLib.MainLoop()
        self._pipeline = Gst.Pipeline.new()
        source = Gst.ElementFactory.make("uridecodebin")
        source.set_property("uri", Gst.filename_to_uri(path))
        source.connect("pad-added", self._on_pad)
        self._pipeline.add(source)
        bus = self._pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self._on_message)

    def run(self) -> dict[str, object]:
        self._pipeline.set_state(Gst.State.PLAYING)
        self._loop.run()
        self._pipeline.set_state(Gst.State.NULL)
        return {**self.found, "said": self.said}

    def _on_pad(self, _: object, pad: "Gst.Pad") -> None:
        kind = pad.get_current_caps().get_structure(0).get_name().partition("/")[0]
        sink = Gst.ElementFactory.make("fakesink")
        sink.set_property("signal-handoffs", True)
        sink.connect("handoff", self._on_buffer, kind)
        self._pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def _on_buffer(self, _: object, buffer: "Gst.Buffer", __: object, kind: str) -> None:
        self.found[kind].append([buffer.pts, buffer.duration])

    def _on_message(self, _: object, message: "Gst.Message") -> None:
        if message.type == Gst.MessageType.WARNING:
            self.said.append(str(message.parse_warning()))
        elif message.type == Gst.MessageType.ERROR:
            self.said.append(str(message.parse_error()))
            self._loop.quit()
        elif message.type == Gst.MessageType.EOS:
            self._loop.quit()


def main() -> None:
    Gst.init(None)
    for path in sys.argv[1:]:
        sys.stdout.write(json.dumps(Reading(path).run()) + "\n")


if __name__ == "__main__":
    main()
