"""A stateful double of Stripe: real HTTP on this machine alone, spoken to by the real library. README.md has the rest.

It knows nothing of the product. `python -m tests.stripe_double` runs it; `control.Double` steers it from tests.
"""
