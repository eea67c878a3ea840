"""The same kernels on Apache Spark: tables go out as Arrow batches and come back answered; nothing here decides anything."""
