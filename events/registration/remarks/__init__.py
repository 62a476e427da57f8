"""Tags and notes: what organisers write about a registration for themselves."""
