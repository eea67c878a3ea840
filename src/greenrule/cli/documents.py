"""`greenrule pack read`, `greenrule pack confirm`: official documents, and what of the packs was read from which text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from greenrule.cli.options import PACKS

if TYPE_CHECKING:
    from greenrule.core.errors import Fault
    from greenrule.packs.documents.binding import Bound
    from greenrule.packs.instruments import Instruments

_FILE = click.Path(path_type=Path)
DOCUMENTS = click.option(
    "--documents",
    "-d",
    multiple=True,
    type=_FILE,
    help="原文所在的文件或文件夹（TXT、DOCX、有文字的 PDF），可多次给出。",
)


def document_places(documents: tuple[Path, ...], workspace: Path | None) -> list[Path]:
    """Where documents lie: those that were named, and the folder `documents` of a workspace."""
    places = list(documents)
    if workspace is not None and (workspace / "documents").is_dir():
        places.append(workspace / "documents")
    return places


def read_all(files: Iterable[Path], instruments: Instruments, name: str | None = None) -> list[Bound]:
    """Every document, faults of all of them at once; with a bar where there is enough to wait for and somebody watches."""
    from greenrule.core.errors import EnvironmentFault, InputFault
    from greenrule.packs.documents.binding import bind

    files = list(files)
    faults: list[Fault] = []
    out: list[Bound] = []
    # A bar from two seconds on, by what a machine reads in that time.
    size = sum(path.stat().st_size for path in files if path.is_file())
    watched = sys.stderr.isatty() and size > 4 * 2**20
    if watched:
        from rich.progress import track

        steps: Iterable[Path] = track(files, description="读文件", transient=True)
    else:
        steps = files
    for path in steps:
        try:
            out.append(bind(path, instruments, name))
        except EnvironmentFault:
            raise
        except InputFault as error:
            faults += error.faults
    if faults:
        raise InputFault(faults)
    return out


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--against",
    metavar="编号|文件",
    help="与这份登记的文件（如 sx-2024-7-air）或旧文本比较：哪些条款新增、删去、改动，谁引用了它们。",
)
@DOCUMENTS
@click.option("--workspace", "-w", type=_FILE, help="工作区目录；其中 documents/ 下的原文供比较。")
@PACKS
@click.option(
    "--format", type=click.Choice(["text", "json", "clean", "yaml"]), default="text", show_default=True,
    help="text 提纲；json 全文与定位；clean 一段一行的干净文本；yaml 登记文件用的条款清单。",
)  # fmt: skip
@click.option("--out", type=_FILE, help="写到文件（多份时为目录）；缺省打印到屏幕。")
def read(
    files: tuple[Path, ...], against: str | None, documents: tuple[Path, ...], workspace: Path | None, packs: tuple[Path, ...],
    format: str, out: Path | None,
) -> None:  # fmt: skip
    """读官方文件（TXT、DOCX、有文字的 PDF），得到条款树：每条有固定的定位、字数、SHA-256。

    \b
    例：greenrule pack read 方案.txt
        greenrule pack read 方案.docx --format json --out 方案.json
        greenrule pack read 新版.pdf --against sx-2024-7-air --documents 旧文本/

    断行、全角数字、页码、页眉、空格都不影响定位和 SHA-256。编号重复即报错（以 2 退出，仍给出条款树，后一处定位加 @2）；
    缺号、修订痕迹、没有文字的页在 stderr 说明。
    """
    from greenrule.core.errors import Fault, InputFault, near
    from greenrule.packs.book import default_packs
    from greenrule.packs.instruments import load_instruments

    packs = packs or default_packs()
    instruments = load_instruments(packs)
    named = against if against is not None and against in instruments else None
    if against is not None and named is None and not Path(against).exists():
        close = "、".join(near(against, instruments)) or "文件编号见 instruments/，或给出旧文本的路径"
        raise InputFault(Fault("BND020", f"`{against}` 既不是登记的文件，也不是已有的文件", None, close))
    if against is not None and len(files) > 1:
        raise InputFault(Fault("BND021", "`--against` 一次只比较一份文件", None, "分几次运行"))
    bounds = read_all(files, instruments, named)
    for bound in bounds:
        for note in bound.document.notes:
            click.echo(f"注意 {note}", err=True)
    if against is None or format in ("clean", "yaml"):
        _deliver([_text(bound, format) for bound in bounds], files, format, out)
    else:
        places = document_places(documents, workspace)
        _deliver([_comparison(bounds[0], against, named, places, packs, instruments, format)], files, format, out)
    faults = [fault for bound in bounds for fault in bound.document.faults]
    if faults:
        raise InputFault(faults)


def _text(bound: Bound, format: str) -> str:
    from greenrule.packs.documents import writing

    if format == "json":
        return json.dumps(writing.as_data(bound), ensure_ascii=False, indent=2)
    if format == "clean":
        return writing.clean_text(bound.document)
    if format == "yaml":
        return writing.entries(bound)
    return "\n".join(writing.outline(bound))


def _comparison(
    bound: Bound, against: str, named: str | None, places: list[Path], packs: tuple[Path, ...], instruments: Instruments, format: str
) -> str:  # fmt: skip
    """The new text beside the registered one, or beside an older text of it."""
    from greenrule.core.errors import Fault, Place
    from greenrule.packs.citing import by_clause, citations, told
    from greenrule.packs.compiled import load_law
    from greenrule.packs.documents import difference, writing
    from greenrule.packs.documents.binding import document_files

    if named is None:
        older: Bound | None = read_all([Path(against)], instruments)[0]
        instrument = (older.instrument if older else None) or bound.instrument
    else:
        instrument = instruments[named]
        found = read_all(document_files(places), instruments) if places else []
        older = _best([item for item in found if item.instrument is instrument], bound)
    if older is not None:
        changes = difference.compare_texts(bound.document, older.document, instrument)
        source = older.document.file
    else:
        assert instrument is not None
        changes = difference.compare_registered(bound.document, instrument)
        source = f"{instrument.id} 登记的 SHA-256"
    cited: Mapping[str, Mapping[str, tuple[str, ...]]] = {}
    if instrument is not None:
        everything = by_clause(citations(load_law(packs)))
        cited = {clause: who for (name, clause), who in everything.items() if name == instrument.id}
    if not any(change.old and change.new for change in changes):
        note = Fault(
            "BND022", f"没有一条与 {source} 相同或相近", Place(bound.document.file), "核对是不是拿错了文件或写错了编号"
        )
        click.echo(f"注意 {note}", err=True)
    counts = {name: sum(change.what == name for change in changes) for name in difference.WHAT}
    if format == "json":
        data = {"new": bound.document.file, "against": source, "instrument": instrument.id if instrument else None, "words": older is not None,
                "counts": counts, "changes": writing.changes_as_data(changes, cited)}  # fmt: skip
        return json.dumps(data, ensure_ascii=False, indent=2)
    lines = [f"{bound.document.file} 对 {source}"]
    for change in changes:
        if change.what != "same":
            lines += writing.change_lines(change, told(cited.get(change.clause or "", {})))
    if older is None and len(lines) > 1:
        lines.append("手头没有旧文本，只知道哪些条款有变；用 --documents 指明旧文本所在，可逐字比较")
    lines.append("；".join(f"{difference.WHAT[name]} {count}" for name, count in counts.items() if count))
    return "\n".join(lines)


def _best(found: list[Bound], new: Bound) -> Bound | None:
    """The older text of an instrument: not the new one itself, and the one that holds most of what is registered."""
    others = [item for item in found if Path(item.document.file).resolve() != Path(new.document.file).resolve()]

    def registered(item: Bound) -> int:
        clauses: Any = item.instrument.clauses if item.instrument else {}
        return sum(clauses[id].sha256 == passage.sha256 for id, passage in item.passages.items())

    return max(others, key=registered, default=None)


def _deliver(texts: list[str], files: tuple[Path, ...], format: str, out: Path | None) -> None:
    from greenrule.casework.writing import write_bytes

    if out is None:
        if format == "json" and len(texts) > 1:
            click.echo("[\n" + ",\n".join(texts) + "\n]")
        else:
            click.echo("\n".join(text.rstrip("\n") for text in texts))
        return
    suffix = {"json": "json", "yaml": "yaml"}.get(format, "txt")
    for number, (text, file) in enumerate(zip(texts, files, strict=True), 1):
        path = out / f"{number:03d}-{file.stem}.{suffix}" if len(texts) > 1 else out
        write_bytes(path, (text.rstrip("\n") + "\n").encode())


@click.command()
@click.argument("names", nargs=-1, metavar="[编号|文件#条款]...")
@click.option("--all", "everything", is_flag=True, help="政策包里所有引用都按现在登记的文本确认。")
@PACKS
def confirm(names: tuple[str, ...], everything: bool, packs: tuple[Path, ...]) -> None:
    """记下：引用某条款的规则、参数、任务、目标……已对照现在登记的文本读过（写入 readings.yaml）。

    \b
    例：greenrule pack confirm m24-24-a
        greenrule pack confirm sx-2024-7-air#12.1
    """
    from greenrule.casework.writing import write_bytes
    from greenrule.core.errors import Fault, InputFault
    from greenrule.packs.book import load_book
    from greenrule.packs.readings import FILE
    from greenrule.packs.readings import confirm as confirmed

    if not names and not everything:
        raise InputFault(Fault("BND006", "没有说确认什么", None, "写规则等的编号，或 文件#条款，或 `--all`"))
    law = load_book(packs or None)
    ids = [name for name in names if "#" not in name]
    written = confirmed(law, ids, [name for name in names if "#" in name], everything)
    for folder, text in written.items():
        path = folder / FILE
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_bytes(path, text.encode())
            click.echo(f"已写 {path}")
