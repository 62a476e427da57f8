"""Links with which somebody registers before registration opens, or after it closed."""
