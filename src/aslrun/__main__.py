"""``python -m aslrun`` is the command ``aslrun``."""

from .cli import main

if __name__ == "__main__":
    main()
