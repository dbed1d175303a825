"""Logs of every process: one JSON object a line on standard error, UTC, no secrets, no local variables."""

import logging
import sys
from types import TracebackType

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import Processor

_ALL: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # Local variables of a traceback may hold a password.
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
]
_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)


def configure(level: int = logging.INFO) -> None:
    """Call once, first thing in a process. What libraries log takes the same form."""
    structlog.configure(
        processors=[*_ALL, _JSON],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[ProcessorFormatter.remove_processors_meta, *_ALL, _JSON],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def note_crashes() -> None:
    """For processes that run on: an exception that ends one is a line like any other."""
    sys.excepthook = _crashed


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger("thienly").critical("crashed", exc_info=(kind, error, trace))
