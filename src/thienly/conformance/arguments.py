"""The words of `thienly conformance`."""

import argparse
from pathlib import Path

PASSWORD = "THIENLY_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="rtsp://… or rtsps://… of the main stream")
    parser.add_argument("--sub", default="", help="address of the second, smaller stream")
    parser.add_argument("--user", default="", help=f"user name; the password comes from {PASSWORD}")
    parser.add_argument("--password-file", type=Path, help="instead of the variable: its first line")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the stream is watched")
    parser.add_argument("--transport", choices=["tcp", "udp", "auto"], default="tcp")
    parser.add_argument("--fingerprint", default="", help="SHA-256 of the certificate, for rtsps")
    parser.add_argument("--local", action="store_true", help="allow addresses of this machine")
    parser.add_argument("--json", action="store_true")
