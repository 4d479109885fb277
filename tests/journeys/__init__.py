"""What players do on our pages: README.md has the list."""
