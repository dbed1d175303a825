"""Camera passwords travel and rest sealed; only a process that holds the key file can open them."""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Seals and opens short secrets with the installation's key (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def from_file(cls, path: Path) -> "Vault":
        """Raises FileNotFoundError."""
        return cls(path.read_bytes().strip())

    @staticmethod
    def new_key() -> bytes:
        return Fernet.generate_key()

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode() if secret else ""

    def open(self, sealed: str) -> str:
        """Raises ValueError when the text was not sealed with this key."""
        if not sealed:
            return ""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("sealed with another key, or damaged") from error
