"""Official documents: read into clauses, bound to the instruments of the packs, compared with each other.

`parse.read_document` is the way in; `binding.bind` also tells which instrument a document is.  How anchors and hashes are made
is written in `docs/how-to/read-a-document.md`.
"""
