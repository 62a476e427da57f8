"""The list that is handed to the host: who was on it when it was closed, to tell what changed since."""
