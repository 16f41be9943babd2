"""Numeric gradients."""
