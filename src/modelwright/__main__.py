"""`python -m modelwright` is the command `modelwright`."""

from .cli import main

if __name__ == "__main__":
    main()
