"""Settings of Sphinx for `make docs`, which builds pages from the Markdown files of the repository and from docstrings.

Sphinx reads the sources from the root of the repository, so that links lead to the same files on GitHub and on the
pages. The pages work offline: formulas are MathML, and the search needs no server.
"""

import re
import sys
from importlib.util import find_spec
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

project = "Unsupervised feature learning on images"
html_title = project
html_show_copyright = html_show_sphinx = html_copy_source = False

root_doc = "docs/index"
include_patterns = ["docs/**.md", "docs/**.rst", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md"]
# Sphinx does not enter folders that are excluded. docs/README.md is part of docs/index.
exclude_patterns = [
    "docs/README.md",
    *(f.name for f in ROOT.iterdir() if f.is_dir() and f.name not in ("docs", "config")),
]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.apidoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4  # headings have the anchors that they have on GitHub
# Sphinx writes a file for each package, which are not in the repository.
apidoc_modules = [{"path": str(ROOT / "lib"), "destination": "docs/reference/lib", "module_first": True}]
# PyTorch is optional: without it, its classes in signatures and bases are placeholders.
autodoc_mock_imports = [name for name in ("torch", "safetensors", "keras") if find_spec(name) is None]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_use_ivar = True  # attributes that a docstring explains are not listed twice
default_role = "code"
nitpick_ignore_regex = [("py:.*", ".*")]  # types of other libraries, whose pages are not here
suppress_warnings = ["ref.python"]  # attributes of several classes have the same name
html_math_renderer = "mathml"

html_theme = "alabaster"
html_theme_options = {"fixed_sidebar": True, "page_width": "1180px", "sidebar_width": "240px"}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}


def write_formula(writer, node, block):
    """Write a formula as MathML, which browsers draw without a script."""
    formula = tex2mathml(node.astext().replace("'", r"^\prime "), as_block=block)
    writer.body.append(formula.replace("<mo>‖</mo>", '<mo stretchy="false">‖</mo>'))
    raise SkipNode


def write_inline(writer, node):
    write_formula(writer, node, block=False)


def write_block(writer, node):
    write_formula(writer, node, block=True)


def as_restructured_text(app, what, name, obj, options, lines):
    """Turn the plain text of a docstring into reStructuredText.

    What follows a colon in a section of attributes goes on a line below: it is their meaning, not their type. A name
    that ends with an underscore, such as lambda_, becomes code, as it would be a link otherwise.
    """
    start = lines.index("Attributes") + 2 if "Attributes" in lines else len(lines)
    below = (re.sub(r"^(\w[\w, ]*) : (?=\S)", r"\1\n    ", line).split("\n") for line in lines[start:])
    lines[start:] = [part for parts in below for part in parts]
    lines[:] = [re.sub(r"(?<![`\w])([a-z]\w*_)(?![`\w])", r"``\1``", line) for line in lines]


def leave_out(app, what, name, obj, skip, options):
    """Leave out the methods that scikit-learn adds to every estimator."""
    return True if name.startswith("set_") and name.endswith("_request") else None


def setup(app):
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
    app.connect("autodoc-process-docstring", as_restructured_text, priority=1)  # before napoleon
    app.connect("autodoc-skip-member", leave_out)
