"""Everything at once, for as long as one likes: nothing may be lost, and nothing may grow without end."""
