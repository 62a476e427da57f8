"""A place goes to somebody else: at once, or, where addresses are proven, once they take what they are offered."""
