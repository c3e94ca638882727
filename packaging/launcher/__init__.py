"""From a bare Python to a running studio; standard library only, for nothing is installed yet."""
