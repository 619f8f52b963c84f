"""Which side of a page is up, told by reading: print on its side or its head is read with little confidence."""

from collections.abc import Callable

from ocr_core.page_view import PageView

SURE = 0.95
"""`PageView.sureness` from which a page is upright beyond doubt, and nothing else is tried. Of 101 real pages
67 % are surer than this; on its head none of them is (0.84 at most), nor on its side (0.83), nor are a few rows of
figures (0.92)."""

UNSURE = 0.8
"""Sureness below which the second finder, too, looks at the page on its side: the first one finds little print on
pictures."""

LEADS = {1: 0.1, 2: 0.05, 3: 0.1}
"""By how much the page must be read more surely after these quarter turns to be taken for upright then. On its head
the same lines are read: of those pages, two are read more surely than upright, by 0.03 at most."""

READ = 0.5
"""Sureness from which what is read after a turn is print; odd strokes are read as some letter from any side."""

READ_SURELY = 0.82
"""The same where single letters or digits are all that is read of the page as it came: from its side a column of
them looks like words. 40 drawn ones are read with 0.77 at most then, real pages on their side with 0.86 to 1."""

HEAD_LEAD = 0.15
"""Or by how much it must be read more surely than on its head: a column of upright characters is not."""

Look = Callable[[int], PageView]
"""Quarter turns to the right, 0 to 3 -> the view of the page after them."""


def upright(page: PageView, look: Look, check: Callable[[], None]) -> PageView:
    """Return the view of the page that reads best: `page` itself unless another one is clearly better.

    Args:
        page: the page as it came.
        look: makes the other views.
        check: is called between the steps; raises what ends the reading.
    """
    if page.sureness() >= SURE:
        return page
    check()
    was_empty = not page.quads
    page.look_again()
    check()
    as_it_came = page.sureness()
    if as_it_came >= SURE or (was_empty and not page.quads):
        return page
    check()
    upside_down = page.sureness_upside_down()
    check()
    sideways = look(1)
    check()
    if as_it_came < UNSURE:
        sideways.look_again()
        check()
    sureness = {2: upside_down, 1: sideways.sureness(), 3: sideways.sureness_upside_down()}
    turns = max(sureness, key=lambda turns: sureness[turns] - LEADS[turns])
    is_print = sureness[turns] >= READ or sureness[turns] >= (sureness | {0: as_it_came})[turns ^ 2] + HEAD_LEAD
    if page.is_of_short_lines():
        is_print = sureness[turns] >= READ_SURELY
    if not is_print or sureness[turns] < as_it_came + LEADS[turns]:
        return page
    return sideways if turns == 1 else look(turns)
