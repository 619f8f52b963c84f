"""Small PDFs and TIFFs, and how a service is asked about them."""

from io import BytesIO

from documents import without_page
from fpdf import FPDF
from PIL import Image


def pdf_of(*texts):
    pdf = FPDF(format=(40, 8))  # 315 x 63 pixels, no more than the fake reader tells
    pdf.set_font("Helvetica", size=12)
    for text in texts:
        pdf.add_page()
        pdf.text(4, 6, text)
    return bytes(pdf.output())


def tiff_of(pages):
    images, file = [Image.new("L", (40, 20 + page), 255) for page in range(pages)], BytesIO()
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:])
    return file.getvalue()


TWO = pdf_of("one", "two")


def ask(client, file, name="a.pdf", **options):
    return client.post("/ocr", files={"file": (name, file)}, data=options)


BROKEN = without_page(pdf_of("one", "two", "three"), 2)
