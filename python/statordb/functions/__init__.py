"""Functions of Lambda's kind, in processes of their own, and the API by which they are managed."""
