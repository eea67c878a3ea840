"""What `make demo` shows: build the demonstration workspace, screen the example projects, write the reports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "demo"
GREENRULE = [sys.executable, "-m", "greenrule.cli.main"]


def run(*words: str) -> None:
    """One command of the tool, shown before it runs."""
    print(f"\n$ greenrule {' '.join(words)}", flush=True)
    subprocess.run([*GREENRULE, *words], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


def main() -> None:
    """Build once, then screen."""
    if not (DEMO / "workspace" / "workspace.json").exists():
        run("demo", "demo/workspace")
    for project in sorted((ROOT / "examples").glob("*.yaml")):
        name = project.stem
        run("screen", f"examples/{project.name}", "--workspace", "demo/workspace")
        for format in ("html", "docx", "json"):
            run("screen", f"examples/{project.name}", "--workspace", "demo/workspace", "--format", format,
                "--out", f"demo/reports/{name}.{format}")  # fmt: skip
        run("verify", f"demo/reports/{name}.json", "--workspace", "demo/workspace")
    print("\nReports:")
    for path in sorted((DEMO / "reports").iterdir()):
        print(f"  {path.relative_to(ROOT)}")
    print("\nThe server, with a map, an interview and the desks (http://127.0.0.1:8000/):")
    print("  .venv/bin/greenrule serve")


if __name__ == "__main__":
    main()
