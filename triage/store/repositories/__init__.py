"""All queries, one module a concern. Each function takes the session of the caller's transaction."""
