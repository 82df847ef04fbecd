"""What is protected as an annotation is protected in everything that is derived from it."""
