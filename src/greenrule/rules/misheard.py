"""Sentences that do not read back: two titles alike, or a name that makes the sentence say something else."""

from __future__ import annotations

from collections.abc import Iterator

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.rules.book import Rulebook
from greenrule.rules.hearing import Heard, Hearing
from greenrule.rules.items import Definition, Rule
from greenrule.rules.render import Sentence, expression_text


def misheard(book: Rulebook) -> Iterator[Fault]:
    """Rules and definitions whose sentence cannot be read back to the same condition, and titles borne twice (R032)."""
    say, hearing = Sentence(book), Hearing(book)
    borne: list[tuple[str, list[str], Place | None]] = [
        *((title, names, book.rules[names[-1]].at) for title, names in hearing.rules.items()),
        *((title, names, book.lists[names[-1]].at) for title, names in hearing.lists.items()),
    ]
    for title, names, at in borne:
        if len(names) > 1:
            both = "、".join(f"`{name}`" for name in names)
            yield Fault("R032", f"{both} 的标题都是{title}，句子里分不出是哪一个", at, "改其中一个的标题")
    items: list[Rule | Definition] = [*book.rules.values(), *book.definitions.values()]
    for item in items:
        body, name = (item.when, item.id) if isinstance(item, Rule) else (item.body, item.name)
        try:
            if isinstance(item, Rule):
                heard = hearing.sentence(say.rule(item))
                same = heard.then == item.then.rstrip("。") and set(heard.exceptions) == set(book.exceptions(item.id))
            else:
                heard, same = Heard(hearing.expression(say.say(body)), ""), True
        except InputFault as error:
            first = error.faults[0]
            yield Fault("R032", f"`{name}` 的中文句子读不回来：{first.message}", item.at, first.help)
            continue
        if not same or expression_text(heard.when) != expression_text(body):
            told = expression_text(heard.when)
            yield Fault("R032", f"`{name}` 的中文句子读成了另一个意思", item.at, f"读成：{told[:120]}；改名称或标题")
