"""How long what is known of people is kept, what was erased of it, and what numbers stay."""
