"""Make sure that a Chinese font is there for PDF reports, charts and maps; without it these say what to install."""

from __future__ import annotations

from tools.needed import provide

from greenrule.casework.report_pdf import find_fonts

if __name__ == "__main__":
    raise SystemExit(provide(find_fonts, "fonts-noto-cjk", "PDF reports and charts will ask for it"))
