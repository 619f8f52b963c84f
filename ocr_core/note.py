"""A warning that programs can tell by its code, for example to say it in the language of their users."""

from typing import Literal

NoteCode = Literal[
    "first_frame",  # frames or pages that the file has
    "cut_short",
    "transparent",  # white or black, what lies behind
    "turned",  # left, upside_down or right
    "small_print",  # height in pixels
    "cut_off",  # each of left, right, top, bottom
    "photograph",
    "vertical",
]
"""What is wrong; behind it the `values` that come with it. Codes stay, sentences may change."""


class Note(str):
    """A sentence for people, with its code."""

    code: NoteCode
    values: tuple[str, ...]
    """What the sentence counts or names, in the order of `NoteCode`."""

    def __new__(cls, sentence: str, code: NoteCode, *values: str) -> "Note":
        """Return `sentence` with what it says."""
        note = super().__new__(cls, sentence)
        note.code, note.values = code, values
        return note

    def __getnewargs__(self) -> tuple[str, NoteCode, *tuple[str, ...]]:  # type: ignore[override]
        """Return what a copy is made of, in this process or in another one."""
        return str(self), self.code, *self.values
