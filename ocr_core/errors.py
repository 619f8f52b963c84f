"""What can go wrong, by meaning. The services map each class to an HTTP status; nothing here knows HTTP.

OcrError
├── InputError              the sender's picture or options; the cure is theirs
│   ├── EmptyInput              no bytes at all
│   ├── NotAnImage              the content is of no image format that we read
│   ├── UnreadableImage         the right format, but damaged or impossible
│   ├── ImageTooLarge           more pixels than the limit
│   ├── TooManyPages            more pages than the limit
│   ├── ProtectedDocument       a PDF that opens with a password only
│   └── BadOption               an option with a value that does not exist
└── ServiceError            ours; the same picture may work later or elsewhere
    ├── ModelFileError          a model file is missing, damaged or describes itself wrongly
    └── DeadlineExceeded        the time that was given for a reading is over
"""

from collections.abc import Iterable

SHOWN = 40
"""Characters of a value that an error tells; the sender may have sent a million."""


class OcrError(Exception):
    """Base of every error this package raises on purpose. `str(error)` is a sentence for people."""

    code = "ocr_error"
    """Stable identifier for programs; a subclass sets its own."""


class InputError(OcrError):
    """The sender's input cannot be read as it is."""

    code = "input_error"


class EmptyInput(InputError):
    """Zero bytes were given where an image belongs."""

    code = "empty_input"


class NotAnImage(InputError):
    """The first bytes match no image format that is read here."""

    code = "not_an_image"


class UnreadableImage(InputError):
    """The format is known, but the content is truncated, corrupt or has impossible dimensions."""

    code = "unreadable_image"


class ImageTooLarge(InputError):
    """The header declares more pixels than the limit allows; nothing was decoded."""

    code = "image_too_large"


class TooManyPages(InputError):
    """More pages are asked for than may be read at once; the cure is to choose some of them."""

    code = "too_many_pages"


class ProtectedDocument(InputError):
    """A PDF asks for a password, or is locked in a way that nobody here can open."""

    code = "protected_document"


class BadOption(InputError):
    """An option has a value that does not exist; the message lists those that do."""

    code = "bad_option"

    @classmethod
    def unknown(cls, name: str, value: str, known: Iterable[str]) -> "BadOption":
        """Return the error for a `value` that is none of `known`; of a long one its beginning is told."""
        return cls(f"{name}={value[:SHOWN]!r} does not exist; choose one of {', '.join(known)}.")


class ServiceError(OcrError):
    """The fault is on our side."""

    code = "service_error"


class ModelFileError(ServiceError):
    """A model file is missing, does not match the manifest, or lacks a metadata key."""

    code = "model_file_error"


class DeadlineExceeded(ServiceError):
    """The reading was not finished by the caller's deadline and was given up."""

    code = "deadline_exceeded"
