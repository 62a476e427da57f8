"""Who of an organisation decides about its own people at an event."""
