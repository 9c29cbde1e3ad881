"""Sign-ups, sign-ins, resets and revocations while API processes, mail workers and Postgres die."""
