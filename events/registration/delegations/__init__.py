"""Several people whom one contact registers at once, each with a registration of their own."""
