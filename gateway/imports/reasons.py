"""Why a line could not be used: stable codes and the sentence that explains each.

The codes are written to the rejects file, where scripts read them; the sentences are for the operator at a terminal.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The code of a rejected line. The value never changes once released."""

    EMPTY_LINE = "empty_line"
    LINE_TOO_LONG = "line_too_long"
    NUL_BYTE = "nul_byte"
    BAD_ENCODING = "bad_encoding"
    TRUNCATED = "truncated"
    DAMAGED_ARCHIVE = "damaged_archive"
    LOG_MARKER = "log_marker"
    UNREADABLE = "unreadable"
    UNKNOWN_EVENT = "unknown_event"
    INBOUND_MESSAGE = "inbound_message"
    ORPHAN_RECEIPT = "orphan_receipt"
    RECEIPT_WITHOUT_MESSAGE = "receipt_without_message"
    LENGTH_MISMATCH = "length_mismatch"
    BAD_TEXT = "bad_text"
    BAD_TIME = "bad_time"
    BAD_NUMBER = "bad_number"
    BAD_RECIPIENT = "bad_recipient"
    BAD_SENDER = "bad_sender"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_RECEIPT_TYPE = "unknown_receipt_type"
    OTHER_SERVICE = "other_service"
    WRONG_COLUMNS = "wrong_columns"
    UNCLOSED_QUOTE = "unclosed_quote"
    BAD_QUOTING = "bad_quoting"
    MISSING_VALUE = "missing_value"
    DUPLICATE_EXTERNAL_ID = "duplicate_external_id"
    CONFLICTS_WITH_KNOWN = "conflicts_with_known"
    NO_LONGER_KEPT = "no_longer_kept"


SENTENCES: dict[Reason, str] = {
    Reason.EMPTY_LINE: "The line is empty.",
    Reason.LINE_TOO_LONG: "The line is longer than one mebibyte.",
    Reason.NUL_BYTE: "The line holds a NUL byte, which text cannot store.",
    Reason.BAD_ENCODING: "The line is not valid UTF-8.",
    Reason.TRUNCATED: "The line ends in the middle of a record.",
    Reason.DAMAGED_ARCHIVE: "The compressed file is damaged from here on.",
    Reason.LOG_MARKER: "The line marks where the log begins or ends; it holds no message.",
    Reason.UNREADABLE: "The line does not have the layout of the log.",
    Reason.UNKNOWN_EVENT: "The log names an event that is neither a message sent nor a receipt.",
    Reason.INBOUND_MESSAGE: "The message came in from a phone; inbound messages are not imported.",
    Reason.ORPHAN_RECEIPT: "Kannel itself found no message for this receipt.",
    Reason.RECEIPT_WITHOUT_MESSAGE: (
        "No message for this receipt is known yet. It is kept, and applied when the message is imported."
    ),
    Reason.LENGTH_MISMATCH: "The text is not as long as the log says.",
    Reason.BAD_TEXT: "The text is not the hexadecimal UTF-16 it should be.",
    Reason.BAD_TIME: "The time cannot be read.",
    Reason.BAD_NUMBER: "A number cannot be read or is out of range.",
    Reason.BAD_RECIPIENT: "The recipient is not a telephone number.",
    Reason.BAD_SENDER: "The sender is empty or too long.",
    Reason.UNKNOWN_STATUS: "The status is not one the platform knows.",
    Reason.UNKNOWN_RECEIPT_TYPE: "The receipt has a type that Kannel does not define.",
    Reason.OTHER_SERVICE: "The line belongs to another service user than the ones chosen.",
    Reason.WRONG_COLUMNS: "The record does not have as many fields as the header.",
    Reason.UNCLOSED_QUOTE: "A quoted field is never closed.",
    Reason.BAD_QUOTING: "Text follows a closing quote.",
    Reason.MISSING_VALUE: "A required field is empty.",
    Reason.DUPLICATE_EXTERNAL_ID: "The external id already belongs to another message.",
    Reason.CONFLICTS_WITH_KNOWN: "The message is known with other contents, or with an outcome that cannot change.",
    Reason.NO_LONGER_KEPT: "Messages of that time are no longer kept; they were counted when they were sent.",
}


class Rejected(Exception):
    """A line that cannot be used.

    `detail` names the field or value at fault; it is appended to the sentence of the reason.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    @property
    def sentence(self) -> str:
        """The reason as a sentence, with the detail when there is one."""
        return f"{SENTENCES[self.reason]} ({self.detail})" if self.detail else SENTENCES[self.reason]
