"""Taking over former databases.

A source (a database, or a dump loaded into a scratch database) is read table by table. Apps above register an
adopter for each table they have a home for; every other row is set aside, whole, until a home comes.
"""
