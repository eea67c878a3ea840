"""A whole plan as one function: what every rule of an industry means, without calls between rules.

Truths first (`fuse`); `greenrule.backends.trace` writes reasons in the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from greenrule.backends.decide import decide
from greenrule.backends.situation import Members
from greenrule.backends.writer import CERTAIN, Writer, climb, under
from greenrule.rules.book import Rulebook
from greenrule.rules.nodes import Applies, Defined, In, Under

if TYPE_CHECKING:
    from greenrule.backends.scalar import Answer, Program, Step

_SHARED = re.compile(r"\bf\d+\b")


class Fused(Writer):
    """Writes for one industry: what it decides is settled when it is written, and questions about facts are shared.

    `settled` False leaves the industry a question like any other.
    """

    def __init__(self, book: Rulebook, on: date, found: Members | None, settled: bool = True) -> None:
        super().__init__(book, on)
        self.found, self.settled = found, settled
        #: text of a question about facts alone → the name that stands for it
        self.shared: dict[str, str] = {}

    def share(self, text: str) -> str:
        """A name for a question that several rules may ask; `source` writes it once, or in its only place."""
        return self.shared.setdefault(text, f"f{len(self.shared)}")

    def entry(self, key: str, truth: bool = False) -> str:
        return self.share(super().entry(key, truth))

    def visit_In(self, node: In) -> str:
        return self.share(super().visit_In(node))

    def visit_Under(self, node: Under) -> str:
        if node.fact == "industry" and self.settled:
            return str(under(self.found, *climb(self.book, node)))
        return super().visit_Under(node)

    def source(self, head: str, lines: Sequence[str]) -> str:
        """A function.  A shared question is asked at its start where several lines need it, else where it is needed."""
        body, first = "\n".join(lines), list[str]()
        texts = {name: text for text, name in self.shared.items()}
        uses = Counter(_SHARED.findall(body))
        for name, text in reversed(texts.items()):  # what a question builds on was named before it
            if uses[name] > 1:
                first.append(f" {name} = {text}")
            if uses[name]:
                uses.update(_SHARED.findall(text))
        once = {name: text for name, text in texts.items() if uses[name] == 1}

        def inline(match: re.Match[str]) -> str:
            return _SHARED.sub(inline, once[match[0]]) if match[0] in once else match[0]

        first = [line[: line.index("=")] + _SHARED.sub(inline, line[line.index("=") :]) for line in reversed(first)]
        return "\n".join([head, *first, _SHARED.sub(inline, body)])


class _Truths(Fused):
    """Rules and definitions become local variables, or constants where the industry settles them."""

    def __init__(self, book: Rulebook, on: date, found: Members | None, settled: bool) -> None:
        super().__init__(book, on, found, settled)
        self.locals: dict[str, str] = {}

    def local(self, name: str) -> str:
        return self.locals.setdefault(name, f"s{len(self.locals)}")

    def visit_Defined(self, node: Defined) -> str:
        return self.local(node.name)

    def visit_Applies(self, node: Applies) -> str:
        return self.locals.get(node.rule, "0")


def fuse(
    program: Program, plan: Sequence[Step], found: Members | None, answer: Callable[..., Answer], whole: bool = True,
    settled: bool = True,
) -> Callable[[Any], Answer]:  # fmt: skip
    """The truths of a plan and its decisions, as a function of how machine entries are got."""
    writer = _Truths(program.book, program.on, found, settled)
    writer.names.update({"decide": decide, "Answer": answer})
    lines = [" t = {}; d = {}; f = set()"]
    heard = {step.decision: f"h{index}" for index, step in enumerate(plan) if step.decision is not None}
    if heard:
        lines.append(" " + "; ".join(f"{name}_2 = []; {name}_1 = []" for name in heard.values()))
    for step in plan:
        if step.decision is not None:
            name, spec = heard[step.decision], writer.fresh(program.book.decisions[step.decision])
            lines.append(f" d[{step.decision!r}] = decide({spec}, {name}_2, {name}_1, d, f)")
            continue
        assert step.body is not None
        body = writer.run(step.body)
        if step.name in program.book.definitions:
            if body in CERTAIN:
                writer.locals[step.name] = body
                lines.append(f" t[{step.name!r}] = {body}")
            else:
                lines.append(f" t[{step.name!r}] = {writer.local(step.name)} = {body}")
        elif body == "0":
            writer.locals[step.name] = body
        else:
            lines += _rule(writer, step, body, heard)
    lines.append(f" return Answer(t, d, f, {whole})")
    exec(compile(writer.source("def fused(g):", lines), "<rulebook>", "exec"), writer.names)
    return writer.names["fused"]  # type: ignore[no-any-return]


def _rule(writer: _Truths, step: Step, body: str, heard: Mapping[str, str]) -> list[str]:
    """A rule's truth, and its voice in every decision that it speaks on."""
    exceptions = [writer.locals[other] for other in step.exceptions if writer.locals.get(other, "0") != "0"]
    local = writer.local(step.name)
    lines = [f" {local} = {body}"]
    lines += [f" if {local} > 2 - {other}: {local} = 2 - {other}" for other in exceptions]
    lines += [f" if {local}:", f"  t[{step.name!r}] = {local}"]
    spoken = [(heard[decision], writer.fresh(voice)) for decision, voice in step.voices if decision in heard]
    if spoken:
        lines.append(f"  if {local} == 2: " + "; ".join(f"{name}_2.append({voice})" for name, voice in spoken))
        lines.append("  else: " + "; ".join(f"{name}_1.append({voice})" for name, voice in spoken))
    if step.otherwise is not None and not step.exceptions:
        least = writer.run(step.otherwise)
        if least == "2":
            lines.append(f"  if {local} == 1: f.add({step.name!r})")
        elif least not in CERTAIN:
            lines.append(f"  if {local} == 1 and {least} == 2: f.add({step.name!r})")
    return lines
