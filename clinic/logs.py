"""Log lines as JSON. They hold ids, counts and codes; never a name, an address, a token or a clinical word."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
network: ContextVar[str] = ContextVar(
    "network", default=""
)  # who asks; for the audit, never for a line of the log
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
SECRET_PATHS = re.compile(
    r"(/(?:u|carer|calendar)/)[^\s?\"']+"
)  # addresses that must carry a token: stopping e-mails, a carer's answer, a calendar's feed


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": SECRET_PATHS.sub(r"\1…", record.getMessage()),
        }
        if current := request_id.get():
            line["request_id"] = current
        extra = {key: value for key, value in vars(record).items() if key not in STANDARD}
        line |= {
            key: value for key, value in extra.items() if key not in {"request", "response", "server_time"}
        }
        if record.exc_info and record.exc_info[0]:
            # The text of an exception may quote a row ("Key (email)=(…) already exists"): type and place only.
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _place(record)
        return json.dumps(line, default=str)


def _place(record: logging.LogRecord) -> list[str]:
    """File and line of the innermost frames, without any values."""
    frames = []
    traceback = record.exc_info[2] if record.exc_info else None
    while traceback:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-6:]
