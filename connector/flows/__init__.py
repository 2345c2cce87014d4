"""The stories, one file each, read like recipes: the only place where pure code meets the world."""
