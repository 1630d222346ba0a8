"""What is asked, and told, above a screen."""
