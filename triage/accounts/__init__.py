"""Who may do what: users with a role, machines with a token."""
