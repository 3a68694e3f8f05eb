"""Words of report, figures, pages and notebook in the language of the study.

English stands in the code; another language is a gettext catalogue, report/<language>.po.
"""

from __future__ import annotations

import gettext
import io
from pathlib import Path

SOURCE = "en"  # the language of the code and of the tables

_translations = gettext.NullTranslations()
_code = SOURCE


def use(catalogue: str | Path | None = None) -> None:
    """Speak the language of a gettext catalogue (.po) from now on, English if there is none."""
    global _translations, _code
    _translations, _code = gettext.NullTranslations(), SOURCE
    if catalogue is not None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        compiled = io.BytesIO()
        with Path(catalogue).open("rb") as file:
            write_mo(compiled, read_po(file))
        compiled.seek(0)
        _translations, _code = gettext.GNUTranslations(compiled), Path(catalogue).stem


def _(message: str) -> str:
    """The message in the language in use; the message itself if it has no translation."""
    return _translations.gettext(message) if message else ""  # of nothing a catalogue tells its own heading


def code() -> str:
    """The language in use: en, ru."""
    return _code


def pgettext(context: str, message: str) -> str:
    """The message in the language in use, where a word has another translation in another context."""
    return _translations.pgettext(context, message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a message that goes with a count."""
    return _translations.ngettext(singular, plural, count)


def decimal_mark() -> str:
    """What stands between the whole and the broken part of a number."""
    # Translators: the decimal mark of numbers, a point or a comma
    return _(".")
