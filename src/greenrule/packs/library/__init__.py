"""The packs as something to read: documents as clause trees, what each clause comes to, what touches it, and search in Chinese."""
