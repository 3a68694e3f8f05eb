"""Captions say what the user wrote."""

import re
from html import unescape

import pytest
from docutils.core import publish_parts

from lib.words.markup import restructured
from tests.unit.hostile import ALL


@pytest.mark.parametrize("kind", ALL)
def test_no_text_is_markup_in_a_caption(kind):
    text = restructured(ALL[kind])
    body = publish_parts(f"**{text}**\n\nStudy “{text}” on it", writer="html")["body"]
    wanted = re.sub(r"[\x00-\x1f\x7f]", "□", " ".join(ALL[kind].split()))
    found = re.fullmatch(r"<p><strong>(.*)</strong></p>\n<p>Study “(.*)” on it</p>\n", body)
    assert found, body
    assert [re.sub("<a class.*?>|</a>", "", unescape(one)) for one in found.groups()] == [wanted, wanted]
