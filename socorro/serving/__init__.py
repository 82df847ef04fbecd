"""What services that answer HTTP share."""
