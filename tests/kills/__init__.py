"""The server is killed over and over under writers: nothing that was answered may be lost."""
