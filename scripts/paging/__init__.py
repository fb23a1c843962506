"""The pager's parts: who may ask it what, what it holds, what it prints, and the pages that it shows."""
