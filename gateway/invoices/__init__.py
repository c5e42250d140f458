"""Invoices on paper: what stands on one, in the reader's language, and the PDF made of it."""
