"""Numbers that people type for a model, read once for the command line and the import sheet."""

Triple = tuple[float, float, float]


def triple(text: str, *, positive: bool = False) -> Triple:
    """Three numbers with commas between, or one for all three. Raises ValueError that says what is expected."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3 or (positive and min(numbers) <= 0):
        above = ", above 0: pixels are divided by it" if positive else ""
        raise ValueError(f"{text!r}: give one number, or three with commas between like 123.7,116.3,103.5{above}")
    return numbers[0], numbers[1], numbers[2]


def pixels(text: str) -> tuple[int, int]:
    """(width, height), pixels, of `512x256`. Raises ValueError for anything else."""
    width, _, height = (part.strip() for part in text.lower().replace("×", "x").partition("x"))
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError(f"{text!r} is no size; write it like 512x256, width first")
    return int(width), int(height)
