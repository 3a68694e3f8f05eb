"""The language of report, figures, pages and notebook.

The texts in the code are English; another language is a gettext catalogue, report/<language>.po.
"""

from __future__ import annotations

import gettext
import io
from pathlib import Path

SOURCE = "en"  # the language of the code and of the tables

_translations = gettext.NullTranslations()
_code = SOURCE


def use(catalogue: str | Path | None = None) -> None:
    """Use the language of a gettext catalogue (.po) from now on, English without one."""
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
    """Return the message in the language in use; the message itself if it has no translation."""
    return _translations.gettext(message) if message else ""  # gettext("") returns the catalogue's header


def code() -> str:
    """Return the language in use: en, ru."""
    return _code


def pgettext(context: str, message: str) -> str:
    """Return the message in the language in use, where its translation depends on the context."""
    return _translations.pgettext(context, message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the form of a message that goes with a count, in the language in use."""
    return _translations.ngettext(singular, plural, count)


def decimal_mark() -> str:
    """Return the decimal separator of numbers."""
    # Translators: the decimal mark of numbers, a point or a comma
    return _(".")
