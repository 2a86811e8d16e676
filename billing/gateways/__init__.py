"""The doors to services of others."""
