"""The dashboard in a terminal: it asks the daemon's door, draws what it hears, and acts where a person says so."""
