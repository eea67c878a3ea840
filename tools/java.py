"""Make sure that a Java is there for Spark; without it everything but the cluster works, and its tests say that they were skipped."""

from __future__ import annotations

from tools.needed import provide

from greenrule.cluster.session import JAVA, find_java

if __name__ == "__main__":
    raise SystemExit(provide(find_java, f"openjdk-{JAVA}-jre-headless", "tests of the cluster will be skipped"))
