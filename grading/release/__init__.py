"""Make what students receive, and what they hand in, of this project."""
