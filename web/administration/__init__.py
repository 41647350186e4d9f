"""The pages about an organization's rules and calendar."""
