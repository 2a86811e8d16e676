"""How well two colours of a page stand out from each other."""

RATIO = """colours => colours.map(colour => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255);
    const [red, green, blue] = parts.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
})"""


def contrast(locator):
    """Return the ratio of an element's text and ground, as the guidelines for access count it."""
    colours = locator.evaluate("shown => [getComputedStyle(shown).color, getComputedStyle(shown).backgroundColor]")
    low, high = sorted(locator.page.evaluate(RATIO, colours))
    return (high + 0.05) / (low + 0.05)
