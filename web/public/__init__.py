"""The page on which anybody hands in a complaint to an organization and follows it, without an account."""
