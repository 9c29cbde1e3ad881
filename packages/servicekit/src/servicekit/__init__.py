"""What every service needs and nothing else: settings, logs, database, problems, health, sessions."""
