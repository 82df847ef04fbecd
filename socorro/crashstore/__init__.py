"""Where raw and processed crashes live: one interface, two stores."""
