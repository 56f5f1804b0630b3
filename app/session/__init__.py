"""Where somebody is in each clip, stored from one start to the next."""
