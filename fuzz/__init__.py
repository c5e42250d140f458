"""What nobody thought of: long stories told to the running gateway, and what parsers make of anything at all."""
