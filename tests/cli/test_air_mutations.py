"""Damaged tables of the outlook and the inventory end in order: read, or told; never a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from greenrule.casework.outlook_tables import read_observations
from greenrule.casework.outlook_weather import read_weather
from greenrule.cli.main import main
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.air import load_editions
from tests.cli.test_mutations import mutated, workbook

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "inventory-demo"
NEED = load_editions()


def variants(text: str, folder: Path) -> dict[str, bytes]:
    """A table in the three formats."""
    plain = folder / "plain.csv"
    plain.write_text(text, encoding="utf-8")
    pq.write_table(pc.read_csv(plain), folder / "plain.parquet")
    rows = [line.split(",") for line in text.splitlines()]
    return {".csv": text.encode(), ".xlsx": workbook(rows), ".parquet": (folder / "plain.parquet").read_bytes()}


def faults_of(read: Callable[[Path], object], path: Path) -> tuple[Fault, ...]:
    """What a reader says is wrong; nothing where it reads."""
    try:
        read(path)
    except InputFault as fault:
        return fault.faults
    return ()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("tables")
    days = (
        "\n".join(
            line for line in (ROOT / "examples" / "air-days-demo.csv").read_text(encoding="utf-8").splitlines()[:40]
        )
        + "\n"
    )
    return {"days": variants(days, folder)} | {
        path.stem: variants(path.read_text(encoding="utf-8"), folder) for path in sorted(DEMO.glob("*.csv"))
    }


def test_damaged_tables_end_in_order(tables: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    outcomes = {"read": 0, "told": 0}
    for number in range(100):
        random = Random(number)
        kind = list(tables)[number % len(tables)]
        suffix = random.choice(list(tables[kind]))
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(mutated(tables[kind][suffix], random))
        if kind == "days":
            for read in (lambda path: read_observations([path], NEED), lambda path: read_weather([path])):
                told = faults_of(read, path)
                outcomes["told" if told else "read"] += 1
                assert all(re.match(r"F\d{3}", item.code) and item.help for item in told), number
            continue
        others = [other for other in sorted(DEMO.glob("*.csv")) if other.stem != kind]
        result = CliRunner().invoke(main, ["air", "inventory", str(path), *map(str, others), "--draws", "100"])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            number,
            kind,
            suffix,
            result.exception,
        )
        assert result.exit_code in (0, 2), (number, result.output)
        outcomes["read" if result.exit_code == 0 else "told"] += 1

    assert min(outcomes.values()) > 10, outcomes
