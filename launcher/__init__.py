"""Runs the whole product on one machine: starts its processes, waits until they answer, keeps them up, stops them.

Stands on the standard library alone and knows the programs only by their command lines and environment.
"""
