"""The lessons: what holds of each, and a file for what each one shows."""
