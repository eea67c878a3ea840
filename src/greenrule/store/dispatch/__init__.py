"""The task board: who answers for which task of the instruments, what was reported, what the dispatcher holds of it."""
