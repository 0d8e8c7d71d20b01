"""Sphinx's settings for the course's site; with the tag "quick" the lessons run with --quick."""

import re

import pages
import reference
from docutils import nodes
from sphinx import addnodes

project = "minigrad"
language = "en"
extensions = [
    "matplotlib.sphinxext.plot_directive",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosectionlabel",
    "sphinx_gallery.gen_gallery",
    "sphinx-mathjax-offline",
    "myst_parser",
    "reference",
]
exclude_patterns = ["after"]
default_role = "literal"
toc_object_entries = False  # each page of the reference begins with a table of its names
smartquotes = False  # what stands in the lessons can be searched for as it stands there
autosectionlabel_prefix_document = True
suppress_warnings = ["autosectionlabel"]
myst_enable_extensions = ["dollarmath"]
mathjax3_config = {
    "options": {"ignoreHtmlClass": "bd-article"}
}  # what MyST marks as a formula is not ignored

plot_formats = [("png", 110)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "lessons",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "reset_argv": "running.quick" if tags.has("quick") else "running.full",  # noqa: F821
    "reset_modules": ("matplotlib", "running.begin"),
    "image_scrapers": ("running.picture",),
    "capture_repr": (),
    "download_all_examples": False,
    "thumbnail_size": (600, 200),
    "min_reported_time": float("inf"),
    "write_computation_times": False,
    "show_signature": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "minigrad"
html_static_path = ["static"]
html_css_files = ["course.css"]
html_context = {"default_mode": "auto"}
html_sidebars = {
    name: []
    for name in (
        *("index", "errata", "glossary", "classroom", "data", "search", "genindex"),
        "reference/core",  # its code needs the room
    )
}
html_show_search_summary = False  # from file:// no page may read another
html_copy_source = False
html_domain_indices = False  # the reference begins with the modules
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "show_toc_level": 1,
    "header_links_before_dropdown": 6,
    "footer_start": [],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc", "sg_download_links"],
}

HEAD = re.compile(r"\n(\*(?:New words|Runs)\*)")
ZIP = "    .. container:: sphx-glr-download sphx-glr-download-zip"  # its bytes depend on the time
LESSON = re.compile(r"lessons/\d\d_\w+/(\d\d)_\w+")
FILES = re.compile(f"`?({'|'.join(map(re.escape, reference.DOCUMENTS))})`?")


def complete(app, document, source):
    """Add to a lesson's page, before its downloads, what belongs to the lesson."""
    if match := LESSON.fullmatch(document):
        lesson, mark, downloads = source[0].partition(".. _sphx_glr_download_")
        lesson = HEAD.sub(r"\n\n\1", lesson)  # a paragraph for each
        lesson = FILES.sub(lambda file: reference.code(file[1]), lesson)
        source[0] = lesson + pages.included(int(match[1])) + mark + downloads.partition(ZIP)[0]


def describe(app, tree):
    """Say of each thumbnail what it shows."""
    for image in tree.findall(nodes.image):
        if match := re.search(r"sphx_glr_(\d\d)_\w+_thumb", image["uri"]):
            image["alt"] = f"Picture of lesson {pages.title(int(match[1]))}"


def breakable(app, tree, document):
    """Let the names of modules break behind a dot, in headings and in front of their names."""
    for place in [*tree.findall(nodes.title), *tree.findall(addnodes.desc_addname)]:
        for text in [text for text in place.findall(nodes.Text) if "minigrad." in text]:
            name, *others = re.split(r"(?<=\.)", text)
            rest = [
                part
                for other in others
                for part in (nodes.raw("", "<wbr>", format="html"), nodes.Text(other))
            ]
            text.parent.replace(text, [nodes.Text(name), *rest])


def find_once(app, tree, document):
    """Let the search find the glossary by its text alone: else each term lists it, first of all."""
    for entry in tree.findall(addnodes.index) if document == "glossary" else ():
        entry["entries"] = []


def setup(app):
    app.connect("doctree-resolved", find_once)
    app.connect("doctree-resolved", breakable)
    app.connect("source-read", complete)
    app.connect("doctree-read", describe)
