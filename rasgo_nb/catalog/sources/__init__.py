"""Readers of what people have written of tables elsewhere; one file per format, none of them writes."""
