"""One studio in one file: what is in it, how it is written, read and proven.

A capsule is a ZIP archive that any program opens: `tables/<name>.copy` holds a table's rows in PostgreSQL's text format
in the order of their key, `files/...` the stored files, and `capsule.json`, the last part, the manifest. The archive's
comment, so the last 64 bytes of the file, is the SHA-256 of every byte before it.
"""
