"""Support tickets of customers, read from whatever support system the operator has."""
