"""`python -m statordb` is the command `statordb`."""

from statordb.cli import main

if __name__ == "__main__":
    main()
