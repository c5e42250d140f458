"""What the portal talks about: values, rules, ports and errors. Standard library only."""
