"""Which side of a page is up, told by reading: print on its side or its head is read with little confidence."""

from collections.abc import Callable

from ocr_core.page_view import PageView

SURE = 0.85
"""`PageView.sureness` from which a page is upright beyond doubt, and nothing else is tried. Of 15 drawn
pages 11 were surer than this, and none was on its head (0.15 to 0.76) or on its side (0.13 to 0.55)."""

LEAD = 0.1
"""By how much another side must be read more surely to be taken for the upper one."""

Look = Callable[[int], PageView]
"""Quarter turns to the right, 0 to 3 -> the view of the page after them."""


def upright(page: PageView, look: Look, check: Callable[[], None]) -> PageView:
    """Return the view of the page that reads best: `page` itself unless another one is clearly better.

    Args:
        page: the page as it came.
        look: makes the other views.
        check: is called between the steps; raises what ends the reading.
    """
    as_it_came = page.sureness()
    if not page.quads or as_it_came >= SURE:
        return page
    check()
    upside_down = page.sureness_upside_down()
    check()
    sideways = look(1)
    check()
    sureness = {2: upside_down, 1: sideways.sureness(), 3: sideways.sureness_upside_down()}
    turns = max(sureness, key=lambda turns: sureness[turns])
    if sureness[turns] < as_it_came + LEAD:
        return page
    return sideways if turns == 1 else look(turns)
