"""Where somebody is in each clip, kept from one start to the next."""
