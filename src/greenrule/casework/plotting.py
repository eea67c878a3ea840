"""Charts: one way of opening and saving them, so that all carry the same Chinese type and the same bytes for the same content."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from greenrule.core.errors import Fault, InputFault

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Kinds of picture that can be written.
PICTURES = (".svg", ".png")


@contextmanager
def chart(width: float, height: float) -> Iterator[Figure]:
    """A figure of so many inches, with a Chinese font; draw and save (`picture`) inside the block.

    Raises EnvironmentFault D022 where no Chinese font is installed.
    """
    from greenrule.casework.report_pdf import find_fonts

    fonts = [name for name in find_fonts() if "Sans" in name] or list(find_fonts())
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    if not set(fonts) & set(font_manager.get_font_names()):
        # The list of fonts that matplotlib keeps is older than the font.
        for path in font_manager.findSystemFonts():
            if any(word in path for word in ("CJK", "SourceHan", "wqy", "simhei", "msyh", "PingFang", "uming")):
                font_manager.fontManager.addfont(path)
    # Glyphs as outlines: the picture looks alike where no Chinese font is installed.  The salt keeps ids the same.
    settings: dict[str, Any] = {
        "svg.hashsalt": "greenrule", "svg.fonttype": "path", "font.family": fonts, "axes.unicode_minus": False,
        "axes.spines.top": False, "axes.spines.right": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]
        yield Figure(figsize=(width, height), layout="constrained")


def picture(figure: Figure, suffix: str, title: str) -> bytes:
    """The figure as SVG or PNG.  Raises InputFault D024 for another kind."""
    if suffix not in PICTURES:
        raise InputFault(Fault("D024", f"图不能写成 `{suffix}`", None, f"可用：{'、'.join(PICTURES)}"))
    out = io.BytesIO()
    if suffix == ".svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": "greenrule", "Title": title})
    else:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        FigureCanvasAgg(figure)
        figure.savefig(out, format="png", dpi=150, metadata={"Software": "greenrule", "Title": title})
    return out.getvalue()
