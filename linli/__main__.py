"""`python -m linli` is the command line `linli`."""

from linli.shell.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
