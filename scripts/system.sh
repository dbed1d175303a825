#!/usr/bin/env bash
# Installs Debian packages that tests or benchmarks use, where they are missing and this user may.
set -euo pipefail
case ${1:?test or bench} in
  test) packages="chromium firefox-esr ffmpeg mpv vlc-bin vlc-plugin-base opencv-doc python3-gi
    gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
    gstreamer1.0-plugins-ugly gstreamer1.0-libav" ;;
  bench) packages="ffmpeg gcc libc6-dev chromium" ;;
esac
missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "Missing (tests that need them will be skipped): sudo apt-get install$missing" >&2
  exit 0
fi
echo "· Debian packages:$missing"
apt-get update -qq
# shellcheck disable=SC2086 - a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends $missing >/dev/null
