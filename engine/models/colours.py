"""Colours for classes that have none: apart from each other for every kind of colour vision."""

# Found once by a seeded search. The first twelve are as far apart as they can be after every one of them, for normal
# vision and for people without red, green or blue cones; each later one is the farthest from all before it. None is so
# dark or so light that its swatch is lost on a dark or a light ground, and all keep off the grey of a background.
_TEXT = """
fae732 573e9f 0cfeff a21505 948aff 227862 e795af fd5900 c9edb0 0fac6a 8d6d99 9127ff 8c7345 d1baa3 73bae8 8c8c8c
ba2e5c 0073ba 455c2e a3d1d1 00e873 734573 e8a300 ba8cba 8ca38c a35c00 e800ba a3a345 e8e8d1 d1d1e8 734545 d18c73
5c7373 5c00e8 5c8c73 ff0045 a35cff 5c8cd1 455c8c a3ff73 00baa3 a3bad1 bad145 e8baba e8a3ff e80000 8c2e5c 005c73
5c8c2e ba002e ff5c8c e8d18c a3735c a3a3d1 5cffd1 008ca3 baba8c a35c73 a38ca3 ba8c5c 00732e 7373d1 bad1ff ffba73
8cba5c 735ca3 ff5cba 735c73 17d1e8 737317 a38c00 e85cff 005c45 8c00ba ba7373 2e5ce8 ba178c bababa e88c2e d1e8e8
5ca3ba 5cd1a3 d1458c ba8ce8 ffd1ff a3e8ba ff7373 73738c 8c8c45 4545d1 73e8d1 a30045 8c73ba 458c5c d1ba2e ffd1ba
73d15c ffbad1 e8a3d1 ba00ba ffa38c baa3a3 8c7373 00a3a3 457345 ba5ca3 5c5c5c d15c2e e8e88c 8c4517 ffd15c d1bae8
2e738c 5c8c8c 735c45 5ce800 2e5c5c 8c5c5c 735c00 8cffa3 a3ba45 d1d1a3 d145e8 735cd1 5ca3e8 a32e5c a3a3ff 8ce8ff
73735c 8ca373 5ca35c ba73d1 002eff ba452e d1a38c 457300 8cd1ba d1a3ba ba00e8 ff17a3 a37317 e873a3 a3008c 73a317
baa373 005ca3 e8a373 00ba45 e8d1d1 ff5c45 8cbaba ba0045 737373 d12e45 5c5c73 5ca38c 8c8cba 7345a3 007373 8cbaff
2e73e8 8c73e8 ba8c2e a345ff bae873 45d1ff 008c00 ff2ed1 ff8c5c 8cd18c a35c45 17ff5c 8c8c73 73e88c d117d1 178c8c
d1a35c 45d100 d1d100 5c738c 5c5c17 735c5c 45baba e8ba5c 8c7300 2ee8a3 a37345 ba738c 00ffe8 7373a3 008c73 ff8ce8
73ff2e a38cd1 73bad1 ba73a3 a35cba e873e8 8c5c2e d1a3a3 737345 d1e8d1 5c2ee8 ffa3a3 a3d1e8 a32e2e baa300 d1178c
a37373 ff8ca3 2ea300 e8e85c 2e8cba bae800 7345d1 73a3a3 a3ba73 a3a38c d1baff 73ba17 ffd1a3 ba735c 5c5c45 ffe873
735cff a35c5c a38c8c baa3ba 5c735c e8005c bad173 2e5c17 8ce85c 8cbaa3 73e8e8 ba2e2e 8c5c00 a38c45 d1d1ba 73455c
73452e d18c5c baa38c ffba45 00a38c 008ce8 8cba8c d1bad1 a300d1 e8d145 a3005c e88cd1 8ca3d1 d18c2e 738c5c
"""
_TABLE = tuple(_TEXT.split())


def distinct_colours(count: int) -> tuple[str, ...]:
    """`count` colours as `#rrggbb`, always the same; fewer are the beginning of more.

    The first twelve can be told apart without red, green or blue cones too. There are 255; beyond, they come again.
    """
    return tuple(f"#{_TABLE[index % len(_TABLE)]}" for index in range(count))
