"""The back office of machines, trainers, members and training sessions."""

from training.admin import machines, members, session_types, trainers, training_sessions

__all__ = ["machines", "members", "session_types", "trainers", "training_sessions"]
