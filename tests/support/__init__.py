"""Fakes and small builders that several tests share."""
