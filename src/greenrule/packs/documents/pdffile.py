"""PDF files with text: their lines by page.  A scan has none, and says so."""

from __future__ import annotations

import io
import logging
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.documents.lines import RawText, make_lines

_SCAN = "先做文字识别（OCR），人工校对后存为 TXT 或 DOCX 再读；也可向发文机关索取电子文本"


def read_pdf_file(data: bytes, path: Path) -> RawText:
    """The lines of a PDF file, page by page.

    DOC006 cannot be opened · DOC007 needs a password, or a cipher that is not supported · DOC008 no text: a scan.
    Notes: DOC022 pages without text.
    """
    import pypdf
    from pypdf.errors import DependencyError, PyPdfError

    place = Place(str(path))
    # pypdf tells small faults of form on its log; what matters comes back as an exception.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    texts: list[tuple[str, Place, int | None]] = []
    bare: list[int] = []
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        # Many official files forbid printing with an owner's password; reading them needs none.
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputFault(Fault("DOC007", "PDF 有打开密码", place, "用密码打开后另存为没有密码的 PDF 或 TXT"))
        for number, page in enumerate(reader.pages, 1):
            found = page.extract_text()
            if not found.strip():
                bare.append(number)
            texts += [(text, Place(str(path), number, at), number) for at, text in enumerate(found.splitlines(), 1)]
    except DependencyError:
        told = "PDF 用 AES 加密（多半只限制打印和复制），这里解不开"
        raise InputFault(Fault("DOC007", told, place, "在浏览器里打开，打印为 PDF，或另存为 TXT")) from None
    except InputFault:
        raise
    # What pypdf raises for torn files.
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, NotImplementedError,
            RecursionError, OverflowError, ZeroDivisionError, OSError):  # fmt: skip
        told = "打不开这个 PDF：文件不完整，或内部结构坏了"
        raise InputFault(Fault("DOC006", told, place, "用阅读器打开，另存或打印为新的 PDF；打不开就重新取得")) from None
    lines = make_lines(texts)
    if not lines:
        if not bare:
            raise InputFault(Fault("DOC006", "打不开这个 PDF：里面一页也没有", place, "重新取得文件"))
        raise InputFault(Fault("DOC008", f"PDF 有 {len(bare)} 页，没有文字：是扫描件", place, _SCAN))
    notes: tuple[Fault, ...] = ()
    if bare:
        told = f"{len(bare)} 页没有文字，可能是扫描页或图：第 {'、'.join(map(str, bare[:20]))}{'…' if len(bare) > 20 else ''} 页"
        notes = (Fault("DOC022", told, place, "核对这些页；缺的文字补进 TXT 再读"),)
    return RawText(tuple(lines), "pdf", None, notes)
