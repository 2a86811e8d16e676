"""PostgreSQL's own account of what stands in a schema, read for many schemas at once."""
