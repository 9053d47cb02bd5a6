#!/usr/bin/env python3
"""Writes the documents of this folder that are zips: make.py [FOLDER]. The same bytes each time."""

import pathlib
import sys
import zipfile

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "application/vnd.openxmlformats-officedocument."
XML = '<?xml version="1.0" encoding="UTF-8"?>'


def types(parts):
    return (f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
            "".join(f'<Override PartName="/{name}" ContentType="{MAIN}{kind}+xml"/>' for name, kind in parts) +
            "</Types>")


def relations(targets):
    return (f'{XML}<Relationships xmlns="{PACKAGE}/relationships">' +
            "".join(f'<Relationship Id="r{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
                    for i, (kind, target) in enumerate(targets, 1)) + "</Relationships>")


def docx():
    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    row = "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    body = (paragraph.format("Efficient office flow") +
            paragraph.format("\u041f\u0440\u0438\u0432\u0435\u0442 \u03ba\u03cc\u03c3\u03bc\u03b5") + "<w:tbl>" +
            row.format(paragraph.format("left cell"), paragraph.format("right cell")) + "</w:tbl>" +
            '<w:p><w:r><w:br w:type="page"/><w:t>Second page</w:t></w:r></w:p>')
    return [("[Content_Types].xml", types([("word/document.xml", "wordprocessingml.document.main")])),
            ("_rels/.rels", relations([("officeDocument", "word/document.xml")])),
            ("word/document.xml", f'{XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
                                  f'2006/main"><w:body>{body}</w:body></w:document>')]


def pptx():
    names = (f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE}" '
             'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"')
    tree = ('<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
            '<p:grpSpPr/>{}</p:spTree></p:cSld>')
    box = ('<p:sp><p:nvSpPr><p:cNvPr id="2" name="box"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>'
           '<a:off x="914400" y="914400"/><a:ext cx="5486400" cy="914400"/></a:xfrm><a:prstGeom prst="rect"/>'
           '</p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="en" sz="3200"/><a:t>{}</a:t></a:r></a:p></p:txBody>'
           "</p:sp>")
    colours = (
        '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" '
        'accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>')
    slides = ["First slide", "Second slide"]
    files = [
        ("[Content_Types].xml", types(
            [("ppt/presentation.xml", "presentationml.presentation.main"),
             ("ppt/slideMasters/slideMaster1.xml", "presentationml.slideMaster"),
             ("ppt/slideLayouts/slideLayout1.xml", "presentationml.slideLayout")] +
            [(f"ppt/slides/slide{i}.xml", "presentationml.slide") for i in (1, 2)])),
        ("_rels/.rels", relations([("officeDocument", "ppt/presentation.xml")])),
        ("ppt/presentation.xml",
         f'{XML}<p:presentation {names}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="r1"/>'
         '</p:sldMasterIdLst><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r3"/></p:sldIdLst>'
         '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>'),
        ("ppt/_rels/presentation.xml.rels", relations(
            [("slideMaster", "slideMasters/slideMaster1.xml"), ("slide", "slides/slide1.xml"),
             ("slide", "slides/slide2.xml")])),
        ("ppt/slideMasters/slideMaster1.xml",
         f'{XML}<p:sldMaster {names}>{tree.format("")}{colours}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" '
         'r:id="r1"/></p:sldLayoutIdLst></p:sldMaster>'),
        ("ppt/slideMasters/_rels/slideMaster1.xml.rels",
         relations([("slideLayout", "../slideLayouts/slideLayout1.xml")])),
        ("ppt/slideLayouts/slideLayout1.xml", f'{XML}<p:sldLayout {names}>{tree.format("")}</p:sldLayout>'),
        ("ppt/slideLayouts/_rels/slideLayout1.xml.rels",
         relations([("slideMaster", "../slideMasters/slideMaster1.xml")])),
    ]
    for i, text in enumerate(slides, 1):
        files += [(f"ppt/slides/slide{i}.xml", f"{XML}<p:sld {names}>{tree.format(box.format(text))}</p:sld>"),
                  (f"ppt/slides/_rels/slide{i}.xml.rels",
                   relations([("slideLayout", "../slideLayouts/slideLayout1.xml")]))]
    return files


def odt():
    names = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
             'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"')
    kind = "application/vnd.oasis.opendocument.text"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return [("mimetype", kind),
            ("META-INF/manifest.xml",
             f'{XML}<manifest:manifest xmlns:manifest="{manifest}" manifest:version="1.2"><manifest:file-entry '
             f'manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry '
             'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'),
            ("content.xml",
             f'{XML}<office:document-content {names} office:version="1.2"><office:body><office:text><text:h '
             'text:outline-level="1">Open heading</text:h><text:p>Open words</text:p></office:text></office:body>'
             "</office:document-content>")]


def epub():
    """Chapters not in the order of their names; one with an empty title, in a folder with a space."""
    chapter = XML + '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
    return [("mimetype", "application/epub+zip"),
            ("META-INF/container.xml",
             f'{XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
             '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'),
            ("OPS/book.opf",
             f'{XML}<opf:package xmlns:opf="http://www.idpf.org/2007/opf" version="3.0"><opf:manifest>'
             '<opf:item id="b" href="a.xhtml" media-type="application/xhtml+xml"/>'
             '<opf:item id="a" href="the%20text/b.xhtml" media-type="application/xhtml+xml"/></opf:manifest>'
             '<opf:spine><opf:itemref idref="a"/><opf:itemref idref="b"/></opf:spine></opf:package>'),
            ("OPS/the text/b.xhtml", chapter.format("<h1>Chapter one</h1><p>Caf\u00e9&nbsp;&#8211; bar<br/>next</p>")),
            ("OPS/a.xhtml", chapter.format('<a id="top"/><h1>Chapter two</h1>'))]


def write(file, entries):
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)  # of 1980: no clock
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
for make in (docx, pptx, odt, epub):
    write(folder / f"tiny.{make.__name__}", make())
