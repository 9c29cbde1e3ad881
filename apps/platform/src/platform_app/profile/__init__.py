"""What users tell about themselves, and how they leave."""
