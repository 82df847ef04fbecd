"""What writes the counts; `socorro.queries` asks them."""
