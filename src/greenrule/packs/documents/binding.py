"""Documents beside the instruments of the packs: which is which, and which clauses no longer read as they were registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.packs.citing import told
from greenrule.packs.documents.normal import normal_text
from greenrule.packs.documents.parse import read_document
from greenrule.packs.documents.tree import Document, Passage
from greenrule.packs.instrument import Clause, Instrument

#: A document is an instrument's if at least this share of its registered clauses is in it, word for word.
_ENOUGH = 0.3
_SUFFIXES = (".txt", ".docx", ".pdf")


@dataclass(frozen=True)
class Bound:
    """A document and the instrument it is, with how that was told (`number`, `title`, `text`); None where it is none."""

    document: Document
    instrument: Instrument | None
    how: str | None = None

    @property
    def passages(self) -> dict[str, Passage]:
        """Clause id → where it stands in the document; clauses without a place there are left out."""
        if self.instrument is None:
            return {}
        found = {id: self.document.by_anchor.get(anchor_of(clause)) for id, clause in self.instrument.clauses.items()}
        return {id: passage for id, passage in found.items() if passage is not None}


def anchor_of(clause: Clause) -> str:
    """Where a clause is looked for: its registered anchor, else its id (`art22` is both)."""
    return clause.anchor or clause.id


def bind(path: Path, instruments: Mapping[str, Instrument], name: str | None = None) -> Bound:
    """Read a document and tell which instrument it is; `name` says so beforehand.

    Errors: those of `read_document`; P023 no instrument of that name.
    """
    if name is not None:
        if name not in instruments:
            close = near(name, instruments)
            hint = f"是否想写 `{'`、`'.join(close)}`？" if close else "在 instruments/ 下登记这个文件"
            raise InputFault(Fault("P023", f"没有文件 `{name}`", None, hint))
        return Bound(read_document(path, instruments[name].closing), instruments[name], "given")
    document = read_document(path)
    found, how = recognise(document, instruments)
    if found is not None and found.closing:
        document = read_document(path, found.closing)
    return Bound(document, found, how)


def recognise(document: Document, instruments: Mapping[str, Instrument]) -> tuple[Instrument | None, str | None]:
    """The instrument that a document is: by its number, else by its title, else by the clauses it holds word for word."""
    if document.number is not None:
        for item in instruments.values():
            if item.number is not None and normal_text(item.number) == normal_text(document.number):
                return item, "number"
    head = normal_text("".join((*document.front, document.title)))
    for item in instruments.values():
        # A document with a number of its own is another one than an instrument whose number is known.
        other = document.number is not None and item.number is not None
        if not other and normal_text(item.title["zh"]) in head:
            return item, "title"
    hashes = {passage.sha256 for passage in document}
    best, most = None, _ENOUGH
    for item in instruments.values():
        registered = [clause.sha256 for clause in item.clauses.values() if clause.sha256]
        share = sum(sha256 in hashes for sha256 in registered) / len(registered) if registered else 0
        if share >= most:
            best, most = item, share
    return best, "text" if best else None


def document_files(places: Iterable[Path]) -> list[Path]:
    """The documents in files and folders (with what lies below), in order; DOC001 where there are none."""
    out: list[Path] = []
    for place in places:
        if place.is_dir():
            found = sorted(path for path in place.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
            if not found:
                raise InputFault(
                    Fault("DOC001", "文件夹里没有文件可读", Place(str(place)), f"放入 {'、'.join(_SUFFIXES)} 文件")
                )
            out += found
        else:
            out.append(place)
    return out


def check_documents(
    bounds: Iterable[Bound], cited: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
) -> Iterator[Fault]:
    """What differs between documents and what the packs have registered, with who cites it.

    BND010 a clause reads otherwise · BND011 a clause is not in the document · BND012 the document has a clause that is not
    registered · BND013 a document that no pack knows · BND014 two documents that are one instrument; and the faults of the
    documents themselves.
    """
    seen: dict[str, str] = {}
    for bound in bounds:
        yield from bound.document.faults
        place = Place(bound.document.file)
        if bound.instrument is None:
            help = "在 instruments/ 下登记，或用 greenrule pack read 文件 --against 编号 指明"
            yield Fault("BND013", "认不出这是哪一份文件", place, help)
            continue
        name = bound.instrument.id
        if name in seen:
            yield Fault("BND014", f"两份文本都是 `{name}`（另一份 {seen[name]}）", place, "只留一份，或分开检查")
            continue
        seen[name] = bound.document.file
        yield from _check(bound, bound.instrument, cited)


def _check(
    bound: Bound, instrument: Instrument, cited: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
) -> Iterator[Fault]:
    passages = bound.passages
    for clause in instrument.clauses.values():
        if not clause.sha256:
            continue
        who = told(cited.get((instrument.id, clause.id), {})) or "没有什么引用它"
        name = f"{instrument.id}#{clause.id}（{clause.label}）"
        passage = passages.get(clause.id)
        if passage is None:
            help = f"对照原文；有旧文本时用 greenrule pack read 文件 --against {instrument.id} 看变化"
            yield Fault(
                "BND011", f"文本里没有 {name}（定位 {anchor_of(clause)}）：{who}", Place(bound.document.file), help
            )
        elif passage.sha256 != clause.sha256:
            help = f"用 greenrule pack read 文件 --against {instrument.id} 看变化；改好后登记新文本并 greenrule pack confirm"
            message = f"{name} 与登记的文本不同（登记 {clause.sha256[:12]}，文本 {passage.sha256[:12]}）：{who}"
            yield Fault("BND010", message, passage.at, help)
    for passage in unlisted(bound):
        message = f"{instrument.id} 没有登记 {passage.label or passage.anchor}（定位 {passage.anchor}）"
        yield Fault(
            "BND012", message, passage.at, "用 greenrule pack read 文件 --against 编号 --format yaml 取得登记的写法"
        )


def unlisted(bound: Bound) -> list[Passage]:
    """Clauses of the document that its instrument does not list; paragraphs need no listing, nor do clauses deeper than any that
    is listed in the same place."""
    if bound.instrument is None or not any(clause.sha256 for clause in bound.instrument.clauses.values()):
        return []
    listed = {anchor_of(clause) for clause in bound.instrument.clauses.values()}
    kinds = {passage.kind for passage in bound.document if passage.anchor in listed}
    return [passage for passage in bound.document if passage.kind in kinds - {"p"} and passage.anchor not in listed]
