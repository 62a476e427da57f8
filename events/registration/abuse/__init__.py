"""What is asked of those who register while programs do, and never otherwise."""
