"""Socrata's SODA 2.1: what a data set says of itself, and how it is asked. The connector decides what is asked for."""
