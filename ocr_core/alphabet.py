"""Characters <-> classes. Class 0 is the CTC blank; character i of the string is class i + 1."""

from collections.abc import Iterable

from ocr_core.errors import ModelFileError

BLANK = 0
"""Class of the CTC blank (Graves et al. 2006), in every model this project trains or accepts."""


class Alphabet:
    """Characters in order, each of which is one class of the recogniser."""

    def __init__(self, characters: Iterable[str], repeats: bool = False) -> None:
        """Take the characters of the classes from 1 on.

        Args:
            characters: one string a class.
            repeats: whether a character may have several classes. Ours never do; PP-OCR's lists for Latin letters
                hold some twice, and the space besides the one that its decoder adds.

        Raises:
            ModelFileError: a character stands there twice without `repeats`.
        """
        self.characters = tuple(characters)
        self.signs = ("", *self.characters)
        """What each class adds to a text: nothing for the blank."""

        self._class_of = {character: index for index, character in enumerate(self.characters, start=1)}
        if len(self._class_of) != len(self.characters) and not repeats:
            raise ModelFileError("The alphabet holds a character twice; each may stand for one class only.")

    def __len__(self) -> int:
        """Number of classes, the blank included."""
        return len(self.characters) + 1

    def __contains__(self, character: object) -> bool:
        return character in self._class_of

    def encode(self, text: str) -> list[int]:
        """Return the classes of `text`, the last one of a repeated character; raise `KeyError` for others."""
        return [self._class_of[character] for character in text]

    def to_metadata(self) -> str:
        """Return the form kept in a model file under `character`: one character a line, class 1 first."""
        return "\n".join(self.characters)

    @classmethod
    def from_metadata(cls, text: str, classes: int, repeats: bool = False) -> "Alphabet":
        """Return the alphabet of a model file that has `classes` outputs.

        PP-OCR exports leave out the space and give it the last class; ours list it. Both are told apart
        by counting. Raises `ModelFileError` where neither count agrees; `repeats` as for the class.
        """
        characters = text.split("\n")
        if characters[-1] == "" and len(characters) > 1:
            characters.pop()
        if len(characters) + 2 == classes:
            characters.append(" ")
        if len(characters) + 1 != classes:
            raise ModelFileError(
                f"The alphabet lists {len(characters)} characters, but the network has {classes} classes; "
                "expected one class per character and one for the blank."
            )
        return cls(characters, repeats)
