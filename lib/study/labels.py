"""Labels: what sets models, features and combinations of settings apart, as data.

`str` gives the text of the CSV tables, with the names and values of the configuration. Nothing reads that text back:
`lib.words.labels` writes what people read from the label itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lib.study.settings import DEFAULT, PIXELS, setting_text


@dataclass(frozen=True)
class Label:
    """The settings that set something apart, in order.

    Attributes
    ----------
    settings : pairs of the name of a setting and its value; lists are tuples, so that a label can be a key.
    together : one label per model where the features of several models are concatenated, empty otherwise.

    A label without any of them is that of the default settings.
    """

    settings: tuple[tuple[str, Any], ...] = ()
    together: tuple[Label, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any], together: Sequence[Label] = ()) -> Label:
        """Return the label of settings by name."""
        pairs = ((key, tuple(value) if isinstance(value, list) else value) for key, value in settings.items())
        return cls(tuple(pairs), tuple(together))

    def __str__(self) -> str:
        parts = [setting_text(key, value) for key, value in self.settings]
        if self.together:
            parts.append(" + ".join(map(str, self.together)))
        return ", ".join(parts) or DEFAULT


PIXELS_LABEL = Label.of({"learner": PIXELS})
