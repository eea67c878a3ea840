"""Files of a case: kept under the workspace by their digest, of a limited size, taken for what their content says they are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from django.db import transaction

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.store.desk.records import log
from greenrule.store.digests import keep_bytes, kept_bytes
from greenrule.store.filings.cases import Actor, subject
from greenrule.store.filings.models import Attachment, Case, Claim
from greenrule.store.records import china_time

#: Where they lie in a workspace.
FOLDER = "attachments"
MOST_BYTES = 20 * 1024 * 1024
#: How many files a case may have.
MOST_FILES = 200

_BEGINNINGS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_INSIDE = (
    ("word/document.xml", _OFFICE + "wordprocessingml.document"), ("xl/workbook.xml", _OFFICE + "spreadsheetml.sheet"),
    ("OFD.xml", "application/ofd"),
)  # fmt: skip
_SUFFIXES = {
    "application/pdf": (".pdf",), "image/png": (".png",), "image/jpeg": (".jpg", ".jpeg"), "application/ofd": (".ofd",),
    _OFFICE + "wordprocessingml.document": (".docx",), _OFFICE + "spreadsheetml.sheet": (".xlsx",),
}  # fmt: skip


def media_of(data: bytes) -> str | None:
    """What a file is by its content: PDF, PNG, JPEG, Word, Excel, OFD; None for anything else.  Nothing is unpacked.

    >>> media_of(b"%PDF-1.7 ..."), media_of(b"<script>")
    ('application/pdf', None)
    """
    for beginning, media in _BEGINNINGS:
        if data.startswith(beginning):
            return media
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return None
        if any("vbaProject" in name for name in names):
            return None
        return next((media for name, media in _INSIDE if name in names), None)
    return None


def attach(
    workspace: Path, case: Case, name: str, data: bytes, *, purpose: str, actor: Actor, claim: Claim | None = None
) -> Attachment:
    """Keep a file with a case.

    Raises InputFault DSK030 empty or too large · DSK031 not one of the kinds, or named as another · DSK032 too many; EnvironmentFault
    DSK033 where it cannot be written.  The file is written before the row; one without a row is found again by its digest.
    """
    if not 0 < len(data) <= MOST_BYTES:
        raise InputFault(
            Fault("DSK030", f"附件应有内容且不超过 {MOST_BYTES // 1024 // 1024} MB", None, "压缩图片或拆成几个文件")
        )
    media = media_of(data)
    name = "".join(char for char in Path(name.replace("\\", "/")).name if char >= " " and char not in '<>:"|?*')[-150:]
    if media is None or not name.lower().endswith(_SUFFIXES[media]):
        told = "只收 PDF、OFD、DOCX、XLSX、PNG、JPEG，且扩展名与内容一致；带宏的不收"
        raise InputFault(Fault("DSK031", f"附件 `{name}` 的内容不是可收的类型", None, told))
    try:
        digest = keep_bytes(workspace / FOLDER, data)
    except OSError as error:
        told = "检查磁盘空间和文件夹权限后重试；没有留下半份文件"
        raise EnvironmentFault(Fault("DSK033", f"附件写不进去：{error.strerror}", None, told)) from None
    with transaction.atomic():
        if case.attachments.count() >= MOST_FILES:
            raise InputFault(Fault("DSK032", f"一个办件最多 {MOST_FILES} 个附件", None, "合并后再传"))
        row = Attachment.objects.create(
            case=case, claim=claim, name=name, purpose=purpose[:100], media=media, size=len(data), digest=digest, who=actor.told,
            at=china_time(),
        )  # fmt: skip
        log(actor.name, "filing.attached", f"{subject(case)}/file/{row.pk}", digest)
    return row


def content(workspace: Path, row: Attachment) -> bytes:
    """The bytes of an attachment.  Raises EnvironmentFault DSK034 where they are gone or are not what was kept."""
    data = kept_bytes(workspace / FOLDER, row.digest)
    if data is None:
        raise EnvironmentFault(
            Fault("DSK034", f"附件 {row.name} 缺失或被改动过", None, "从备份恢复 attachments 文件夹")
        )
    return data
