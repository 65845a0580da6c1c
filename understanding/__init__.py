"""Pure functions that read constraints, intents and content words out of a customer's words. No I/O, no catalogue."""
