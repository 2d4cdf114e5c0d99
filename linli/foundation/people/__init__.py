"""People: the vault. The only room with personal fields: encrypted, masked, revealed for a logged purpose."""
