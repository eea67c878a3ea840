"""What tests of subscriptions by mail share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from tests.web.watched import PROJECT

#: A finding for this day has changed since.
OLD = {**PROJECT, "on": "2024-03-01"}


def api(client: Any, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def codes(answer: Any) -> list[str]:
    return [fault["code"] for fault in answer.json().get("faults", ())]


def round_of_mail() -> int:
    from greenrule.web.mailing import send_mail

    return send_mail()


def erased(address: str) -> bool:
    """Whether an address stands in no table of the server."""
    from django.apps import apps
    from django.db import models

    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, models.CharField | models.TextField) and (
                model._default_manager.filter(**{f"{field.name}__icontains": address}).exists()
            ):
                return False
    return True


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread, all let go together; what came of them."""
    from django.db import connections

    gate, found = threading.Barrier(len(works)), dict[int, Any]()

    def run(number: int) -> None:
        try:
            gate.wait()
            found[number] = works[number]()
        except Exception as error:
            found[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [found[number] for number in range(len(works))]
