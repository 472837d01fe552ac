"""What people do with calls: decide, listen, open tickets, review. A person decides; nothing here decides for him."""
