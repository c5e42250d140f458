"""The platform's REST API: resources, their models, and the rules every endpoint obeys."""
