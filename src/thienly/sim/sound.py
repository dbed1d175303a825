"""A quiet sound for each scene, eight seconds that join at the ends (125 AAC frames at 16 kHz)."""

import numpy as np
from numpy.typing import NDArray

from thienly.sim.spec import SceneName

SAMPLE_RATE = 16_000
SECONDS = 8
_SAMPLES = SAMPLE_RATE * SECONDS

Samples = NDArray[np.float32]


def scene_sound(scene: SceneName) -> Samples:
    """Mono samples in −1…1."""
    match scene:
        case "mine_gate":  # a diesel idling, gravel
            wave = 0.5 * _engine(28) * (0.6 + 0.4 * _swell(0.25)) + 0.25 * _noise(200, 1800, 1) * _swell(0.5)
        case "quay":  # waves on a wall, far engines
            wave = 0.8 * _noise(80, 900, 2) * _swell(0.375) ** 2 + 0.15 * _engine(19)
        case "one_stop":  # a murmur, the chime of the queue
            wave = 0.5 * _noise(250, 1100, 3) * (0.5 + 0.5 * _swell(1.125)) + _chime(1.0)
        case "street":  # traffic passing
            wave = 0.6 * _noise(90, 1500, 4) * (0.4 + 0.6 * _swell(0.5)) + 0.3 * _engine(47) * _swell(0.25)
        case "night_yard":  # crickets
            beat = (np.sin(2 * np.pi * 16 * _time()) > 0) * _swell(1.0)
            wave = 0.12 * np.sin(2 * np.pi * 4200 * _time()) * beat + 0.1 * _noise(60, 300, 5)
    quiet: Samples = (0.25 * wave / np.abs(wave).max()).astype(np.float32)
    return quiet


def _time() -> NDArray[np.float64]:
    return np.arange(_SAMPLES) / SAMPLE_RATE


def _swell(hertz: float) -> NDArray[np.float64]:
    """0…1; a multiple of 1/8 Hz joins at the ends."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * hertz * _time())


def _engine(hertz: float) -> NDArray[np.float64]:
    return sum(
        (np.sin(2 * np.pi * hertz * k * _time() + k * k) / k for k in range(1, 12)), np.zeros(_SAMPLES)
    )


def _noise(low: float, high: float, salt: int) -> NDArray[np.float64]:
    """Noise of a band, periodic because it is made of whole periods."""
    chance = np.random.default_rng(salt)
    spectrum = np.zeros(_SAMPLES // 2 + 1, np.complex128)
    first, last = int(low * SECONDS), int(high * SECONDS)
    phases = chance.uniform(0, 2 * np.pi, last - first)
    spectrum[first:last] = np.exp(1j * phases) / np.sqrt(np.arange(first, last) / first)
    wave = np.fft.irfft(spectrum, _SAMPLES)
    return np.asarray(wave / np.abs(wave).max())


def _chime(at_s: float) -> NDArray[np.float64]:
    wave = np.zeros(_SAMPLES)
    for order, hertz in enumerate((784.0, 659.0)):
        since = _time() - at_s - order * 0.45
        ring = np.exp(-np.clip(since, 0, None) * 4) * (since > 0)
        wave += 0.3 * ring * np.sin(2 * np.pi * hertz * since)
    return wave
