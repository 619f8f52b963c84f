"""PDFs made to take memory or time, or to break a parser. Each is (bytes, what may come of it)."""

import random
import zlib

READ = None
REFUSED = ("unreadable_image", "image_too_large", "protected_document", "too_many_pages", "deadline_exceeded")

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def pdf(*objects, trailer=b""):
    """Return a PDF of `objects`, numbered from 1, the first one its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table) + end


def stream(content, head=b"", packed=True):
    """Return a stream object."""
    data = zlib.compress(content, 9) if packed else content
    how = b"/Filter/FlateDecode" if packed else b""
    return b"<<%b%b/Length %d>>stream\n%b\nendstream" % (head, how, len(data), data)


DRAWN = stream(b"q 200 0 0 100 0 0 cm /X Do Q")


def image(width, height, data):
    """Return an image object whose packed `data` need not be as long as it declares."""
    head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % (
        width,
        height,
    )
    return stream(data, head)


def hostile_pdfs():
    """Return {name: PDF}."""
    laughs = [
        stream(b"/X Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % n)
        for n in range(6, 26)
    ]
    good = pdf(CATALOG, TREE, PAGE, DRAWN, image(2, 2, bytes(12)))
    zeros = zlib.compress(bytes(1 << 24), 9)
    return {
        "image of 2.7 GB": pdf(CATALOG, TREE, PAGE, DRAWN, image(30_000, 30_000, bytes(30_000))),
        "image of 12 GB": pdf(CATALOG, TREE, PAGE, DRAWN, image(65_000, 65_000, bytes(65_000))),
        "packed twice": pdf(CATALOG, TREE, PAGE, stream(zeros, b"/Filter[/FlateDecode/FlateDecode]", packed=False)),
        "content of 200 MB": pdf(CATALOG, TREE, PAGE, stream(b"0 0 m 1 1 l S " * 14_000_000)),
        "a billion forms": pdf(CATALOG, TREE, PAGE, stream(b"/X Do"), *laughs, stream(b"0 0 1 1 re f")),
        "a form in itself": pdf(CATALOG, TREE, PAGE, stream(b"/X Do"), laughs[0].replace(b"6 0 R", b"5 0 R")),
        "a tree in itself": pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
        "a claim of two billion pages": pdf(CATALOG, TREE.replace(b"Count 1", b"Count 2000000000"), PAGE, DRAWN),
        "no pages": pdf(CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"),
        "nested arrays": pdf(CATALOG, TREE, PAGE[:-2] + b"/A" + b"[" * 100_000 + b"]" * 100_000 + b">>", DRAWN),
        "an endless chain of tables": good.replace(b"/Root", b"/Prev %d/Root" % good.rindex(b"xref\n0")),
        "a table of any size": good.replace(b"/Size 6", b"/Size 2147483647"),
        "an unknown lock": pdf(CATALOG, TREE, PAGE, DRAWN, trailer=b"/Encrypt<</Filter/None/V 9/R 9>>"),
        "a script": pdf(CATALOG[:-2] + b"/OpenAction<</S/JavaScript/JS(while(1);)>>>>", TREE, PAGE, DRAWN),
        "a file of the machine": pdf(CATALOG, TREE, PAGE, b"<</F(/etc/passwd)/Length 0>>stream\n\nendstream"),
        **{
            f"page {name}": pdf(CATALOG, TREE, PAGE.replace(b"[0 0 200 100]", box), DRAWN)
            for name, box in BOXES.items()
        },
        **{f"cut at {share} %": good[: len(good) * share // 100] for share in (2, 20, 50, 80, 97)},
        **{f"flipped {seed}": _flipped(good, seed) for seed in range(12)},
    }


SLOW = (
    "image of 2.7 GB",
    "image of 12 GB",
    "packed twice",
    "content of 200 MB",
    "a billion forms",
    "a form in itself",
    "a claim of two billion pages",
)
"""Those that take all the time or memory that they are given, or pages without number."""

BOXES = {
    "without an area": b"[0 0 0 0]",
    "turned inside out": b"[100 100 0 0]",
    "of a kilometre": b"[0 0 9999999 9999999]",
    "of any width": b"[0 0 99999999999999999999999999999999999999999 1]",
    "as thin as a hair": b"[0 0 14400 0.001]",
    "of words": b"[a b c d]",
}


def _flipped(data, seed):
    rng, found = random.Random(seed), bytearray(data)
    for _ in range(rng.choice([1, 4, 30])):
        found[rng.randrange(9, len(found))] = rng.randrange(256)
    return bytes(found)
