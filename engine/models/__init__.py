"""Models: class sets, cards, bundles and the library that finds them."""
