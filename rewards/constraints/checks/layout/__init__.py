"""Checks on the form of an answer: lists, marks, sections, letter case, where things stand."""
