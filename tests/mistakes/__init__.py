"""Programs as students write them: every known mistake, alone and two at a time, and right ones.

Nothing of this is handed out; what a check needs of it is stored as numbers.
"""
