"""What the services reach beside their peers, and beside what the machine allows: `nox -s bench -- platform`."""
