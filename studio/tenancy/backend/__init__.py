"""The database backend that keeps each connection in one studio, under that studio's role."""
